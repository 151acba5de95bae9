/* batch_flow.c - peek, decide, commit.
 *
 *	schedule_next()   whose jobs, of which list, how many
 *	      |
 *	    peek          LRANGE behind the jobs of the batches that are not sent yet: takes nothing
 *	      |
 *	    facts         HMGET registry and attempts, for campaigns that have such records
 *	      |
 *	   decide         in memory
 *	      |
 *	   commit         one FCALL: moves the whole batch, or changes nothing and says why
 *	      |
 *	"ok" | "registry", "history", "opposed", ...: decide anew, at most ROUNDS_MAX times
 *	     | anything else: drop the batch; its jobs are peeked again
 *
 * Several batches are in flight at once, so that Redis moves one while the next is decided:
 *
 *	list    [ a a a a | b b b b | c c c c | ...
 *	         sent       unsent    unsent    peek at offset 8: a will be gone by then
 *
 * A commit names the jobs that it expects at the head of the list. Redis runs commits in the
 * order in which they were sent, so when that of a moved its jobs, b is the head. When it did not,
 * b is not the head: the commit of b changes nothing and answers "moved". The schedule lets all
 * batches of that list end and then peeks at offset 0 again (resync in schedule.c). So no job is
 * moved twice, and there is nothing to undo. */
#include "daemon/commit/batch_flow.h"

#include "core/campaign/pace.h"
#include "core/law/binding.h"
#include "core/number/place.h"
#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/commit/after_commit.h"
#include "daemon/commit/batch.h"
#include "daemon/commit/batch_forms.h"
#include "daemon/commit/commit_call.h"
#include "daemon/commit/peek.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/health/replicas.h"
#include "daemon/model/routes.h"
#include "daemon/schedule/gate.h"
#include "daemon/upkeep/list_guard.h"
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

static void batch_facts(struct batch *batch);
static void batch_send(struct batch *batch);

static struct run *run_of(const struct pick *pick)
{
	return (struct run *)((char *)pick->of - offsetof(struct run, sched));
}

static void batch_end(struct batch *batch)
{
	struct daemon *d = batch->d;
	if (batch->unsent)
		schedule_sent(&batch->pick);
	schedule_ended(&d->schedule, &batch->pick, batch->moved, batch->released);
	batch->route->load.reserved -= batch->reserved;
	batch_free(batch);
	free(batch);
	turn_soon(d);
}

/* --- after the commit -------------------------------------------------------------------- */

static void adapt_batch(struct batch *batch)
{
	struct daemon *d = batch->d;
	/* Do not count time spent in WAIT: start at its answer. */
	int64_t waited_us = d->replicas.answered_ms * 1000;
	int64_t from_us = batch->sent_us > waited_us ? batch->sent_us : waited_us;
	/* Those before it had to be answered first. */
	int64_t us = (clock_monotonic_us() - from_us) / (int64_t)batch->commits_at_send;
	schedule_adapt(&d->schedule, us, d->conf.function_budget_us, (int64_t)batch->n == batch->pick.wanted);
}

/* As the commit function keeps it: it compares texts. */
static void pace_text(char text[40], double pace_ms)
{
	if (pace_ms != strtod(text, NULL))
		snprintf(text, 40, "%.3f", pace_ms);
}

static void note_not_after(struct batch *batch, struct route_run *route)
{
	for (size_t i = 0; i < batch->n; i++)
		if (batch->jobs[i].group == GROUP_RELEASE &&
		    (route->first_not_after_ms == TIME_NONE ||
		     batch->jobs[i].dec.not_after_ms < route->first_not_after_ms))
			route->first_not_after_ms = batch->jobs[i].dec.not_after_ms;
}

/* How long those that go straight out had been in the queue; its head is counted before the batch leaves it. */
static void note_arrivals(const struct batch *batch)
{
	const struct run *run = batch->run;
	int64_t left = batch->released, now_ms = clock_monotonic_ms();
	if (batch->pick.source != SOURCE_QUEUE)
		return;
	for (size_t i = 0; i < batch->n && left > 0; i++) {
		if (batch->jobs[i].group != GROUP_RELEASE)
			continue;
		int64_t seen_ms =
		    arrivals_seen_ms(&run->arrivals, run->jobs.intake + (int64_t)i, batch->peeked_ms);
		durations_note(&batch->route->to_release, now_ms - seen_ms, 1);
		left--;
	}
}

static void commit_done(struct batch *batch, const struct redis_reply *reply)
{
	struct daemon *d = batch->d;
	struct run *run = batch->run;
	const struct commit_result r = {
		.jobs = (int64_t)batch->n,
		.released = reply_int(reply_at(reply, 1), 0),
		.held = reply_int(reply_at(reply, 2), 0),
		.ended = reply_int(reply_at(reply, 4), 0) + reply_int(reply_at(reply, 5), 0),
		.ready = reply_int(reply_at(reply, 6), 0),
	};
	batch->released = r.released;
	batch->moved = true;
	note_arrivals(batch);
	note_not_after(batch, batch->route);
	schedule_committed(&batch->pick, &r, batch->now_ms);
	batch_learn(batch);
	run->blocked[0] = '\0';
	run->log_wanted = run->log_wanted || r.ended > 0;
	if (r.released > 0) {
		run->released_ms = batch->now_ms;
		replicas_released(d);
	}
	run->history_exists = run->history_exists || r.released > 0;
	pace_text(run->pace, run->jobs.pace_ms);
	pace_text(run->route_pace, run->jobs.route_pace_ms);
	if (batch->pick.source == SOURCE_HELD)
		batch_rest(batch, &run->jobs.helds[batch->pick.held_at],
		           r.released + r.ended + r.jobs - r.held);
	adapt_batch(batch);
	d->seen_commits++;
	turn_moved(d);
	batch_end(batch);
}

/* Redis refuses, whatever the job. It is tried again after REST_MS while there is something to do;
 * else what is told of the campaign is what stands in its way by then. */
#define REFUSAL_TOLD_MS (5 * REST_MS)

static void run_refused(struct batch *batch, const struct redis_reply *error, const char *call)
{
	struct run *run = batch->run;
	if (!refused(batch->d, error, call) || error == NULL || batch->d->moving_ms != 0)
		return;
	char name[REFUSAL_NAME_SIZE];
	snprintf(run->blocked, sizeof(run->blocked), "%s", refusal_name(error, name));
	run->blocked_until_ms = clock_monotonic_ms() + REFUSAL_TOLD_MS;
}

static void commit_error(struct batch *batch, const struct redis_reply *reply)
{
	struct daemon *d = batch->d;
	size_t len;
	const char *text = reply_text(reply, &len);
	if (strstr(text, "unction not found") != NULL) {
		turn_want(d, WANT_LIBRARY);
	} else if (reply_error_is(reply, "WRONGTYPE") || reply_error_is(reply, "ERR")) {
		/* Something in the keys of this campaign. */
		say_error(d, "commit-failed",
		          "campaign=%s error=\"%.200s\" action=\"nothing moved, trying again\"",
		          batch->run->id, text);
		errors_tell(d, batch->run->id, text);
		snprintf(batch->run->blocked, sizeof(batch->run->blocked), "%s", text);
		batch->run->blocked_until_ms = 0;
	} else if (!memory_deny(d, reply) && !replicas_deny(d, reply) && !writes_deny(d, reply)) {
		run_refused(batch, reply, "licet_commit");
	}
	batch->run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	batch_end(batch);
}

/* The commit said no: nothing moved. */
static void commit_refused(struct batch *batch, const char *word, const struct redis_reply *reply)
{
	struct daemon *d = batch->d;
	struct run *run = batch->run;
	size_t len;
	bool again = false;
	if (strcmp(word, "registry") == 0 || strcmp(word, "history") == 0) {
		/* It knows more than we did: decide anew with that. */
		if (*word == 'r')
			batch_registry_correct(batch, reply);
		else
			batch_history_correct(batch, reply);
		run->prefetch = reply_count(reply) / 2 > batch->n / 10;
		batch->facts = again = true;
	} else if (strcmp(word, "opposed") == 0) {
		batch_opposed_correct(batch, reply);
		again = true;
	} else if (strcmp(word, "unplaced") == 0) {
		batch_unplaced(batch, reply);
		again = true;
	} else if (strcmp(word, "breaker") == 0) {
		batch->route->load.room = reply_int(reply_at(reply, 1), 0);
		turn_want(d, WANT_READING);
		again = batch->pick.source == SOURCE_QUEUE;
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
		batch->route->load.ready = reply_int(reply_at(reply, 1), 0);
		again = batch->pick.source == SOURCE_QUEUE;
	} else if (strcmp(word, "type") == 0) {
		const char *key = reply_text(reply_at(reply, 1), &len),
			   *want = reply_text(reply_at(reply, 2), &len);
		char text[256];
		snprintf(text, sizeof(text), "expected a %s", want);
		errors_tell(d, key, text);
		snprintf(run->blocked, sizeof(run->blocked), "%s", key);
		run->blocked_until_ms = 0;
		run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "moved") == 0) {
		turn_want(d, WANT_READING); /* another daemon works here too: our counts are guesses */
	} else if (strcmp(word, "lost") == 0) {
		guard_lost(d, reply_text(reply_at(reply, 1), &len));
		run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "late") != 0) {
		turn_want(d, WANT_READING); /* def, meta, halt: something changed that we have not read yet */
		run->jobs.rest_until_ms = turn_now(d) + 20;
	}
	if (again && ++batch->rounds < ROUNDS_MAX && !d->draining)
		batch_send(batch);
	else
		batch_end(batch);
}

static void on_commit(void *arg, const struct redis_reply *reply)
{
	struct batch *batch = arg;
	size_t len;
	batch->d->commits--;
	if (reply == NULL) {
		/* Perhaps it moved, perhaps not: the next peek tells. */
		batch_end(batch);
		return;
	}
	if (reply_is_error(reply)) {
		commit_error(batch, reply);
		return;
	}
	const char *word = reply_text(reply_at(reply, 0), &len);
	if (word == NULL)
		batch_end(batch);
	else if (strcmp(word, "ok") == 0)
		commit_done(batch, reply);
	else
		commit_refused(batch, word, reply);
}

/* --- decide and send ------------------------------------------------------------------------ */

static void forms_came(struct batch *batch, bool answered)
{
	if (answered) {
		batch_send(batch);
		return;
	}
	batch->run->jobs.rest_until_ms = turn_now(batch->d) + REST_MS;
	batch_end(batch);
}

static void batch_send(struct batch *batch)
{
	struct daemon *d = batch->d;
	struct run *run = batch->run;
	struct stop stop;
	struct brake brake;
	int64_t now_ms = turn_now(d);
	batch->route->load.reserved -= batch->reserved;
	batch->reserved = 0;
	if (!batch_forms(batch)) {
		if (!batch_forms_ask(batch, forms_came))
			batch_end(batch);
		return;
	}
	if (run_stops(d, run, STOPS_INTAKE, now_ms, &stop)) {
		batch_end(batch);
		return;
	}
	run_brake(d, run, now_ms, &brake);
	if (batch->pick.source == SOURCE_QUEUE && schedule_is_ahead(&run->sched)) {
		/* It is taken in all the same, and waits for its turn in its held list. */
		brake.budget = 0;
		brake.reason = REASON_RATE_LIMIT;
	}
	batch_decide(batch, now_ms, &brake);
	batch->reserved = (int64_t)batch_group_count(batch, GROUP_RELEASE);
	batch->route = route_add(d, run->sit.c.route); /* another one, if its definition changed */
	batch->route->load.reserved += batch->reserved;
	struct redis_args a;
	args_init(&a);
	batch_commit(batch, &a);
	batch->sent_us = clock_monotonic_us();
	batch->commits_at_send = ++d->commits;
	if (batch->unsent)
		schedule_sent(&batch->pick);
	batch->unsent = false;
	if (!redis_link_call(d->link, &a, 0, on_commit, batch)) {
		d->commits--;
		batch_end(batch);
	}
	args_done(&a);
}

/* One of the two answers about the numbers; the batch goes on with the second. */
static void facts_came(struct batch *batch, const struct redis_reply *reply,
                       void (*store)(struct batch *batch, const struct redis_reply *values))
{
	if (reply_is_array(reply))
		store(batch, reply);
	else if (!reply_error_is(reply, "WRONGTYPE")) /* of that key the commit tells */
		refused(batch->d, reply, "HMGET");
	batch->facts = batch->facts && reply_is_array(reply);
	if (--batch->replies_left > 0)
		return;
	if (reply == NULL)
		batch_end(batch);
	else
		batch_send(batch);
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
static void batch_facts(struct batch *batch)
{
	struct daemon *d = batch->d;
	struct redis_args a;
	size_t fixed = 2;
	/* Numbers and places are known after a first decision; its verdicts are not used. */
	batch_decide(batch, turn_now(d), &(struct brake){ 0, REASON_ALLOWED, "", TIME_NONE });
	args_init(&a);
	batch_registry_args(batch, &a);
	if (a.count == fixed) {
		args_done(&a);
		batch_send(batch);
		return;
	}
	batch->facts = true;
	batch->replies_left = 2;
	bool first = redis_link_call(d->link, &a, 0, on_registry, batch);
	args_reset(&a);
	batch_history_args(batch, &a);
	bool second = first && redis_link_call(d->link, &a, 0, on_history, batch);
	args_done(&a);
	if (first && !second)
		batch->replies_left = 1;
	else if (!first)
		batch_end(batch);
}

/* --- peek ------------------------------------------------------------------------------------- */

/* What was peeked cannot be read: a key has another type, or Redis refuses. */
static void peek_error(struct batch *batch, const char *part, const struct redis_reply *error)
{
	struct daemon *d = batch->d;
	struct run *run = batch->run;
	char key[KEY_SIZE];
	size_t len;
	if (error != NULL && strstr(reply_text(error, &len), "unction not found") != NULL)
		turn_want(d, WANT_LIBRARY);
	else if (reply_error_is(error, "WRONGTYPE") || reply_error_is(error, "ERR"))
		errors_tell(d, part != NULL ? key_campaign(d->conf.prefix, run->id, part, key) : run->id,
		            reply_text(error, &len));
	else
		run_refused(batch, error, "peek");
	run->jobs.rest_until_ms = turn_now(d) + REST_MS;
	turn_want(d, WANT_READING);
	batch_end(batch);
}

static void on_peek(void *arg, const struct redis_reply *reply)
{
	struct batch *batch = arg;
	struct daemon *d = batch->d;
	if (reply == NULL) {
		batch_end(batch);
		return;
	}
	const char *wrong = NULL;
	const struct redis_reply *jobs = peek_jobs(batch, reply, &wrong);
	if (jobs == NULL || reply_is_error(jobs)) {
		peek_error(batch, wrong, jobs);
		return;
	}
	if (schedule_found(&batch->pick, (int64_t)reply_count(jobs)))
		turn_want(d, WANT_READING); /* to learn what is there, or when the next one is due */
	if (reply_count(jobs) == 0) {
		batch_end(batch);
		return;
	}
	batch_load(batch, jobs);
	batch->peeked_ms = clock_monotonic_ms();
	turn_moved(d);
	if (batch->run->registry_exists || (batch->run->prefetch && batch->run->history_exists))
		batch_facts(batch);
	else
		batch_send(batch);
}

static bool batch_start(struct daemon *d, const struct pick *pick)
{
	struct batch *batch = mem_zero(sizeof(*batch));
	struct run *run = run_of(pick);
	*batch = (struct batch){ .d = d,
		                 .run = run,
		                 .pick = *pick,
		                 .route = route_find(d, run->sit.c.route),
		                 .reserved = pick->expected,
		                 .unsent = true };
	if (peek_send(batch, on_peek))
		return true;
	free(batch);
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
	d->schedule.pace_slack_ms = pace_slack_ms(d->clock.speed);
	d->schedule.batch_min = d->conf.batch_min;
	d->schedule.batch_max = d->conf.batch_max;
	schedule_begin(&d->schedule, &gates, turn_now(d));
	while (schedule_next(&d->schedule, &pick))
		if (!batch_start(d, &pick))
			schedule_failed(&d->schedule, &pick);
	d->schedule.gates = NULL;
}
