/* batch_flow.c - peek, decide, commit.
 *
 * A few batches are in flight at once: while Redis moves one, the next is being
 * decided. That is safe without any bookkeeping, for a commit whose batch is no longer
 * the head changes nothing. */
#include "daemon/commit/batch_flow.h"

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
#include "daemon/model/routes.h"
#include "daemon/schedule/gate.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Batches in flight, and of one list: a peek waits behind the commits before it, and Redis shall
 * have work meanwhile. */
#define ITEMS_MAX 12
#define SOURCE_ITEMS_MAX 8
#define BATCH_USEFUL 100 /* jobs in a call beside which its own cost is small */
#define ROUNDS_MAX 4     /* commits of one batch before it is peeked anew */

static void item_facts(struct item *item);
static void item_send(struct item *item);

static int64_t wall_us(void)
{
	return clock_monotonic_ms() * 1000;
}

/* What a campaign has had, counted in jobs by its weight. Those that wait keep theirs; one
 * that had nothing to do begins where the others are, so that it cannot claim the past. */
static void share_add(struct run *run, int64_t jobs)
{
	run->share += (double)jobs / (run->sit.c.weight > 0 ? run->sit.c.weight : 1);
}

static void item_end(struct item *item)
{
	struct daemon *d = item->d;
	struct held_list *source = item_source(item);
	if (item->unsent)
		source->unsent -= (int64_t)item->wanted;
	source->items--;
	/* What was peeked behind a batch that did not move is not the head, nor will what is
	 * peeked behind that be: all of them end before the head is looked at again. */
	source->regroup = source->items > 0 && (source->regroup || !item->moved);
	d->items--;
	d->routes[item->route_at].reserved -= item->reserved;
	share_add(item->run, item->released - item->expected);
	batch_free(item);
	free(item);
	turn_soon(d);
}

/* --- after the commit -------------------------------------------------------------------- */

static void adapt_batch(struct item *item)
{
	struct daemon *d = item->d;
	/* Behind a WAIT it was the replicas that took their time, until they answered. */
	int64_t from_us =
	    item->sent_us > d->replicas.answered_ms * 1000 ? item->sent_us : d->replicas.answered_ms * 1000;
	/* Those before it had to be answered first. */
	int64_t us = (wall_us() - from_us) / (int64_t)item->commits_at_send;
	/* Another client waits while a call runs. What takes a little longer may be the disk that it
	 * is written to, and smaller calls would not help much. */
	if (us > 2 * d->conf.function_budget_us)
		d->batch = d->batch * 3 / 4;
	else if (us > d->conf.function_budget_us)
		d->batch = d->batch > BATCH_USEFUL ? d->batch * 7 / 8 : d->batch;
	else if (us <= d->conf.function_budget_us * 3 / 4 && item->n == (size_t)item->wanted)
		d->batch += 8;
	if (d->batch < d->conf.batch_min)
		d->batch = d->conf.batch_min;
	if (d->batch > d->conf.batch_max)
		d->batch = d->conf.batch_max;
}

/* Keep the pace as the commit function wrote it. */
static void pace_advance(char pace[40], double interval_ms, int64_t now_ms, int64_t released)
{
	if (interval_ms <= 0 || released == 0)
		return;
	double from = strtod(pace, NULL);
	if (from < (double)now_ms)
		from = (double)now_ms;
	snprintf(pace, 40, "%.3f", from + (double)released * interval_ms);
}

static void commit_done(struct item *item, const struct redis_reply *reply)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	struct route_run *route = &d->routes[item->route_at];
	int64_t released = reply_int(reply_at(reply, 1), 0), held = reply_int(reply_at(reply, 2), 0);
	int64_t ended = reply_int(reply_at(reply, 4), 0) + reply_int(reply_at(reply, 5), 0);
	route->ready_len = reply_int(reply_at(reply, 6), 0);
	item->released = released;
	item->moved = true;
	for (size_t i = 0; i < item->n; i++)
		if (item->slots[i].group == GROUP_RELEASE &&
		    (route->first_not_after_ms == TIME_NONE ||
		     item->slots[i].dec.not_after_ms < route->first_not_after_ms))
			route->first_not_after_ms = item->slots[i].dec.not_after_ms;
	if (route->room != INT64_MAX)
		route->room -= released < route->room ? released : route->room;
	run->ready += released;
	run->held += held;
	if (item->kind == SOURCE_QUEUE) {
		run->queue_len -= (int64_t)item->n;
		run->intake += (int64_t)item->n;
	} else if (item->kind == SOURCE_HELD) {
		run->held -= (int64_t)item->n;
		item_source(item)->count -= (int64_t)item->n;
	} else {
		run->later_count -= (int64_t)item->n;
	}
	if (run->queue_len < 0)
		run->queue_len = 0;
	batch_learn(item);
	run->blocked[0] = '\0';
	if (released > 0) {
		run->released_ms = item->now_ms;
		replicas_released(d);
	}
	run->history_exists = run->history_exists || released > 0;
	pace_advance(run->pace, run->sit.c.interval_ms, item->now_ms, released);
	pace_advance(run->route_pace, run->sit.c.route_interval_ms, item->now_ms, released);
	if (item->kind == SOURCE_HELD)
		batch_rest(item, item_source(item), released + ended + (int64_t)item->n - held);
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
	item->run->rest_until_ms = turn_now(d) + REST_MS;
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
		d->routes[item->route_at].room = reply_int(reply_at(reply, 1), 0);
		turn_want(d, WANT_READING);
		again = item->kind == SOURCE_QUEUE;
	} else if (strcmp(word, "rulebook") == 0) {
		gates_mismatch(d, reply_text(reply_at(reply, 1), &len));
		run->rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "pace") == 0) {
		snprintf(run->pace, sizeof(run->pace), "%.39s", reply_text(reply_at(reply, 1), &len));
		snprintf(run->route_pace, sizeof(run->route_pace), "%.39s",
		         reply_text(reply_at(reply, 2), &len));
		again = true;
	} else if (strcmp(word, "full") == 0) {
		d->routes[item->route_at].ready_len = reply_int(reply_at(reply, 1), 0);
		again = item->kind == SOURCE_QUEUE;
	} else if (strcmp(word, "type") == 0) {
		const char *key = reply_text(reply_at(reply, 1), &len),
			   *want = reply_text(reply_at(reply, 2), &len);
		char text[64];
		snprintf(text, sizeof(text), "expected a %s", want);
		errors_tell(d, key, text);
		snprintf(run->blocked, sizeof(run->blocked), "%s", key);
		run->blocked_until_ms = 0;
		run->rest_until_ms = turn_now(d) + REST_MS;
	} else if (strcmp(word, "moved") == 0) {
		turn_want(d, WANT_READING); /* another daemon works here too: our counts are guesses */
	} else if (strcmp(word, "late") != 0) {
		turn_want(d, WANT_READING); /* def, meta, halt: something changed that we have not read yet */
		run->rest_until_ms = turn_now(d) + 20;
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

/* What a limited route lets go while the batch of one campaign is on its way is not for those
 * that are ahead of it. */
#define AHEAD_JOBS 16.0

static bool is_ahead(struct daemon *d, const struct run *run)
{
	const struct route_run *route = route_find(d, run->sit.c.route);
	return route != NULL && run->sit.c.route_interval_ms > 0 && route->claimed == run->sit.c.priority &&
	       run->share > route->least_share + AHEAD_JOBS;
}

static void item_send(struct item *item)
{
	struct daemon *d = item->d;
	struct run *run = item->run;
	struct stop stop;
	struct brake brake;
	int64_t now_ms = turn_now(d);
	d->routes[item->route_at].reserved -= item->reserved;
	item->reserved = 0;
	if (!batch_forms(item)) {
		/* They are being read; then the batch comes again. */
		run->rest_until_ms = now_ms + 20;
		item_end(item);
		return;
	}
	if (run_stops(d, run, STOPS_INTAKE, now_ms, &stop)) {
		item_end(item);
		return;
	}
	run_brake(d, run, now_ms, &brake);
	if (item->kind == SOURCE_QUEUE && is_ahead(d, run)) {
		/* It is taken in all the same, and waits for its turn in its held list. */
		brake.budget = 0;
		brake.reason = REASON_RATE_LIMIT;
	}
	batch_decide(item, now_ms, &brake);
	item->reserved = (int64_t)batch_group_count(item, GROUP_RELEASE);
	item->route_at = (size_t)(route_add(d, run->sit.c.route) - d->routes);
	d->routes[item->route_at].reserved += item->reserved;
	struct redis_args a;
	args_init(&a);
	batch_commit(item, &a);
	item->sent_us = wall_us();
	item->commits_at_send = ++d->commits;
	if (item->unsent) {
		item_source(item)->unsent -= (int64_t)item->wanted;
		item->unsent = false;
	}
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

static void peek_empty(struct item *item)
{
	struct run *run = item->run;
	/* Only a look at the head tells that a list is empty. Behind other batches there may be
	 * nothing while these, should their commits fail, are still there. */
	if (item->kind == SOURCE_QUEUE && item->offset == 0)
		run->queue_len = 0;
	else if (item->kind == SOURCE_HELD && item->offset == 0)
		item_source(item)->count = 0;
	else if (item->kind == SOURCE_LATER)
		run->later_first_ms = TIME_NONE;
	if (item->offset > 0 || (item->kind == SOURCE_LATER && run->later_count > 0))
		turn_want(item->d, WANT_READING); /* to learn what is there, or when the next one is due */
	item_end(item);
}

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
	run->rest_until_ms = turn_now(d) + REST_MS;
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
	if (reply_count(jobs) == 0) {
		peek_empty(item);
		return;
	}
	batch_load(item, jobs);
	d->progress_ms = clock_monotonic_ms();
	if (item->run->registry_exists || (item->run->prefetch && item->run->history_exists))
		item_facts(item);
	else
		item_send(item);
}

static bool item_start(struct daemon *d, struct run *run, enum source_kind kind, size_t held_at,
                       int64_t wanted, int64_t budget)
{
	struct item *item = mem_zero(sizeof(*item));
	*item =
	    (struct item){ .d = d, .run = run, .kind = kind, .held_at = held_at, .wanted = (size_t)wanted };
	item->route_at = (size_t)(route_add(d, run->sit.c.route) - d->routes);
	if (!peek_send(item, on_peek)) {
		free(item);
		return false;
	}
	struct held_list *source = item_source(item);
	source->items++;
	source->unsent += wanted;
	item->expected = wanted < budget ? wanted : budget;
	/* The room is spoken for from now on: who comes after this batch gets what is left. */
	item->reserved = item->expected;
	d->routes[item->route_at].reserved += item->reserved;
	share_add(run, item->expected); /* until it is known how many of them went out */
	item->unsent = true;
	d->items++;
	return true;
}

/* --- choose -------------------------------------------------------------------------------------- */

/* Which held list is drawn from: of those that are open the one whose place closes first, so
 * that little is left behind there, whatever the order in which they came to be. SIZE_MAX:
 * none. */
static size_t held_to_draw(struct daemon *d, struct run *run, int64_t now_ms, int64_t budget, bool over)
{
	size_t best = SIZE_MAX;
	int64_t best_ms = INT64_MAX;
	for (size_t i = 0; i < run->held_count; i++) {
		struct held_list *held = &run->helds[i];
		/* With little room left, what is in flight may already use it up. */
		bool behind =
		    held->items > 0 && (held->items >= SOURCE_ITEMS_MAX || (!over && budget < 2 * d->batch));
		if (held->count - held->unsent <= 0 || behind || held->regroup ||
		    !held_is_open(d, run, held, now_ms))
			continue;
		int64_t close_ms = place_view_at(run->views, held->place, now_ms)->close_ms;
		if (best == SIZE_MAX || close_ms < best_ms ||
		    (close_ms == best_ms && held->place < run->helds[best].place)) {
			best = i;
			best_ms = close_ms;
		}
	}
	return best;
}

/* Start one batch of this campaign, if there is one to start. */
static bool run_start(struct daemon *d, struct run *run, int64_t now_ms)
{
	struct stop stop;
	struct brake brake;
	if (!run->ready_to_work || !run->listed || run->rest_until_ms > now_ms ||
	    run_stops(d, run, STOPS_INTAKE, now_ms, &stop))
		return false;
	bool over = run_is_over(run, now_ms);
	run_brake(d, run, now_ms, &brake);
	int64_t budget = is_ahead(d, run) ? 0 : brake.budget;
	if (run->later.items == 0 && run->later_count > 0 &&
	    (over || (run->later_first_ms != TIME_NONE && run->later_first_ms <= now_ms)))
		return item_start(d, run, SOURCE_LATER, 0, d->batch, budget);
	int64_t wanted = over || budget > d->batch ? d->batch : budget;
	size_t held_at = wanted > 0 ? held_to_draw(d, run, now_ms, budget, over) : SIZE_MAX;
	if (held_at != SIZE_MAX)
		return item_start(d, run, SOURCE_HELD, held_at, wanted, budget);
	if (run->queue.items < SOURCE_ITEMS_MAX && !run->queue.regroup &&
	    run->queue_len - run->queue.unsent > 0)
		return item_start(d, run, SOURCE_QUEUE, 0, d->batch, budget);
	return false;
}

/* --- whose turn it is ------------------------------------------------------------------------------ */

/* Found once a turn: a thousand campaigns that wait for a window cost nothing more. */
static bool run_has_work(const struct run *run, int64_t now_ms)
{
	bool due = run->later_count > 0 && run->later_first_ms != TIME_NONE && run->later_first_ms <= now_ms;
	return run->listed && run->ready_to_work && run->rest_until_ms <= now_ms &&
	       (run->claims || run->queue_len > 0 || due ||
	        ((run->held > 0 || run->later_count > 0) && run_is_over(run, now_ms)));
}

/* The campaign of that priority that had least, among those not tried in this turn. */
static struct run *least_served(struct daemon *d, int priority, unsigned turn)
{
	struct run *least = NULL;
	for (size_t k = 0; k < d->run_count; k++) {
		struct run *run = d->runs[(d->next_run + k) % d->run_count];
		if (run->sit.c.priority == priority && run->tried != turn && run->had_work &&
		    (least == NULL || run->share < least->share))
			least = run;
	}
	return least;
}

/* Nobody is served as if it had waited while it had nothing to send. Returns the priorities
 * of those that have something to do, a bit each. */
static unsigned share_join(struct daemon *d, int64_t now_ms)
{
	unsigned priorities = 0;
	double floor = -1;
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->had_work && (floor < 0 || d->runs[i]->share < floor))
			floor = d->runs[i]->share;
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		bool has = run_has_work(run, now_ms);
		if (has && !run->had_work && run->share < floor)
			run->share = floor;
		run->had_work = has;
		if (has)
			priorities |= 1U << run->sit.c.priority;
	}
	return priorities;
}

void work_turn(struct daemon *d)
{
	if (d->draining || d->reload_wanted || !d->catalog_known || !health_good(d))
		return;
	int64_t now_ms = turn_now(d);
	unsigned turn = ++d->turn;
	routes_claim(d, now_ms);
	unsigned priorities = share_join(d, now_ms);
	/* The highest priority first; of equal priority, batch by batch, who had least. */
	for (int priority = 9; priority >= 0 && d->items < ITEMS_MAX; priority--) {
		struct run *run;
		if ((priorities >> priority & 1) == 0)
			continue;
		while (d->items < ITEMS_MAX && (run = least_served(d, priority, turn)) != NULL)
			if (!run_start(d, run, now_ms))
				run->tried = turn;
	}
	if (d->run_count > 0)
		d->next_run = (d->next_run + 1) % d->run_count;
}
