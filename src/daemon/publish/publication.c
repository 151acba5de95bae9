/* publication.c - writes a hash that others read, in one call; see publication.h. */
#include "daemon/publish/publication.h"

#include "core/time/civil.h"
#include "daemon/health/refusal.h"
#include "io/redis/link.h"

#include <string.h>

void publication_start(struct redis_args *a, const char *key, int ttl_s)
{
	args_fcall(a, "licet_publish", key);
	args_add_int(a, ttl_s);
}

static void on_published(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "licet_publish");
}

/* What the function would have done, as far as two plain commands can: FCALL licet_publish 1 key ttl
 * pairs. */
static void send_plain(struct daemon *d, const struct redis_args *a, redis_cb *cb)
{
	static const size_t key = 3, ttl = 4, pairs = 5;
	struct redis_args plain;
	args_init(&plain);
	args_add(&plain, "HSET");
	args_add(&plain, a->argv[key]);
	for (size_t i = pairs; i < a->count; i++)
		args_add_len(&plain, a->argv[i], a->lens[i]);
	redis_link_call(d->link, &plain, 0, cb, d);
	args_reset(&plain);
	if (strcmp(a->argv[ttl], "0") != 0) {
		args_add(&plain, "EXPIRE");
		args_add(&plain, a->argv[key]);
		args_add(&plain, a->argv[ttl]);
		redis_link_call(d->link, &plain, 0, on_published, d);
	}
	args_done(&plain);
}

void publication_send(struct daemon *d, struct redis_args *a, redis_cb *cb)
{
	if (d->moving_ms != 0)
		send_plain(d, a, cb);
	else
		redis_link_call(d->link, a, 0, cb, d);
	args_done(a);
}

void publication_end(struct daemon *d, struct redis_args *a)
{
	publication_send(d, a, on_published);
}

void publication_instant(struct redis_args *a, const char *name, int64_t ms)
{
	char at[CIVIL_INSTANT_SIZE];
	args_add(a, name);
	args_addf(a, "%s", ms == TIME_NONE || ms == 0 ? "" : civil_format_instant(ms, at));
}
