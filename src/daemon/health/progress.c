/* progress.c - see progress.h. */
#include "daemon/health/progress.h"

#include "core/campaign/need.h"
#include "core/text/reason.h"
#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <string.h>

#define SILENCE_MS 10000 /* Redis is asked for its time once a second */
#define LATE_MS 3000     /* an answer that has not come by then is late */
#define STUCK_MS 60000   /* something could go out, and nothing moved */

/* Could something of it go, as far as licetd and its senders are concerned? What its own rate, a window or
 * a person keeps back is not late. */
static bool could_go(const struct run *run)
{
	if (!run->listed || !run->ready_to_work)
		return false;
	if (run->sched.blocked[0] != '\0')
		return run->jobs.had_work;
	return run->jobs.claims && need_of(run->state, run->because) == NEED_MOVES &&
	       strcmp(run->because, reason_name(REASON_RATE_LIMIT)) != 0;
}

static bool is_due(const struct daemon *d)
{
	bool due = d->schedule.in_flight > 0;
	for (size_t i = 0; i < d->run_count && !due; i++)
		due = could_go(d->runs[i]);
	return due;
}

static bool is_well(const struct daemon *d)
{
	struct gates gates;
	const char *rule;
	gates_now(d, &gates);
	bool answers = clock_monotonic_ms() - d->answered_ms < LATE_MS;
	return health_good(d) && answers && d->catalog_known &&
	       gates_first(&gates, &rule) == REASON_ALLOWED && !is_due(d);
}

void progress_turn(struct daemon *d)
{
	if (is_well(d))
		turn_moved(d);
}

int64_t progress_age_ms(const struct daemon *d)
{
	return is_well(d) ? 0 : clock_monotonic_ms() - d->progress_ms;
}

/* --- whoever watches ------------------------------------------------------------------------------ */

/* Every campaign that has jobs waiting stands still until somebody acts, and has for a while. Those that
 * somebody paused are as they were wanted. */
static bool all_need_somebody(const struct daemon *d, const struct run **ret)
{
	int64_t now_ms = turn_now(d);
	*ret = NULL;
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		enum need need = need_of(run->state, run->because);
		if (!run->listed || need == NEED_PAUSED || need == NEED_OVER ||
		    run->jobs.queue_len + run->jobs.held + run->jobs.later_count == 0)
			continue;
		if (need != NEED_ACT || now_ms - run->since_ms < STUCK_MS)
			return false;
		*ret = run;
	}
	return *ret != NULL;
}

/* Everything was halted, at once. */
static bool all_halted(const struct daemon *d)
{
	size_t judged = 0;
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		if (!run->listed || !run->ready_to_work)
			continue;
		judged++;
		if (run->sit.halt_scope == NULL || strcmp(run->sit.halt_scope, "all") != 0)
			return false;
	}
	return judged > 0;
}

const char *progress_why(const struct daemon *d, char buf[PROGRESS_WHY])
{
	const char *rule = "";
	const struct run *run;
	struct gates gates;
	if (d->draining)
		return "stopping";
	if (!redis_link_is_up(d->link))
		return "no Redis";
	if (!d->library_ok)
		return "the functions are not loaded";
	if (*replicas_why(d) != '\0')
		return replicas_why(d);
	if (clock_monotonic_ms() - d->answered_ms > SILENCE_MS)
		return "Redis does not answer";
	gates_now(d, &gates);
	if (gates_first(&gates, &rule) != REASON_ALLOWED)
		return rule;
	if (!d->catalog_known)
		return "the campaigns have not been read yet";
	if (all_halted(d))
		return "everything is halted";
	if (progress_age_ms(d) > STUCK_MS)
		return "nothing moves though something could";
	if (!all_need_somebody(d, &run))
		return NULL;
	snprintf(buf, PROGRESS_WHY, "no campaign can move until somebody acts: %s, %s", run->id,
	         run->because);
	return buf;
}
