/* batch_flow.c - peek, decide, commit.
 *
 * A few batches are in flight at once: while Redis moves one, the next is being
 * decided. That is safe without any bookkeeping, for a commit whose batch is no longer
 * the head changes nothing. */
#include "daemon/commit/batch_flow.h"

#include "core/campaign/pace.h"
#include "core/law/binding.h"
#include "core/number/place.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
#include "daemon/commit/after_commit.h"
#include "daemon/commit/batch.h"
#include "daemon/commit/commit_call.h"
#include "daemon/commit/peek.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/health/replicas.h"
#include "daemon/schedule/gate.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 4 /* commits of one batch before it is peeked anew */

static void item_facts(struct item *item);
static void item_send(struct item *item);

static struct run *run_of(const struct pick *pick)
{
	return (struct run *)((char *)pick->of - offsetof(struct run, sched));
}

/* The routes of campaigns that move have been met in a reading. */
static size_t route_index(const struct daemon *d, const char *id)
{
	size_t i = 0;
	while (i + 1 < d->route_count && strcmp(d->routes[i]->id, id) != 0)
		i++;
	return i;
}

static void item_end(struct item *item)
{
	struct daemon *d = item->d;
	if (item->unsent)
		schedule_sent(&item->pick);
	schedule_ended(&d->schedule, &item->pick, item->moved, item->released);
	d->routes[item->route_at]->load.reserved -= item->reserved;
	batch_free(item);
	free(item);
	turn_soon(d);
}

/* --- after the commit -------------------------------------------------------------------- */

static void adapt_batch(struct item *item)
{
	struct daemon *d = item->d;
	/* Do not count time spent in WAIT: start at its answer. */
	int64_t waited_us = d->replicas.answered_ms * 1000;
	int64_t from_us = item->sent_us > waited_us ? item->sent_us : waited_us;
	/* Those before it had to be answered first. */
	int64_t us = (clock_monotonic_us() - from_us) / (int64_t)item->commits_at_send;
	schedule_adapt(&d->schedule, us, d->conf.function_budget_us, (int64_t)item->n == item->pick.wanted);
}

/* As the commit function keeps it: it compares texts. */
static void pace_text(char text[40], double pace_ms)
{
	if (pace_ms != strtod(text, NULL))
		snprintf(text, 40, "%.3f", pace_ms);
}

static void note_not_after(struct item *item, struct route_run *route)
{
	for (size_t i = 0; i < item->n; i++)
		if (item->slots[i].group == GROUP_RELEASE &&
		    (route->first_not_after_ms == TIME_NONE ||
		     item->slots[i].dec.not_after_ms < route->first_not_after_ms))
			route->first_not_after_ms = item->slots[i].dec.not_after_ms;
}

static void commit_done(struct item *item, const struct redis_reply *reply)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	const struct commit_result r = {
		.jobs = (int64_t)item->n,
		.released = reply_int(reply_at(reply, 1), 0),
		.held = reply_int(reply_at(reply, 2), 0),
		.ended = reply_int(reply_at(reply, 4), 0) + reply_int(reply_at(reply, 5), 0),
		.ready = reply_int(reply_at(reply, 6), 0),
	};
	item->released = r.released;
	item->moved = true;
	note_not_after(item, d->routes[item->route_at]);
	schedule_committed(&item->pick, &r, item->now_ms);
	batch_learn(item);
	run->blocked[0] = '\0';
	if (r.released > 0) {
		run->released_ms = item->now_ms;
		replicas_released(d);
	}
	run->history_exists = run->history_exists || r.released > 0;
	pace_text(run->pace, run->jobs.pace_ms);
	pace_text(run->route_pace, run->jobs.route_pace_ms);
	if (item->pick.source == SOURCE_HELD)
		batch_rest(item, &run->jobs.helds[item->pick.held_at],
		           r.released + r.ended + r.jobs - r.held);
	adapt_batch(item);
	d->seen_commits++;
	d->progress_ms = clock_monotonic_ms();
	item_end(item);
}

/* Redis refuses, whatever the job. It is tried again after REST_MS while there is something to do;
 * else what is told of the campaign is what stands in its way by then. */
#define REFUSAL_TOLD_MS (5 * REST_MS)

static void run_refused(struct item *item, const struct redis_reply *error, const char *call)
{
	struct run *run = item->run;
	if (!refused(item->d, error, call) || error == NULL)
		return;
	char name[REFUSAL_NAME_SIZE];
	snprintf(run->blocked, sizeof(run->blocked), "%s", refusal_name(error, name));
	run->blocked_until_ms = clock_monotonic_ms() + REFUSAL_TOLD_MS;
}

static void commit_error(struct item *item, const struct redis_reply *reply)
{
	struct daemon *d = item->d;
	size_t len;
	const char *text = reply_text(reply, &len);
	if (strstr(text, "unction not found") != NULL) {
		turn_want(d, WANT_LIBRARY);
	} else if (reply_error_is(reply, "OOM")) {
		d->memory_full = true;
	} else if (reply_error_is(reply, "WRONGTYPE") || reply_error_is(reply, "ERR")) {
		/* Something in the keys of this campaign. */
		log_error("commit-failed",
		          "campaign=%s error=\"%.200s\" action=\"nothing moved, trying again\"",
		          item->run->id, text);
		errors_tell(d, item->run->id, text);
		snprintf(item->run->blocked, sizeof(item->run->blocked), "%s", text);
		item->run->blocked_until_ms = 0;
	} else if (!replicas_deny(d, reply)) {
		run_refused(item, reply, "licet_commit");
	}
	item->run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	item_end(item);
}

/* The commit said no: nothing moved. */
static void commit_refused(struct item *item, const char *word, const struct redis_reply *reply)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	size_t len;
	bool again = false;
	if (strcmp(word, "registry") == 0 || strcmp(word, "history") == 0) {
		/* It knows more than we did: decide anew with that. */
		if (*word == 'r')
			batch_registry_correct(item, reply);
		else
			batch_history_correct(item, reply);
		run->prefetch = reply_count(reply) / 2 > item->n / 10;
		item->facts = again = true;
	} else if (strcmp(word, "opposed") == 0) {
		batch_opposed_correct(item, reply);
		again = true;
	} else if (strcmp(word, "breaker") == 0) {
		d->routes[item->route_at]->load.room = reply_int(reply_at(reply, 1), 0);
		turn_want(d, WANT_READING);
		again = item->pick.source == SOURCE_QUEUE;
	} else if (strcmp(word, "rulebook") == 0) {
		gates_mismatch(d, reply_text(reply_at(reply, 1), &len));
		run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "pace") == 0) {
		snprintf(run->pace, sizeof(run->pace), "%.39s", reply_text(reply_at(reply, 1), &len));
		snprintf(run->route_pace, sizeof(run->route_pace), "%.39s",
		         reply_text(reply_at(reply, 2), &len));
		run->jobs.pace_ms = strtod(run->pace, NULL);
		run->jobs.route_pace_ms = strtod(run->route_pace, NULL);
		again = true;
	} else if (strcmp(word, "full") == 0) {
		d->routes[item->route_at]->load.ready = reply_int(reply_at(reply, 1), 0);
		again = item->pick.source == SOURCE_QUEUE;
	} else if (strcmp(word, "type") == 0) {
		const char *key = reply_text(reply_at(reply, 1), &len),
			   *want = reply_text(reply_at(reply, 2), &len);
		char text[64];
		snprintf(text, sizeof(text), "expected a %s", want);
		errors_tell(d, key, text);
		snprintf(run->blocked, sizeof(run->blocked), "%s", key);
		run->blocked_until_ms = 0;
		run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "moved") == 0) {
		turn_want(d, WANT_READING); /* another daemon works here too: our counts are guesses */
	} else if (strcmp(word, "late") != 0) {
		turn_want(d, WANT_READING); /* def, meta, halt: something changed that we have not read yet */
		run->jobs.rest_until_ms = turn_now(d) + 20;
	}
	if (again && ++item->rounds < ROUNDS_MAX && !d->draining)
		item_send(item);
	else
		item_end(item);
}

static void on_commit(void *arg, const struct redis_reply *reply)
{
	struct item *item = arg;
	size_t len;
	item->d->commits--;
	if (reply == NULL) {
		/* Perhaps it moved, perhaps not: the next peek tells. */
		item_end(item);
		return;
	}
	if (reply_is_error(reply)) {
		commit_error(item, reply);
		return;
	}
	const char *word = reply_text(reply_at(reply, 0), &len);
	if (word == NULL)
		item_end(item);
	else if (strcmp(word, "ok") == 0)
		commit_done(item, reply);
	else
		commit_refused(item, word, reply);
}

/* --- decide and send ------------------------------------------------------------------------ */

static void item_send(struct item *item)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	struct stop stop;
	struct brake brake;
	int64_t now_ms = turn_now(d);
	d->routes[item->route_at]->load.reserved -= item->reserved;
	item->reserved = 0;
	if (!batch_forms(item)) {
		/* They are being read; then the batch comes again. */
		run->jobs.rest_until_ms = now_ms + 20;
		item_end(item);
		return;
	}
	if (run_stops(d, run, STOPS_INTAKE, now_ms, &stop)) {
		item_end(item);
		return;
	}
	run_brake(d, run, now_ms, &brake);
	if (item->pick.source == SOURCE_QUEUE && schedule_is_ahead(&run->sched)) {
		/* It is taken in all the same, and waits for its turn in its held list. */
		brake.budget = 0;
		brake.reason = REASON_RATE_LIMIT;
	}
	batch_decide(item, now_ms, &brake);
	item->reserved = (int64_t)batch_group_count(item, GROUP_RELEASE);
	item->route_at = route_index(d, run->sit.c.route);
	d->routes[item->route_at]->load.reserved += item->reserved;
	struct redis_args a;
	args_init(&a);
	batch_commit(item, &a);
	item->sent_us = clock_monotonic_us();
	item->commits_at_send = ++d->commits;
	if (item->unsent)
		schedule_sent(&item->pick);
	item->unsent = false;
	if (!redis_link_call(d->link, &a, 0, on_commit, item)) {
		d->commits--;
		item_end(item);
	}
	args_done(&a);
}

/* One of the two answers about the numbers; the batch goes on with the second. */
static void facts_came(struct item *item, const struct redis_reply *reply,
                       void (*store)(struct item *item, const struct redis_reply *values))
{
	if (reply_is_array(reply))
		store(item, reply);
	else if (!reply_error_is(reply, "WRONGTYPE")) /* of that key the commit tells */
		refused(item->d, reply, "HMGET");
	item->facts = item->facts && reply_is_array(reply);
	if (--item->replies_left > 0)
		return;
	if (reply == NULL)
		item_end(item);
	else
		item_send(item);
}

static void on_registry(void *arg, const struct redis_reply *reply)
{
	facts_came(arg, reply, batch_registry_store);
}

static void on_history(void *arg, const struct redis_reply *reply)
{
	facts_came(arg, reply, batch_history_store);
}

/* Ask for what is known of the numbers, before deciding. */
static void item_facts(struct item *item)
{
	struct daemon *d = item->d;
	struct redis_args a;
	size_t fixed = 2;
	/* Numbers and places are known after a first decision; its verdicts are not used. */
	batch_decide(item, turn_now(d), &(struct brake){ 0, REASON_ALLOWED, "", TIME_NONE });
	args_init(&a);
	batch_registry_args(item, &a);
	if (a.count == fixed) {
		args_done(&a);
		item_send(item);
		return;
	}
	item->facts = true;
	item->replies_left = 2;
	bool first = redis_link_call(d->link, &a, 0, on_registry, item);
	args_reset(&a);
	batch_history_args(item, &a);
	bool second = first && redis_link_call(d->link, &a, 0, on_history, item);
	args_done(&a);
	if (first && !second)
		item->replies_left = 1;
	else if (!first)
		item_end(item);
}

/* --- peek ------------------------------------------------------------------------------------- */

/* What was peeked cannot be read: a key has another type, or Redis refuses. */
static void peek_error(struct item *item, const char *part, const struct redis_reply *error)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	char key[KEY_SIZE];
	size_t len;
	if (reply_error_is(error, "WRONGTYPE") || reply_error_is(error, "ERR"))
		errors_tell(d, part != NULL ? key_campaign(d->conf.prefix, run->id, part, key) : run->id,
		            reply_text(error, &len));
	else
		run_refused(item, error, "peek");
	run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	turn_want(d, WANT_READING);
	item_end(item);
}

static void on_peek(void *arg, const struct redis_reply *reply)
{
	struct item *item = arg;
	struct daemon *d = item->d;
	if (reply == NULL) {
		item_end(item);
		return;
	}
	const char *wrong = NULL;
	const struct redis_reply *jobs = peek_jobs(item, reply, &wrong);
	if (jobs == NULL || reply_is_error(jobs)) {
		peek_error(item, wrong, jobs);
		return;
	}
	if (schedule_found(&item->pick, (int64_t)reply_count(jobs)))
		turn_want(d, WANT_READING); /* to learn what is there, or when the next one is due */
	if (reply_count(jobs) == 0) {
		item_end(item);
		return;
	}
	batch_load(item, jobs);
	d->progress_ms = clock_monotonic_ms();
	if (item->run->registry_exists || (item->run->prefetch && item->run->history_exists))
		item_facts(item);
	else
		item_send(item);
}

static bool item_start(struct daemon *d, const struct pick *pick)
{
	struct item *item = mem_zero(sizeof(*item));
	struct run *run = run_of(pick);
	*item = (struct item){ .d = d,
		               .run = run,
		               .pick = *pick,
		               .route_at = route_index(d, run->sit.c.route),
		               .reserved = pick->expected,
		               .unsent = true };
	if (peek_send(item, on_peek))
		return true;
	free(item);
	return false;
}

/* --- a turn ------------------------------------------------------------------------------------- */

void work_turn(struct daemon *d)
{
	struct gates gates;
	struct pick pick;
	if (d->draining || d->reload_wanted || !d->catalog_known || !health_good(d))
		return;
	gates_now(d, &gates);
	for (size_t i = 0; i < d->run_count; i++)
		run_show(d, d->runs[i]);
	d->schedule.pace_slack_ms = pace_slack_ms(d->speed);
	d->schedule.batch_min = d->conf.batch_min;
	d->schedule.batch_max = d->conf.batch_max;
	schedule_begin(&d->schedule, &gates, turn_now(d));
	while (schedule_next(&d->schedule, &pick))
		if (!item_start(d, &pick))
			schedule_failed(&d->schedule, &pick);
	d->schedule.gates = NULL;
}
