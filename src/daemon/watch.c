/* watch.c - learning of changes without asking for each key.
 *
 * A connection of its own WATCHes every key that matters. Redis marks it as soon as one
 * of them is touched, and CLIENT INFO shows the mark: one command, whatever the number
 * of campaigns, where asking each would take thousands. */
#include "daemon/daemon.h"
#include "io/log.h"

#include <stdio.h>
#include <string.h>

#define WATCH_CHUNK 400

static void on_ignored(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

/* The new watch stands: what changed before it is read now, what changes after it will
 * be noticed. */
static void on_armed(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->watch_waiting = false;
	d->watch_armed = reply != NULL && !reply_is_error(reply);
	if (!d->watch_armed)
		return;
	for (size_t i = 0; i < d->route_count; i++)
		d->routes[i].settle_wanted = true;
	catalog_read(d);
	daemon_soon(d);
}

static void add_key(struct daemon *d, struct redis_args *a, const char *key, bool last)
{
	if (a->count == 0)
		args_add(a, "WATCH");
	args_addf(a, "%s", key);
	if (a->count <= WATCH_CHUNK && !last)
		return;
	d->watch_waiting = redis_link_call(d->watch, a, 0, last ? on_armed : on_ignored, d);
	args_reset(a);
}

static void arm(struct daemon *d)
{
	static const char *const campaign_parts[] = { "def", "queue", "cancel" };
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "UNWATCH");
	redis_link_call(d->watch, &a, 0, on_ignored, d);
	args_reset(&a);
	d->keys_watched = d->keys_known;
	for (size_t i = 0; i < d->run_count; i++)
		for (size_t k = 0; k < 3; k++)
			add_key(d, &a, key_campaign(d->conf.prefix, d->runs[i]->id, campaign_parts[k], key),
			        false);
	for (size_t i = 0; i < d->hash_count; i++)
		add_key(d, &a, d->hashes[i].key, false);
	for (size_t i = 0; i < d->route_count; i++)
		add_key(d, &a, key_settle(d->conf.prefix, d->routes[i].id, key), false);
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->c.advertiser[0] != '\0' && !d->runs[i]->registry_exists)
			add_key(d, &a, key_of(d->conf.prefix, "consent", d->runs[i]->c.advertiser, key),
			        false);
	add_key(d, &a, key_global(d->conf.prefix, "campaigns", key), true);
	args_done(&a);
}

/* "… flags=xd …": d is the mark. A key that was not watched until now may have changed
 * since it was read: that counts as a change as well. */
static void on_info(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	const char *text = reply != NULL && !reply_is_error(reply) ? reply_text(reply, &len) : NULL;
	const char *flags = text != NULL ? strstr(text, " flags=") : NULL;
	d->watch_waiting = false;
	if (reply == NULL)
		return;
	if (flags == NULL) {
		log_warn("watch",
		         "error=\"CLIENT INFO tells no flags\" action=\"reading everything at each look\"");
		arm(d);
		return;
	}
	flags += strlen(" flags=");
	if (d->keys_watched != d->keys_known || memchr(flags, 'd', strcspn(flags, " ")) != NULL)
		arm(d);
}

void watch_turn(struct daemon *d)
{
	if (!redis_link_is_up(d->watch) || !d->library_ok || d->watch_waiting)
		return;
	if (!d->watch_armed) {
		arm(d);
		return;
	}
	struct redis_args a;
	args_init(&a);
	args_add(&a, "CLIENT");
	args_add(&a, "INFO");
	d->watch_waiting = redis_link_call(d->watch, &a, 0, on_info, d);
	args_done(&a);
}

void watch_up(struct daemon *d)
{
	/* Whatever happened meanwhile counts as a change. */
	d->watch_armed = d->watch_waiting = false;
	watch_turn(d);
}

void watch_down(struct daemon *d)
{
	d->watch_armed = d->watch_waiting = false;
}
