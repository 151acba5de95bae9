/* ear.c - see ear.h.
 *
 * A round: TIME, then XREAD behind the last id, on one connection. What the other space had recorded when it told its
 * time is in the reply, unless that was full. */
#include "daemon/space/ear.h"

#include "core/text/cluster_slot.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide_search.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN_MS 100
#define BLOCK_MAX_MS 15000
#define SLOW_MS 100 /* who deals so long with what it was told is not waited for */

struct ear {
	struct ears *ears;
	struct ear *next;
	char space[SPACE_NAME_MAX + 1];
	char prefix[KEY_SIZE], stream[KEY_SIZE];
	struct redis_target target;
	struct ear_listener **list;
	size_t count, capacity;
	/* those that have all, and wait for more */
	struct redis_link *steady;
	char at[EAR_ID_SIZE]; /* behind which is read */
	bool reading;
	int64_t time_ms; /* what the clock of the other space said before; 0: it was not told */
	struct event *slow;
	/* those that catch up, one after the other */
	struct redis_link *catch_up; /* NULL: nobody does */
	struct ear_listener *asked;  /* NULL: nobody, or who asked has left */
	bool catching_up;            /* a reply is to come */
	int64_t catch_time_ms;
};

struct ears {
	struct event_base *base;
	struct redis_target target;
	struct ear *first;
};

static void catch_up_next(struct ear *e);
static void steady_next(struct ear *e);

/* --- ids -------------------------------------------------------------------------------------- */

static int compare(const char *a, const char *b)
{
	uint64_t am = 0, as = 0, bm = 0, bs = 0;

	sscanf(a, "%" SCNu64 "-%" SCNu64, &am, &as);
	sscanf(b, "%" SCNu64 "-%" SCNu64, &bm, &bs);
	return am != bm ? (am < bm ? -1 : 1) : as != bs ? (as < bs ? -1 : 1) : 0;
}

static const char *id_at(const struct redis_reply *entries, size_t i)
{
	const char *id = reply_text(reply_at(reply_at(entries, i), 0), NULL);

	return id != NULL ? id : "0-0";
}

static size_t first_behind(const struct redis_reply *entries, const char *at)
{
	size_t i = 0;

	while (i < reply_count(entries) && compare(id_at(entries, i), at) <= 0)
		i++;
	return i;
}

/* --- asking -------------------------------------------------------------------------------------- */

static int64_t time_of(const struct redis_reply *reply)
{
	return reply_int(reply_at(reply, 0), 0) * 1000 + reply_int(reply_at(reply, 1), 0) / 1000;
}

/* block_ms 0: what is there is told at once. */
static bool ask(struct redis_link *link, struct ear *e, const char *at, int64_t block_ms, redis_cb *on_time,
                redis_cb *on_read)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, "TIME");
	bool sent = redis_link_call(link, &a, 0, on_time, e);

	args_reset(&a);
	args_add(&a, "XREAD");
	args_add(&a, "COUNT");
	args_add_int(&a, EAR_AT_ONCE);
	if (block_ms > 0) {
		args_add(&a, "BLOCK");
		args_add_int(&a, block_ms);
	}
	args_add(&a, "STREAMS");
	args_add(&a, e->stream);
	args_add(&a, at);
	sent = sent && redis_link_call(link, &a, (int)block_ms, on_read, e);
	args_done(&a);
	return sent;
}

static void tell(struct ear_listener *l, const struct redis_reply *entries, int64_t time_ms)
{
	bool whole = reply_count(entries) < EAR_AT_ONCE;

	l->told(l, entries, first_behind(entries, l->at), whole ? time_ms : 0);
}

/* --- who has all, and waits for more -------------------------------------------------------------------- */

static bool is_any(const struct ear *e, int state)
{
	for (size_t i = 0; i < e->count; i++)
		if ((int)e->list[i]->state == state)
			return true;
	return false;
}

static void on_steady_time(void *arg, const struct redis_reply *reply)
{
	struct ear *e = arg;

	e->time_ms = time_of(reply);
}

static void on_steady_read(void *arg, const struct redis_reply *reply)
{
	struct ear *e = arg;

	e->reading = false;
	if (reply == NULL) /* the connection was lost: all begin anew when there is another */
		return;
	bool failed = e->time_ms == 0 || reply_is_error(reply);
	const struct redis_reply *entries = reply_at(reply_at(reply, 0), 1);

	if (!failed && reply_count(entries) > 0)
		snprintf(e->at, sizeof(e->at), "%s", id_at(entries, reply_count(entries) - 1));
	e->reading = true; /* until all are told, none is asked anew for those that were */
	for (size_t i = 0; i < e->count; i++) {
		struct ear_listener *l = e->list[i];

		if (l->state == EAR_BUSY) /* it was not to be waited for, and lacks these */
			l->state = EAR_RESTING;
		if (l->state != EAR_STEADY)
			continue;
		l->state = failed ? EAR_RESTING : EAR_BUSY;
		if (failed)
			l->untold(l, reply);
		else
			tell(l, entries, e->time_ms);
	}
	e->reading = false;
	steady_next(e);
}

/* Once nobody is busy, or for too long. */
static void steady_next(struct ear *e)
{
	static const struct timeval slow = { 0, SLOW_MS * 1000 };
	int64_t block_ms = BLOCK_MAX_MS;

	if (e->reading || e->steady == NULL || !redis_link_is_up(e->steady) || !is_any(e, EAR_STEADY))
		return;
	if (is_any(e, EAR_BUSY)) {
		if (!event_pending(e->slow, EV_TIMEOUT, NULL))
			event_add(e->slow, &slow);
		return;
	}
	event_del(e->slow);
	for (size_t i = 0; i < e->count; i++)
		if (e->list[i]->state == EAR_STEADY && e->list[i]->block_ms < block_ms)
			block_ms = e->list[i]->block_ms;
	e->time_ms = 0;
	e->reading = ask(e->steady, e, e->at, block_ms > BLOCK_MIN_MS ? block_ms : BLOCK_MIN_MS,
	                 on_steady_time, on_steady_read);
}

/* Who is still busy catches up later. */
static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	struct ear *e = arg;

	for (size_t i = 0; i < e->count; i++)
		if (e->list[i]->state == EAR_BUSY)
			e->list[i]->state = EAR_RESTING;
	steady_next(e);
}

/* What it has read, and what the others have, is all there is. */
static bool may_be_steady(const struct ear *e, const struct ear_listener *l)
{
	bool others = e->reading || is_any(e, EAR_STEADY) || is_any(e, EAR_BUSY);

	return !others || compare(l->at, e->at) >= 0;
}

static void be_steady(struct ear *e, struct ear_listener *l)
{
	l->state = EAR_RESTING;
	if (!e->reading && !is_any(e, EAR_STEADY) && !is_any(e, EAR_BUSY))
		memcpy(e->at, l->at, sizeof(e->at));
	l->state = EAR_STEADY;
}

/* --- who catches up -------------------------------------------------------------------------------------- */

static void on_catch_up_time(void *arg, const struct redis_reply *reply)
{
	struct ear *e = arg;

	e->catch_time_ms = time_of(reply);
}

static void on_catch_up_read(void *arg, const struct redis_reply *reply)
{
	struct ear *e = arg;
	struct ear_listener *l = e->asked;

	e->catching_up = false;
	e->asked = NULL;
	if (l != NULL && reply == NULL) {
		l->state = EAR_QUEUED; /* that connection was lost: it is asked over the next one */
	} else if (l != NULL && (e->catch_time_ms == 0 || reply_is_error(reply))) {
		l->state = EAR_RESTING;
		l->untold(l, reply);
	} else if (l != NULL) {
		const struct redis_reply *entries = reply_at(reply_at(reply, 0), 1);

		l->state = EAR_CATCHING_UP;
		l->whole = reply_count(entries) < EAR_AT_ONCE;
		tell(l, entries, e->catch_time_ms);
	}
	if (reply != NULL)
		catch_up_next(e);
}

static void on_catch_up_up(void *arg)
{
	catch_up_next(arg);
}

static void end_catch_up(struct ear *e)
{
	struct redis_link *link = e->catch_up;

	e->catch_up = NULL;
	redis_link_free(link);
}

static void catch_up_next(struct ear *e)
{
	const struct redis_link_hooks hooks = { on_catch_up_up, NULL, e, &guide_finder };
	struct ear_listener *l = NULL;

	if (e->catching_up || e->steady == NULL || !redis_link_is_up(e->steady))
		return;
	for (size_t i = 0; i < e->count && l == NULL; i++)
		if (e->list[i]->state == EAR_QUEUED)
			l = e->list[i];
	if (l == NULL) {
		if (e->catch_up != NULL && !is_any(e, EAR_CATCHING_UP) && !is_any(e, EAR_RESTING))
			end_catch_up(e);
		return;
	}
	if (e->catch_up == NULL)
		e->catch_up = redis_link_new(e->ears->base, NULL, &e->target, &hooks);
	if (!redis_link_is_up(e->catch_up))
		return;
	e->catch_time_ms = 0;
	e->catching_up = ask(e->catch_up, e, l->at, 0, on_catch_up_time, on_catch_up_read);
	if (!e->catching_up)
		return;
	l->state = EAR_ASKED;
	e->asked = l;
}

void ear_ready(struct ear_listener *l)
{
	struct ear *e = l->ear;
	bool has_all = l->state == EAR_BUSY || (l->state == EAR_CATCHING_UP && l->whole);

	if (has_all && may_be_steady(e, l))
		be_steady(e, l);
	else if (l->state != EAR_STEADY && l->state != EAR_ASKED)
		l->state = EAR_QUEUED;
	catch_up_next(e);
	steady_next(e);
}

void ear_rest(struct ear_listener *l)
{
	if (l->ear->asked == l)
		l->ear->asked = NULL;
	l->state = EAR_RESTING;
	steady_next(l->ear);
}

void ear_begin(struct ear_listener *l)
{
	ear_rest(l);
	ear_ready(l);
}

/* --- connections ------------------------------------------------------------------------------------------- */

static void on_steady_up(void *arg)
{
	struct ear *e = arg;

	for (size_t i = 0; i < e->count; i++) {
		e->list[i]->state = EAR_RESTING;
		e->list[i]->anew(e->list[i]);
	}
}

static void on_steady_down(void *arg, const char *why)
{
	struct ear *e = arg;

	e->reading = false;
	if (e->catch_up != NULL)
		end_catch_up(e);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

struct ears *ears_open(struct event_base *base, const struct redis_target *target)
{
	struct ears *e = mem_zero(sizeof(*e));

	e->base = base;
	e->target = *target;
	return e;
}

void ears_close(struct ears *e)
{
	free(e);
}

static struct ear *ear_new(struct ears *ears, const char *space, const char *prefix)
{
	struct ear *e = mem_zero(sizeof(*e));
	const struct redis_link_hooks hooks = { on_steady_up, on_steady_down, e, &guide_finder };

	e->ears = ears;
	e->next = ears->first;
	ears->first = e;
	snprintf(e->space, sizeof(e->space), "%s", space);
	snprintf(e->prefix, sizeof(e->prefix), "%s", prefix);
	key_global(prefix, "oppositions", e->stream);
	e->target = ears->target;
	if (e->target.prefix != NULL)
		e->target.prefix = e->prefix;
	e->slow = evtimer_new(ears->base, on_slow, e);
	e->steady = redis_link_new(ears->base, "hear", &e->target, &hooks);
	return e;
}

static void ear_free(struct ear *e)
{
	struct redis_link *steady = e->steady;

	for (struct ear **at = &e->ears->first; *at != NULL; at = &(*at)->next)
		if (*at == e) {
			*at = e->next;
			break;
		}
	e->steady = NULL;
	redis_link_free(steady);
	if (e->catch_up != NULL)
		end_catch_up(e);
	event_free(e->slow);
	free(e->list);
	free(e);
}

void ear_join(struct ears *ears, const char *space, const char *prefix, struct ear_listener *l)
{
	struct ear *e = ears->first;

	while (e != NULL && strcmp(e->space, space) != 0)
		e = e->next;
	if (e == NULL)
		e = ear_new(ears, space, prefix);
	l->ear = e;
	l->state = EAR_RESTING;
	e->list = mem_grow(e->list, &e->capacity, e->count, sizeof(struct ear_listener *));
	e->list[e->count++] = l;
	if (redis_link_is_up(e->steady))
		l->anew(l);
}

void ear_leave(struct ear_listener *l)
{
	struct ear *e = l->ear;
	size_t i = 0;

	while (i < e->count && e->list[i] != l)
		i++;
	e->list[i] = e->list[--e->count];
	if (e->asked == l)
		e->asked = NULL;
	l->ear = NULL;
	if (e->count == 0)
		ear_free(e);
	else
		steady_next(e);
}
