/* turns.c - see turns.h. */
#include "ctl/sender/turns.h"

#include "ctl/query/query.h"
#include "ctl/sender/ack.h"
#include "ctl/sender/child.h"
#include "ctl/sender/replica_wait.h"
#include "ctl/sender/reports.h"
#include "ctl/sender/spread.h"
#include "io/host/clock.h"
#include "io/host/error_text.h"
#include "io/host/log.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEASE_DEFAULT_S 900 /* as licet_take has it */
#define LEASE_MIN_MS 100    /* a rehearsal at great speed */
#define FACTS_AGE_MS 10000
#define REPORTS_HIGH 1000 /* Redis does not answer as fast as commands end: take no more */

static void after(struct event *timer, int64_t delay_ms)
{
	struct timeval tv = { delay_ms / 1000, delay_ms % 1000 * 1000 };

	event_add(timer, &tv);
}

/* --- what is known of the other side ------------------------------------------------------ */

static void on_time(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	int64_t seconds = reply_int(reply_at(reply, 0), -1), micros = reply_int(reply_at(reply, 1), 0);

	if (seconds < 0)
		return;
	b->clock.redis_ms = seconds * 1000 + micros / 1000;
	b->clock.asked_ms = b->facts_ms; /* it was read later than that: never too early */
}

static void on_sim_clock(void *arg, const struct redis_reply *reply)
{
	struct clock_source *source = &((struct bridge *)arg)->clock.source;
	const char *speed_text = reply_text(reply_at(reply, 2), NULL);
	double speed = speed_text != NULL ? strtod(speed_text, NULL) : 0;

	if (reply == NULL || reply_is_error(reply))
		return;
	source->sim_base_ms = reply_int(reply_at(reply, 0), INT64_MIN);
	source->real_base_ms = reply_int(reply_at(reply, 1), INT64_MIN);
	source->simulated =
	    speed > 0 && source->sim_base_ms != INT64_MIN && source->real_base_ms != INT64_MIN;
	source->speed = source->simulated ? speed : 1;
}

/* The last of the three: the speed of the clock is known. */
static void lease_read(struct bridge *b, int64_t lease_s)
{
	int64_t before_ms = b->lease_told_ms;

	b->lease_ms = (lease_s > 0 ? lease_s : 1) * 1000;
	if (b->clock.source.simulated)
		b->lease_ms = (int64_t)((double)b->lease_ms / b->clock.source.speed);
	if (b->lease_ms < LEASE_MIN_MS)
		b->lease_ms = LEASE_MIN_MS;
	b->lease_told_ms = b->lease_ms;
	if (b->lease_ms == before_ms || b->timeout_ms <= bridge_timeout_max_ms(b))
		return;
	if (before_ms == 0 && !b->came)
		ctl_misuse(b->ctl,
		           error_pick("--timeout %" PRId64
		                      " is too long: the lease of route %s is over after %g s",
		                      "--timeout %" PRId64
		                      " est trop long : le bail de la route %s est échu après %g s"),
		           b->timeout_ms / 1000, b->route, (double)b->lease_ms / 1000);
	log_warn("lease-shorter", "route=%s lease_s=%" PRId64 " action=\"commands get %" PRId64 " ms\"",
	         b->route, lease_s, bridge_timeout_ms(b));
}

/* The last of the three: the speed of the clock is known. */
static void on_lease(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;

	b->facts_pending = false;
	if (reply == NULL)
		return;
	lease_read(b, reply_int(reply, LEASE_DEFAULT_S));
	bridge_soon(b);
}

static void call(struct bridge *b, redis_cb *cb, const char *const *words)
{
	struct redis_args a;

	args_init(&a);
	for (; *words != NULL; words++)
		args_add(&a, *words);
	redis_link_call(b->link, &a, 0, cb, b);
	args_done(&a);
}

/* Before a take, so that the answers are there when its jobs are. */
static void ask_facts(struct bridge *b)
{
	const char *prefix = b->ctl->conf.prefix;
	bool is_simulated = prefix_is_simulated(prefix);
	char key[KEY_SIZE];
	int64_t mono_ms = clock_monotonic_ms();

	/* A rehearsal may be started anew at any time. */
	if (b->facts_pending || (!is_simulated && b->facts_ms != 0 && mono_ms - b->facts_ms < FACTS_AGE_MS))
		return;
	b->facts_pending = true;
	b->facts_ms = mono_ms;
	call(b, on_time, (const char *const[]){ "TIME", NULL });
	if (is_simulated)
		call(b, on_sim_clock,
		     (const char *const[]){ "HMGET", key_global(prefix, "clock", key), "sim_base_ms",
		                            "real_base_ms", "speed", NULL });
	call(b, on_lease,
	     (const char *const[]){ "HGET", key_of(prefix, "route", b->route, key), "lease_s", NULL });
}

bool turns_elsewhere(const char *why)
{
	return strncmp(why, "MOVED ", 6) == 0;
}

/* --- turns ---------------------------------------------------------------------------------- */

/* Of several spaces an empty one is asked again soon, and then less so: what comes there waits for its turn. */
#define EMPTY_FIRST_MS 50
#define EMPTY_MS 250

static int rest_ms(const struct bridge *b)
{
	int most = b->all->count > 1 ? (b->empty_looks <= 1 ? EMPTY_FIRST_MS : EMPTY_MS) : b->look_ms;

	return most < b->look_ms ? most : b->look_ms;
}

static void note_found(struct bridge *b, bool found)
{
	b->had = found;
	b->empty_looks = found ? 0 : b->empty_looks + 1;
}

/* Commands that could be started, and nobody takes jobs for. */
static int free_commands(const struct bridges *all)
{
	int count = all->jobs - all->running;

	for (size_t i = 0; i < all->count; i++)
		count -= all->list[i]->taking ? all->list[i]->reserved : 0;
	return count;
}

/* Of what could be taken: as much as leaves as much for each of those that had something. */
static int share_of(const struct bridge *b, int count)
{
	int had = 0;

	for (size_t i = 0; i < b->all->count; i++)
		had += b->all->list[i]->had && !b->all->list[i]->over;
	return had > 1 ? (count + had - 1) / had : count;
}

/* --- taking -------------------------------------------------------------------------------- */

static void on_take(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	size_t count = reply_count(reply);

	b->taking = false;
	if (reply == NULL && turns_elsewhere(redis_link_why(b->link))) {
		; /* nothing was handed over */
	} else if (reply == NULL) {
		log_warn("take-lost",
		         "route=%s why=\"the connection was lost before the answer\" "
		         "action=\"what was handed over then becomes unknown with its lease\"",
		         b->route);
	} else if (reply_is_error(reply)) {
		bridge_take_failed(b, reply, reply_text(reply, NULL));
	} else {
		b->taken += (int64_t)count;
		b->may_be_more = count == (size_t)b->wanted;
		/* Empty, and no way to ask how long the list is: that is the end of it. */
		note_found(b, count > 0);
		if (b->once && b->cannot_look && count == 0)
			bridge_end(b, 0);
		else if (!b->once && !b->may_be_more)
			after(b->look, rest_ms(b));
		b->taking = count > 0 && ack_wanted(b);
		if (b->taking)
			b->unsafe = reply_copy(reply);
		else
			children_start(b, reply);
	}
	bridge_soon(b);
}

static void take(struct bridge *b)
{
	struct redis_args a;

	b->reserved = 0;
	ask_facts(b);
	if (b->lease_told_ms == 0)
		return; /* not before it is known how long a command may take */
	if (!wait_before_take(b))
		return;
	b->wanted = share_of(b, b->batch > 0 ? b->batch : free_commands(b->all));
	b->reserved = b->batch > 0 ? 1 : b->wanted;
	if (b->wanted > TAKE_MAX)
		b->wanted = TAKE_MAX;
	args_fcall(&a, "licet_take", b->ready_key);
	args_add(&a, b->name);
	args_add_int(&a, b->wanted);
	b->take_sent_ms = clock_monotonic_ms();
	b->taking = redis_link_call(b->link, &a, 0, on_take, b);
	args_done(&a);
	wait_behind_take(b);
}

/* How long the list is costs Redis less than a take that finds nothing. */
static void on_look(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;

	b->taking = false;
	if (reply_error_is(reply, "NOPERM"))
		b->cannot_look = true;
	if (reply != NULL)
		note_found(b, reply_int(reply, 1) > 0);
	if (reply != NULL && reply_int(reply, 1) > 0)
		b->may_be_more = true; /* or an error, which the take will tell */
	else if (reply != NULL && b->once)
		bridge_end(b, 0);
	else if (reply != NULL)
		after(b->look, rest_ms(b));
	bridge_soon(b);
}

static void look(struct bridge *b)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, "LLEN");
	args_add(&a, b->ready_key);
	b->reserved = 0;
	b->taking = redis_link_call(b->link, &a, 0, on_look, b);
	args_done(&a);
}

/* Look or take in that space, if it may be now. Returns true if it did. */
static bool try_one(struct bridge *b)
{
	/* BLPOP would wait for work without looking, and take it without asking: what it
	 * pops was not judged once more, has no lease, and is lost if we die. */
	if (b->over || b->taking || !redis_link_is_up(b->link) || b->report_count >= REPORTS_HIGH ||
	    event_pending(b->look, EV_TIMEOUT, NULL) || event_pending(b->retry, EV_TIMEOUT, NULL))
		return false;
	if (free_commands(b->all) <= 0)
		return false;
	if (b->may_be_more || b->cannot_look)
		take(b);
	else
		look(b);
	return b->taking && b->reserved > 0;
}

static bool is_still(const struct bridges *all)
{
	bool still = all->running == 0;

	for (size_t i = 0; i < all->count; i++)
		still = still && !all->list[i]->taking && all->list[i]->report_count == 0;
	return still;
}

void turns_go(struct bridges *all)
{
	/* What ended since the last turn, in one call. */
	for (size_t i = 0; i < all->count; i++) {
		spread_send(all->list[i]);
		reports_send(all->list[i]);
	}
	if (all->stopping) {
		if (is_still(all))
			event_base_loopbreak(all->base);
		return;
	}
	for (size_t i = 0, first = all->next; i < all->count; i++) {
		size_t at = (first + i) % all->count;

		if (try_one(all->list[at]))
			all->next = (at + 1) % all->count;
	}
}
