/* hearing.c - see hearing.h.
 *
 * A round: TIME, then XREAD behind the last id, on one connection of the other space; then licet_hear on ours. What
 * the other space had recorded when it told its time is in the reply, unless that was full. Each connection, of
 * theirs or of ours, begins ten minutes back: clocks of masters differ, and after a failover ids may go back,
 * and ours may lack what an older master of ours had heard. */
#include "daemon/space/hearing.h"

#include "daemon/base/say.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
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

#define BACK_MS (INT64_C(10) * 60000)
#define AT_ONCE 200        /* entries: what licet_hear takes */
#define BLOCK_MIN_MS 100   /* a silent space is asked anew so often, */
#define BLOCK_MAX_MS 15000 /* and at least so often */
#define AGAIN_MS 1000      /* after an error */
#define ID_SIZE 48

struct hearing {
	struct daemon *d;
	char space[SPACE_NAME_MAX + 1];
	char stream[KEY_SIZE];
	struct redis_link *link;
	void (*heard)(struct daemon *d);
	char known[ID_SIZE]; /* the last id that is written here */
	char at[ID_SIZE];    /* behind which is read next */
	char next[ID_SIZE];  /* the last of what licet_hear is being told; "": nothing new */
	bool first;          /* the series begins anew */
	bool anew;           /* it is to, when licet_hear has answered */
	bool reading, telling;
	bool gone;        /* to be freed when licet_hear has answered */
	int64_t time_ms;  /* what its clock said before it was read; 0: not told */
	int64_t limit_ms; /* see hearing_limit() */
	struct event *again;
};

static void ask(struct hearing *h);

static void begin(struct hearing *h)
{
	int64_t ms = strtoll(h->known, NULL, 10) - BACK_MS;

	h->anew = h->telling;
	if (h->telling)
		return;
	snprintf(h->at, sizeof(h->at), "%" PRId64 "-0", ms > 0 ? ms : 0);
	h->first = true;
	ask(h);
}

static void ask_again(struct hearing *h)
{
	const struct timeval pause = { AGAIN_MS / 1000, 0 };

	event_add(h->again, &pause);
}

/* --- what is written here ------------------------------------------------------------------- */

static void on_told(void *arg, const struct redis_reply *reply)
{
	struct hearing *h = arg;

	h->telling = false;
	if (h->gone) {
		free(h);
		return;
	}
	if (h->d->draining)
		return;
	if (h->anew || (reply != NULL && reply_error_is(reply, "FIRST"))) {
		begin(h);
		return;
	}
	if (reply == NULL || refused(h->d, reply, "licet_hear")) {
		ask_again(h);
		return;
	}
	if (h->next[0] != '\0') {
		snprintf(h->known, sizeof(h->known), "%s", h->next);
		snprintf(h->at, sizeof(h->at), "%s", h->next);
	}
	h->first = false;
	h->heard(h->d);
	ask(h);
}

static const char *field(const struct redis_reply *fields, const char *name, const char *absent)
{
	const char *text = reply_text(reply_field(fields, name), NULL);

	return text != NULL ? text : absent;
}

/* Ten words of an entry that concerns the whole platform; others are passed over. */
static void add_entry(struct redis_args *a, const struct redis_reply *fields)
{
	const char *kind = field(fields, "kind", "");

	if (strcmp(field(fields, "scope", ""), "opposition") != 0 ||
	    (strcmp(kind, "opposed") != 0 && strcmp(kind, "undone") != 0))
		return;
	args_add(a, kind);
	args_add(a, field(fields, "number", ""));
	args_add(a, field(fields, "person", ""));
	args_add(a, field(fields, "event", ""));
	args_add(a, field(fields, "received_ms", ""));
	args_add(a, field(fields, "how", "o"));
	args_add(a, field(fields, "source", ""));
	args_add(a, field(fields, "reason", ""));
	args_add(a, field(fields, "by", ""));
	args_add(a, field(fields, "space", ""));
}

static void tell(struct hearing *h, const struct redis_reply *entries)
{
	char key[KEY_SIZE];
	struct redis_args a;
	size_t count = reply_count(entries);
	const char *last = reply_text(reply_at(reply_at(entries, count - 1), 0), NULL);

	if (!health_good(h->d)) {
		ask_again(h);
		return;
	}
	snprintf(h->next, sizeof(h->next), "%s", count > 0 && last != NULL ? last : "");
	args_fcall(&a, "licet_hear", key_global(h->d->conf.prefix, "heard", key));
	args_add(&a, h->space);
	if (count < AT_ONCE)
		args_add_int(&a, h->time_ms);
	else
		args_add(&a, "");
	args_add(&a, h->next);
	args_add(&a, h->first ? "first" : "");
	for (size_t i = 0; i < count; i++)
		add_entry(&a, reply_at(reply_at(entries, i), 1));
	h->telling = redis_link_call(h->d->link, &a, 0, on_told, h);
	args_done(&a);
	if (!h->telling)
		ask_again(h);
}

/* --- what the other space tells ---------------------------------------------------------------- */

static void on_time(void *arg, const struct redis_reply *reply)
{
	struct hearing *h = arg;
	int64_t seconds = reply_int(reply_at(reply, 0), 0), us = reply_int(reply_at(reply, 1), 0);

	h->time_ms = seconds * 1000 + us / 1000;
}

static void on_read(void *arg, const struct redis_reply *reply)
{
	struct hearing *h = arg;

	h->reading = false;
	if (reply == NULL || h->d->draining) /* the connection was lost: its on_up begins anew */
		return;
	if (h->time_ms == 0 || refused(h->d, reply, "XREAD oppositions")) {
		ask_again(h);
		return;
	}
	tell(h, reply_at(reply_at(reply, 0), 1));
}

static void ask(struct hearing *h)
{
	struct redis_args a;
	int64_t block_ms = h->limit_ms / 4;

	if (h->reading || h->telling || !redis_link_is_up(h->link))
		return;
	block_ms = block_ms < BLOCK_MIN_MS ? BLOCK_MIN_MS : block_ms > BLOCK_MAX_MS ? BLOCK_MAX_MS : block_ms;
	h->time_ms = 0;
	args_init(&a);
	args_add(&a, "TIME");
	bool sent = redis_link_call(h->link, &a, 0, on_time, h);

	args_done(&a);
	if (!sent)
		return;
	args_init(&a);
	args_add(&a, "XREAD");
	args_add(&a, "COUNT");
	args_add_int(&a, AT_ONCE);
	/* A series that begins is to tell at once that nothing new is there. */
	if (!h->first) {
		args_add(&a, "BLOCK");
		args_add_int(&a, block_ms);
	}
	args_add(&a, "STREAMS");
	args_add(&a, h->stream);
	args_add(&a, h->at);
	h->reading = redis_link_call(h->link, &a, h->first ? 0 : (int)block_ms, on_read, h);
	args_done(&a);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	ask(arg);
}

static void on_up(void *arg)
{
	begin(arg);
}

static void on_down(void *arg, const char *why)
{
	struct hearing *h = arg;

	h->reading = false;
}

/* --- life ----------------------------------------------------------------------------------------- */

struct hearing *hearing_new(struct daemon *d, const char *space, const char *id,
                            void (*heard)(struct daemon *d))
{
	struct hearing *h = mem_zero(sizeof(*h));
	const struct redis_link_hooks hooks = { on_up, on_down, h, &guide_finder };
	struct redis_target there = *d->target;
	char prefix[KEY_SIZE], name[SAY_LINK_SIZE];

	h->d = d;
	h->heard = heard;
	snprintf(h->space, sizeof(h->space), "%s", space);
	snprintf(h->known, sizeof(h->known), "%s", id);
	there.prefix = prefix_of_space(d->conf.prefix, space, prefix);
	key_global(prefix, "oppositions", h->stream);
	h->again = evtimer_new(d->base, on_again, h);
	h->link =
	    redis_link_new(d->base, say_link(d, "hear", name), &there, &hooks); /* which has a copy of it */
	return h;
}

void hearing_free(struct hearing *h)
{
	if (h == NULL)
		return;
	redis_link_free(h->link);
	event_free(h->again);
	h->gone = true;
	if (!h->telling)
		free(h);
}

const char *hearing_of(const struct hearing *h)
{
	return h->space;
}

void hearing_limit(struct hearing *h, int64_t limit_ms)
{
	h->limit_ms = limit_ms;
}

void hearing_again(struct hearing *h)
{
	redis_link_restart(h->link, "our own Redis is another one, or was away");
}
