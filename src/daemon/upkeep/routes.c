/* routes.c - what senders reported, what must come back, what nobody finished. */
#include "daemon/upkeep/routes.h"

#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/schedule/gate.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MAX 100 /* events per call */
#define RECALL_MAX 50  /* entries per call: to take one back is 35 us of work */
#define LAPSE_MAX 100

struct route_call {
	struct daemon *d;
	size_t route_at;
};

static struct route_call *call_new(struct daemon *d, size_t route_at)
{
	struct route_call *q = mem_zero(sizeof(*q));
	*q = (struct route_call){ d, route_at };
	return q;
}

static bool call_send(struct daemon *d, struct redis_args *a, redis_cb *cb, size_t route_at)
{
	struct route_call *q = call_new(d, route_at);
	bool sent = redis_link_call(d->link, a, 0, cb, q);
	if (!sent)
		free(q);
	args_done(a);
	return sent;
}

/* --- settle ------------------------------------------------------------------------- */

static void settle_from(struct daemon *d, size_t route_at, const char *first);

/* How long the calls that were reported had been ready. A rehearsal at many times the speed is told in
 * real time, as all that senders take. */
static void note_waits(const struct daemon *d, struct route_run *route, const struct redis_reply *waits)
{
	double speed = d->clock.speed > 0 ? d->clock.speed : 1;
	for (size_t i = 0; i < reply_count(waits); i++)
		durations_note(&route->to_take, (int64_t)((double)reply_int(reply_at(waits, i), 0) / speed),
		               1);
}

static void on_settle(void *arg, const struct redis_reply *reply)
{
	struct route_call *q = arg;
	struct daemon *d = q->d;
	struct route_run *route = d->routes[q->route_at];
	size_t at = q->route_at, len;
	free(q);
	route->settling = false;
	if (refused(d, reply, "licet_settle"))
		return;
	int64_t n = reply_int(reply_at(reply, 0), 0);
	const char *bad = reply_text(reply_at(reply, 2), &len);
	note_waits(d, route, reply_at(reply, 3));
	if (bad != NULL && len > 0)
		errors_tell(d, bad, "a key of the wrong type keeps an event from being settled");
	if (n == 0)
		return;
	turn_moved(d);
	route->load.ready = -1; /* senders took some: asked anew below */
	route->next_lapse_ms = 0;
	for (size_t i = 0; i < d->run_count; i++)
		d->runs[i]->log_wanted =
		    d->runs[i]->log_wanted || strcmp(d->runs[i]->sit.c.route, route->id) == 0;
	if (n == SETTLE_MAX) {
		char next[64];
		snprintf(next, sizeof(next), "(%s", reply_text(reply_at(reply, 1), &len));
		settle_from(d, at, next);
	}
	turn_want(d, WANT_READING);
}

static void settle_from(struct daemon *d, size_t route_at, const char *first)
{
	struct route_run *route = d->routes[route_at];
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_settle", key_settle(d->conf.prefix, route->id, key));
	args_add_int(&a, turn_now(d));
	args_add(&a, first);
	args_add_int(&a, SETTLE_MAX);
	route->settling = call_send(d, &a, on_settle, route_at);
}

/* --- the length of a ready list ------------------------------------------------------- */

static void on_length(void *arg, const struct redis_reply *reply)
{
	struct route_call *q = arg;
	if (!refused(q->d, reply, "LLEN"))
		q->d->routes[q->route_at]->load.ready = reply_int(reply, 0);
	turn_soon(q->d);
	free(q);
}

static void ask_length(struct daemon *d, size_t route_at)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "LLEN");
	args_add(&a, key_ready(d->conf.prefix, d->routes[route_at]->id, "", key));
	call_send(d, &a, on_length, route_at);
}

/* --- recall ------------------------------------------------------------------------------ */

/* Campaigns whose ready jobs may not go: {id: [reason, rule]}. */
static json_t *named_campaigns(struct daemon *d)
{
	json_t *named = json_object();
	int64_t now_ms = turn_now(d);
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		/* The definition changed in another way: ready jobs were built from the old one. */
		struct stop stop = { .reason = REASON_CAMPAIGN_REJECTED, .rule = "definition changed" };
		if (run->ready_to_work &&
		    (run_stops(d, run, STOPS_READY, now_ms, &stop) || run->recall_changed))
			json_object_set_new(named, run->id,
			                    json_pack("[s,s]", reason_name(stop.reason), stop.rule));
	}
	return named;
}

static void recall_step(struct daemon *d, size_t route_at);

static void on_recall(void *arg, const struct redis_reply *reply)
{
	struct route_call *q = arg;
	struct daemon *d = q->d;
	size_t at = q->route_at;
	struct route_run *route = d->routes[at];
	free(q);
	route->recalling = false;
	if (refused(d, reply, "licet_recall")) {
		route->recall_all = true;
		return;
	}
	int64_t looked = reply_int(reply_at(reply, 0), 0), back = reply_int(reply_at(reply, 1), 0);
	int64_t earliest_ms = reply_int(reply_at(reply, 2), 0);
	route->recall_left -= looked;
	route->recall_stuck = route->recall_stuck || reply_int(reply_at(reply, 3), 0) > 0;
	if (earliest_ms > 0 &&
	    (route->first_not_after_ms == TIME_NONE || earliest_ms < route->first_not_after_ms))
		route->first_not_after_ms = earliest_ms;
	if (back > 0) {
		say_info(d, "recalled", "route=%s jobs=%" PRId64, route->id, back);
		route->recalled = true;
		ask_length(d, at);
	}
	if (looked == RECALL_MAX && route->recall_left > 0) {
		recall_step(d, at);
		return;
	}
	/* The whole list was looked at; campaigns named for a change are done with, unless some of theirs had to stay, or
	 * another round was asked for meanwhile: what was looked at before they were named is still there. */
	for (size_t i = 0; !route->recall_all && !route->recall_stuck && i < d->run_count; i++)
		if (strcmp(d->runs[i]->sit.c.route, route->id) == 0)
			d->runs[i]->recall_changed = false;
	turn_want(d,
	          WANT_STATE); /* nothing of an old definition is ready any more: somebody waits for that */
	if (route->recalled)
		turn_want(d, WANT_READING);
	route->recalled = false;
}

static void recall_step(struct daemon *d, size_t route_at)
{
	struct route_run *route = d->routes[route_at];
	char key[KEY_SIZE];
	json_t *named = named_campaigns(d);
	char *text = json_pool_text(named, JSON_COMPACT);
	struct redis_args a;
	args_fcall(&a, "licet_recall", key_ready(d->conf.prefix, route->id, "", key));
	args_add_int(&a, turn_now(d));
	args_add_int(&a, RECALL_MAX);
	args_add(&a, text);
	route->recalling = call_send(d, &a, on_recall, route_at);
	free(text);
	json_decref(named);
}

static void on_recall_length(void *arg, const struct redis_reply *reply)
{
	struct route_call *q = arg;
	struct daemon *d = q->d;
	struct route_run *route = d->routes[q->route_at];
	size_t at = q->route_at;
	free(q);
	route->recalling = false;
	if (reply_error_is(reply, "WRONGTYPE")) /* said by whoever releases into it */
		return;
	if (refused(d, reply, "LLEN")) {
		route->recall_all = true;
		return;
	}
	route->load.ready = reply_int(reply, 0);
	route->recall_left = route->load.ready;
	if (route->recall_left > 0)
		recall_step(d, at);
}

/* Look at every entry once, a bounded number at a time. */
static void recall_start(struct daemon *d, size_t route_at)
{
	struct route_run *route = d->routes[route_at];
	char key[KEY_SIZE];
	route->recall_all = route->recall_stuck = false;
	route->first_not_after_ms = TIME_NONE;
	struct redis_args a;
	args_init(&a);
	args_add(&a, "LLEN");
	args_add(&a, key_ready(d->conf.prefix, route->id, "", key));
	route->recalling = call_send(d, &a, on_recall_length, route_at);
}

/* --- lapse ------------------------------------------------------------------------------- */

static void on_lapse(void *arg, const struct redis_reply *reply)
{
	struct route_call *q = arg;
	struct daemon *d = q->d;
	struct route_run *route = d->routes[q->route_at];
	free(q);
	route->lapsing = false;
	if (refused(d, reply, "licet_lapse"))
		return;
	int64_t lapsed = reply_int(reply_at(reply, 0), 0);
	size_t len;
	const char *next = reply_text(reply_at(reply, 1), &len);
	int64_t next_ms = next != NULL ? (int64_t)strtod(next, NULL) : 0;
	route->next_lapse_ms = next_ms > 0 ? next_ms : TIME_NONE;
	if (lapsed > 0) {
		say_warn(d, "leases-over",
		         "route=%s jobs=%" PRId64 " action=\"listed as unknown, a person must settle them\"",
		         route->id, lapsed);
		turn_want(d, WANT_READING);
	}
}

static void lapse_start(struct daemon *d, size_t route_at)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_lapse", key_ready(d->conf.prefix, d->routes[route_at]->id, "", key));
	args_add_int(&a, turn_now(d));
	args_add_int(&a, LAPSE_MAX);
	d->routes[route_at]->lapsing = call_send(d, &a, on_lapse, route_at);
}

void routes_turn(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	if (!d->catalog_known || !health_good(d))
		return;
	for (size_t i = 0; i < d->route_count; i++) {
		struct route_run *route = d->routes[i];
		if (route->settle_wanted && !route->settling) {
			route->settle_wanted = false;
			settle_from(d, i, "-");
		}
		if (route->load.ready < 0) {
			route->load.ready = 0;
			ask_length(d, i);
		}
		if (!route->recalling && (route->recall_all || (route->first_not_after_ms != TIME_NONE &&
		                                                route->first_not_after_ms <= now_ms)))
			recall_start(d, i);
		if (!route->lapsing && route->next_lapse_ms != TIME_NONE && route->next_lapse_ms <= now_ms)
			lapse_start(d, i);
	}
}
