/* presence.c - see presence.h. */
#include "daemon/upkeep/presence.h"

#include "core/number/place.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_MOST 100 /* keys in one command: 50 s for those of five thousand campaigns */

struct presence {
	bool asked;        /* a look is under way */
	bool missing;      /* the last one missed something */
	size_t next, then; /* the campaign that it began with; and the one behind its last */
};

/* The keys of one look. */
struct look {
	struct daemon *d;
	size_t count;
	char keys[LOOK_MOST][KEY_SIZE];
};

/* One of them that is asked for alone. */
struct key_asked {
	struct daemon *d;
	char key[KEY_SIZE];
};

void presence_open(struct daemon *d)
{
	d->presence = mem_zero(sizeof(*d->presence));
}

void presence_close(struct daemon *d)
{
	free(d->presence);
}

static char *next_key(struct look *look)
{
	return look->keys[look->count++];
}

static void global_keys(struct look *look)
{
	const struct daemon *d = look->d;
	key_global(d->conf.prefix, "numbering", next_key(look));
	key_global(d->conf.prefix, "routes", next_key(look));
	if (d->clock.simulated)
		key_global(d->conf.prefix, "clock", next_key(look));
	for (size_t i = 0; i < d->place_count && look->count < LOOK_MOST / 2; i++) {
		char name[PLACE_NAME_SIZE];
		place_name(d->rb, d->places[i].place, name);
		key_of(d->conf.prefix, "place", name, next_key(look));
	}
}

/* The states of some campaigns: the next ones at each look, unless something is missing. */
static void state_keys(struct look *look)
{
	struct daemon *d = look->d;
	size_t from = d->presence->next;
	for (size_t i = 0; i < d->run_count && look->count < LOOK_MOST; i++) {
		const struct run *run = d->runs[(from + i) % d->run_count];
		d->presence->then = (from + i + 1) % d->run_count;
		if (run->published != NULL && run->listed && run->ready_to_work)
			key_campaign(d->conf.prefix, run->id, "state", next_key(look));
	}
}

static void on_key(void *arg, const struct redis_reply *reply)
{
	struct key_asked *asked = arg;
	struct daemon *d = asked->d;
	if (!refused(d, reply, "EXISTS") && reply_int(reply, 1) == 0) {
		errors_tell(d, asked->key, "it was gone, and is made anew");
		turn_want(d, WANT_FORGET);
	}
	free(asked);
}

static void ask_alone(struct daemon *d, const char *key)
{
	struct redis_args a;
	struct key_asked *asked = mem_zero(sizeof(*asked));
	asked->d = d;
	strcpy(asked->key, key);
	args_init(&a);
	args_add(&a, "EXISTS");
	args_add(&a, asked->key);
	if (!redis_link_call(d->link, &a, 0, on_key, asked))
		free(asked);
	args_done(&a);
}

/* A campaign that somebody takes away altogether loses its state too, before licetd has read that it is
 * gone: what is missing is looked at twice. */
static void on_look(void *arg, const struct redis_reply *reply)
{
	struct look *look = arg;
	struct daemon *d = look->d;
	d->presence->asked = false;
	if (!refused(d, reply, "EXISTS")) {
		bool missing = reply_int(reply, 0) < (int64_t)look->count;
		if (missing && d->presence->missing)
			for (size_t i = 0; i < look->count; i++)
				ask_alone(d, look->keys[i]);
		d->presence->missing = missing && !d->presence->missing;
		if (!d->presence->missing)
			d->presence->next = d->presence->then;
	}
	free(look);
}

void presence_turn(struct daemon *d)
{
	struct redis_args a;
	if (!d->catalog_known || !health_good(d) || d->draining || d->presence->asked)
		return;
	struct look *look = mem_zero(sizeof(*look));
	look->d = d;
	global_keys(look);
	state_keys(look);
	args_init(&a);
	args_add(&a, "EXISTS");
	for (size_t i = 0; i < look->count; i++)
		args_add(&a, look->keys[i]);
	d->presence->asked = redis_link_call(d->link, &a, 0, on_look, look);
	if (!d->presence->asked)
		free(look);
	args_done(&a);
}
