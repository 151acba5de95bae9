/* gate.c - what the core's judge of standing is told of a campaign, and what its answer means here. */
#include "daemon/schedule/gate.h"

#include "core/campaign/pace.h"
#include "core/law/binding.h"
#include "daemon/health/gates.h"
#include "daemon/model/routes.h"
#include "io/redis/keys.h"

#include <stdlib.h>
#include <string.h>

bool run_is_over(const struct run *run, int64_t now_ms)
{
	return run->sit.c.status == CAMPAIGN_STOPPED || now_ms >= run->sit.c.end_ms;
}

/* The last commit failed because of a list of a wrong type: its name; NULL: because of anything else. */
static const char *blocked_list(const struct daemon *d, const struct run *run)
{
	char lists[KEY_SIZE];
	if (run->blocked[0] == '\0')
		return NULL;
	size_t len = strlen(key_global(d->conf.prefix, "list:", lists));
	return strncmp(run->blocked, lists, len) == 0 ? run->blocked + len : NULL;
}

static bool is_blocked(const struct run *run)
{
	return run->blocked[0] != '\0' &&
	       (run->blocked_until_ms == 0 || clock_monotonic_ms() < run->blocked_until_ms);
}

const struct standing_input *standing_ask(const struct daemon *d, const struct run *run, int64_t now_ms,
                                          struct standing_question *q)
{
	const struct route_run *route = route_find(d, run->sit.c.route);
	gates_now(d, &q->gates);
	if (route != NULL)
		q->route =
		    (struct route_now){ route->why,      route->room,    route->ready_len,
			                route->reserved, route->claimed, strtod(run->route_pace, NULL) };
	for (q->held_count = 0; q->held_count < run->held_count && q->held_count < STANDING_HELDS_MAX;
	     q->held_count++) {
		const struct held_list *held = &run->helds[q->held_count];
		q->helds[q->held_count] =
		    (struct held_now){ held->place, held->count, held->rest_until_ms > now_ms, held->stuck,
			               held->stuck_rule };
	}
	q->jobs = (struct jobs_now){
		.queue = run->queue_len,
		.held = run->held,
		.later = run->later_count,
		.ready = run->ready,
		.taken = run->taken,
		.unknown = run->unknown,
		.intake = run->intake,
		.later_first_ms = run->later_first_ms,
		.later_why = run->later_why,
		.later_retry = run->later_retry,
		.pace_ms = strtod(run->pace, NULL),
		.blocked = is_blocked(run) ? run->blocked : "",
		.blocked_list = blocked_list(d, run),
		.helds = q->helds,
		.held_count = q->held_count,
	};
	q->in = (struct standing_input){ .gates = &q->gates,
		                         .sit = &run->sit,
		                         .wrong_key = run->wrong_key,
		                         .route = route != NULL ? &q->route : NULL,
		                         .jobs = &q->jobs,
		                         .views = run->views,
		                         .pace_slack_ms = pace_slack_ms(d->speed),
		                         .now_ms = now_ms };
	return &q->in;
}

bool run_stops(const struct daemon *d, const struct run *run, enum stop_scope scope, int64_t now_ms,
               struct stop *ret)
{
	struct standing_question q;
	return standing_stop(standing_ask(d, run, now_ms, &q), scope, ret);
}

void run_brake(const struct daemon *d, const struct run *run, int64_t now_ms, struct brake *ret)
{
	struct standing_question q;
	standing_brake(standing_ask(d, run, now_ms, &q), ret);
}

/* Is the campaign in a state in which anything may be released? */
static bool run_may_release(const struct daemon *d, const struct run *run, int64_t now_ms)
{
	struct stop stop;
	return now_ms < run->sit.lists_stale_ms && !run_stops(d, run, STOPS_TRIES, now_ms, &stop);
}

bool held_is_open(const struct daemon *d, const struct run *run, const struct held_list *held, int64_t now_ms)
{
	if (held->place == 0 || held->rest_until_ms > now_ms)
		return false;
	if (run_is_over(run, now_ms))
		return true;
	return standing_is_open(&run->sit, place_view_at(run->views, held->place, now_ms), now_ms) &&
	       run_may_release(d, run, now_ms);
}

/* Has it a job that could go out, as far as its own rate and its places tell? */
static bool run_claims(const struct daemon *d, const struct run *run, int64_t now_ms)
{
	int64_t next_ms;
	bool any = run->queue_len > 0;
	for (size_t i = 0; i < run->held_count && !any; i++)
		any = run->helds[i].count > 0;
	if (!any || !run->listed || !run->ready_to_work || run->rest_until_ms > now_ms ||
	    run_is_over(run, now_ms) || !run_may_release(d, run, now_ms))
		return false;
	if (run->sit.c.interval_ms > 0 && pace_budget(strtod(run->pace, NULL), run->sit.c.interval_ms,
	                                              pace_slack_ms(d->speed), now_ms, &next_ms) <= 0)
		return false;
	for (size_t i = 0; i < run->held_count; i++)
		if (run->helds[i].count > 0 && held_is_open(d, run, &run->helds[i], now_ms))
			return true;
	return run->queue_len > 0;
}

void routes_claim(struct daemon *d, int64_t now_ms)
{
	for (size_t i = 0; i < d->route_count; i++)
		d->routes[i].claimed = -1;
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		run->claims = run->sit.c.route[0] != '\0' && run_claims(d, run, now_ms);
		if (!run->claims)
			continue;
		struct route_run *route = route_find(d, run->sit.c.route);
		if (route == NULL || run->sit.c.priority < route->claimed)
			continue;
		if (run->sit.c.priority > route->claimed || run->share < route->least_share)
			route->least_share = run->share;
		route->claimed = run->sit.c.priority;
	}
}
