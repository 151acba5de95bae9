/* hearing.c - see hearing.h.
 *
 * What another space recorded comes from its ear, which all spaces of this process share; licet_hear writes it into
 * ours. Each connection, of theirs or of ours, begins ten minutes back: clocks of masters differ, and after a failover
 * ids may go back, and ours may lack what an older master of ours had heard. */
#include "daemon/space/hearing.h"

#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/space/ear.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACK_MS (INT64_C(10) * 60000)
#define AGAIN_MS 1000 /* after an error */

struct hearing {
	struct ear_listener listener; /* first: the ear knows this alone */
	struct daemon *d;
	char space[SPACE_NAME_MAX + 1];
	void (*heard)(struct daemon *d);
	char known[EAR_ID_SIZE]; /* the last id that is written here */
	char next[EAR_ID_SIZE];  /* the last of what licet_hear is being told; "": nothing new */
	bool first;              /* the series begins anew */
	bool anew;               /* it is to, when licet_hear has answered */
	bool telling;
	bool lost;        /* our own Redis is: nothing counts before the series begins anew */
	bool gone;        /* to be freed when licet_hear has answered */
	int64_t told_ms;  /* until when, by its clock, licet_hear is being told; 0: not to the end */
	int64_t time_ms;  /* until when this series has heard all, by its clock; 0: not known */
	int64_t quiet_ms; /* the same, where nothing was recorded and it is not written here yet; 0: it is */
	int64_t taken_ms; /* as it was taken last, to be written */
	struct event *again;
};

static void begin(struct hearing *h)
{
	int64_t ms = strtoll(h->known, NULL, 10) - BACK_MS;

	h->anew = h->telling;
	if (h->telling)
		return;
	h->lost = false;
	snprintf(h->listener.at, sizeof(h->listener.at), "%" PRId64 "-0", ms > 0 ? ms : 0);
	h->first = true;
	h->time_ms = h->quiet_ms = 0;
	ear_begin(&h->listener);
}

static void ask_again(struct hearing *h)
{
	const struct timeval pause = { AGAIN_MS / 1000, 0 };

	ear_rest(&h->listener);
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
		snprintf(h->listener.at, sizeof(h->listener.at), "%s", h->next);
	}
	if (h->told_ms > h->time_ms)
		h->time_ms = h->told_ms;
	if (h->quiet_ms <= h->told_ms)
		h->quiet_ms = 0;
	h->first = false;
	h->heard(h->d);
	ear_ready(&h->listener);
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

static void tell(struct hearing *h, const struct redis_reply *entries, size_t from)
{
	char key[KEY_SIZE];
	struct redis_args a;
	size_t count = reply_count(entries);
	const char *last = count > from ? reply_text(reply_at(reply_at(entries, count - 1), 0), NULL) : NULL;

	if (!health_good(h->d)) {
		ask_again(h);
		return;
	}
	snprintf(h->next, sizeof(h->next), "%s", last != NULL ? last : "");
	args_fcall(&a, "licet_hear", key_global(h->d->conf.prefix, "heard", key));
	args_add(&a, h->space);
	if (h->told_ms > 0)
		args_add_int(&a, h->told_ms);
	else
		args_add(&a, "");
	args_add(&a, h->next);
	args_add(&a, h->first ? "first" : "");
	for (size_t i = from; i < count; i++)
		add_entry(&a, reply_at(reply_at(entries, i), 1));
	h->telling = redis_link_call(h->d->link, &a, 0, on_told, h);
	args_done(&a);
	if (!h->telling)
		ask_again(h);
}

/* --- what the other space tells ---------------------------------------------------------------- */

/* That nothing was recorded is written now and then, of all spaces together: spaces.c. */
static void on_entries(struct ear_listener *l, const struct redis_reply *entries, size_t from,
                       int64_t time_ms)
{
	struct hearing *h = (struct hearing *)l;

	if (h->d->draining || h->lost)
		return;
	/* Who has just caught up knows of a later time than the round that it joined. */
	h->told_ms = time_ms > 0 && time_ms < h->time_ms ? h->time_ms : time_ms;
	if (from < reply_count(entries) || h->first) {
		tell(h, entries, from);
		return;
	}
	if (h->told_ms > 0)
		h->time_ms = h->quiet_ms = h->told_ms;
	ear_ready(l);
	if (h->d->space_why[0] != '\0')
		h->heard(h->d);
}

static void on_anew(struct ear_listener *l)
{
	begin((struct hearing *)l);
}

static void on_untold(struct ear_listener *l, const struct redis_reply *reply)
{
	struct hearing *h = (struct hearing *)l;

	if (h->d->draining)
		return;
	/* That its slot is on the move is no move of ours. */
	if (!reply_error_is(reply, "ASK") && !reply_error_is(reply, "TRYAGAIN"))
		refused(h->d, reply, "XREAD oppositions");
	ask_again(h);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct hearing *h = arg;

	if (!h->lost)
		ear_ready(&h->listener);
}

/* --- life ----------------------------------------------------------------------------------------- */

struct hearing *hearing_new(struct daemon *d, const char *space, const char *id,
                            void (*heard)(struct daemon *d))
{
	struct hearing *h = mem_zero(sizeof(*h));
	char prefix[KEY_SIZE];

	h->d = d;
	h->heard = heard;
	h->listener.told = on_entries;
	h->listener.anew = on_anew;
	h->listener.untold = on_untold;
	snprintf(h->space, sizeof(h->space), "%s", space);
	snprintf(h->known, sizeof(h->known), "%s", id);
	h->again = evtimer_new(d->base, on_again, h);
	ear_join(d->ears, space, prefix_of_space(d->conf.prefix, space, prefix), &h->listener);
	return h;
}

void hearing_free(struct hearing *h)
{
	if (h == NULL)
		return;
	ear_leave(&h->listener);
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
	h->listener.block_ms = limit_ms / 4;
}

void hearing_lost(struct hearing *h)
{
	h->lost = true;
	h->time_ms = h->quiet_ms = 0;
	ear_rest(&h->listener);
}

void hearing_again(struct hearing *h)
{
	begin(h);
}

int64_t hearing_quiet(const struct hearing *h)
{
	return h->quiet_ms;
}

int64_t hearing_take_quiet(struct hearing *h)
{
	return h->taken_ms = h->quiet_ms;
}

void hearing_quiet_written(struct hearing *h)
{
	if (h->quiet_ms <= h->taken_ms)
		h->quiet_ms = 0;
}
