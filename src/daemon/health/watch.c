/* watch.c - learning of changes without asking for each key.
 *
 * A connection of its own WATCHes every key that matters. Redis marks it as soon as one
 * of them is touched, and CLIENT INFO shows the mark: one command, whatever the number
 * of campaigns, where asking each would take thousands. */
#include "daemon/health/watch.h"

#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/calm.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_CHUNK 400
/* After a reading, rest for so many times as long as it took, up to a second: where there are a
 * thousand campaigns it is work for Redis, which has others to serve. */
#define REST_SHARE 2
#define REST_MAX_MS 1000

#define STIRRED_LOOKS 3 /* of so many looks one asks for the mark, where there are thousands of campaigns */
#define AGAIN_MS 1000   /* after a watch that Redis refused */

struct watch {
	bool armed;            /* every key that matters is watched */
	bool waiting;          /* a call of the watch is under way */
	bool refused;          /* Redis refused a part of it: changes may go unseen */
	int64_t armed_ms;      /* monotonic: when the keys were last watched anew */
	int64_t arm_took_ms;   /* how long that took */
	unsigned keys_watched; /* d->keys_known when it was */
	bool lists;            /* the live lists are watched too: the space is calm */
	bool stirs;            /* the keys that model/stir.h asks for are not watched */
	unsigned looks;
};

void watch_open(struct daemon *d)
{
	d->watch = mem_zero(sizeof(*d->watch));
}

void watch_close(struct daemon *d)
{
	free(d->watch);
	d->watch = NULL;
}

bool watch_is_blind(const struct daemon *d)
{
	return !redis_link_is_up(d->watch_link) || d->watch->refused;
}

/* A part of the watch. One that is refused leaves keys of which no change would be told. */
static void on_part(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->watch->refused = refused(d, reply, "WATCH") || d->watch->refused;
}

/* The new watch stands: what changed before it is read now, what changes after it will
 * be noticed. */
static void on_armed(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	on_part(d, reply);
	d->watch->waiting = false;
	d->watch->armed = !d->watch->refused;
	if (!d->watch->armed)
		return;
	d->watch->arm_took_ms = clock_monotonic_ms() - d->watch->armed_ms;
	for (size_t i = 0; i < d->route_count; i++)
		d->routes[i]->settle_wanted = true;
	turn_want(d, WANT_READING);
	turn_soon(d);
}

static void add_key(struct daemon *d, struct redis_args *a, const char *key, bool last)
{
	if (a->count == 0)
		args_add(a, "WATCH");
	args_addf(a, "%s", key);
	if (a->count <= WATCH_CHUNK && !last)
		return;
	d->watch->waiting = redis_link_call(d->watch_link, a, 0, last ? on_armed : on_part, d);
	args_reset(a);
}

/* Each advertiser's registry once: a WATCH looks through all that its connection watches. */
static void add_registries(struct daemon *d, struct redis_args *a)
{
	char key[KEY_SIZE];
	for (size_t i = 0; i < d->run_count; i++)
		d->runs[i]->advertiser_met = false;
	for (size_t i = 0; i < d->run_count; i++) {
		const struct campaign *c = &d->runs[i]->sit.c;
		if (d->runs[i]->advertiser_met || c->advertiser[0] == '\0' || d->runs[i]->registry_exists)
			continue;
		for (size_t k = i; k < d->run_count; k++)
			if (strcmp(d->runs[k]->sit.c.advertiser, c->advertiser) == 0)
				d->runs[k]->advertiser_met = true;
		add_key(d, a, key_of(d->conf.prefix, "consent", c->advertiser, key), false);
	}
}

/* Do not WATCH a queue that licetd drains: each of its own commits would mark it dirty. Watch it
 * again when its known length is 0. */
static bool queue_is_missed(const struct daemon *d)
{
	bool stirs = d->run_count >= MANY_CAMPAIGNS;
	if (stirs || d->watch->stirs)
		return stirs != d->watch->stirs;
	for (size_t i = 0; i < d->run_count; i++)
		if (!d->runs[i]->queue_watched && d->runs[i]->jobs.queue_len == 0)
			return true;
	return false;
}

static void arm(struct daemon *d)
{
	static const char *const campaign_parts[] = { "def", "cancel", "queue" };
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "UNWATCH");
	d->watch->refused = false;
	redis_link_call(d->watch_link, &a, 0, on_part, d);
	args_reset(&a);
	d->watch->keys_watched = d->keys_known;
	d->watch->stirs = d->run_count >= MANY_CAMPAIGNS;
	d->watch->armed_ms = clock_monotonic_ms();
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		run->queue_watched = run->jobs.queue_len == 0 && !d->watch->stirs;
		for (size_t k = 0; k < (d->watch->stirs ? 1 : run->queue_watched ? 3 : 2); k++)
			add_key(d, &a, key_campaign(d->conf.prefix, run->id, campaign_parts[k], key), false);
	}
	for (size_t i = 0; i < d->hash_count; i++)
		add_key(d, &a, d->hashes[i].key, false);
	for (size_t i = 0; i < d->route_count && !d->watch->stirs; i++)
		add_key(d, &a, key_settle(d->conf.prefix, d->routes[i]->id, key), false);
	add_registries(d, &a);
	d->watch->lists = d->calm;
	for (size_t i = 0; i < d->list_count && d->watch->lists; i++)
		add_key(d, &a, key_of(d->conf.prefix, "list", d->lists[i].name, key), false);
	add_key(d, &a, key_global(d->conf.prefix, "campaigns", key), true);
	args_done(&a);
}

/* "… flags=xd …": d is the mark. A key that was not watched until now may have changed
 * since it was read: that counts as a change as well. */
static void on_info(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	const char *text = !reply_is_error(reply) ? reply_text(reply, &len) : NULL;
	const char *flags = text != NULL ? strstr(text, " flags=") : NULL;
	d->watch->waiting = false;
	/* Refused for good, by rights that are missing, everything is read again and again, with the
	 * rest that a reading is followed by. */
	if (refused(d, reply, "CLIENT INFO") || flags == NULL) {
		if (reply != NULL)
			arm(d);
		return;
	}
	flags += strlen(" flags=");
	if (d->watch->keys_watched != d->keys_known || queue_is_missed(d) ||
	    memchr(flags, 'd', strcspn(flags, " ")) != NULL) {
		calm_stir(d);
		arm(d);
	} else if (d->calm && !d->watch->lists) {
		arm(d);
	}
}

static int64_t rest_until_ms(const struct daemon *d)
{
	int64_t rest_ms = REST_SHARE * (d->watch->arm_took_ms + d->reading_took_ms);
	return d->read_ms + (rest_ms < REST_MAX_MS ? rest_ms : REST_MAX_MS);
}

void watch_turn(struct daemon *d)
{
	if (!redis_link_is_up(d->watch_link) || !d->library_ok || d->watch->waiting)
		return;
	if (!d->watch->armed) {
		if (!d->watch->refused || clock_monotonic_ms() - d->watch->armed_ms >= AGAIN_MS)
			arm(d);
		return;
	}
	if (d->reading || clock_monotonic_ms() < rest_until_ms(d))
		return;
	/* What has to be known at once, model/stir.h asks for. */
	if (d->watch->stirs && ++d->watch->looks % STIRRED_LOOKS != 0)
		return;
	struct redis_args a;
	args_init(&a);
	args_add(&a, "CLIENT");
	args_add(&a, "INFO");
	d->watch->waiting = redis_link_call(d->watch_link, &a, 0, on_info, d);
	args_done(&a);
}

void watch_up(struct daemon *d)
{
	/* Whatever happened meanwhile counts as a change. */
	d->watch->armed = d->watch->waiting = d->watch->refused = false;
	watch_turn(d);
}

void watch_down(struct daemon *d)
{
	d->watch->armed = d->watch->waiting = false;
}
