/* publication.c - writes a hash that others read, in one call; see publication.h. */
#include "daemon/publish/publication.h"

#include "core/time/civil.h"
#include "daemon/health/refusal.h"
#include "io/redis/link.h"

void publication_start(struct redis_args *a, const char *key, int ttl_s)
{
	args_fcall(a, "licet_publish", key);
	args_add_int(a, ttl_s);
}

static void on_published(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "licet_publish");
}

void publication_end(struct daemon *d, struct redis_args *a)
{
	redis_link_call(d->link, a, 0, on_published, d);
	args_done(a);
}

void publication_instant(struct redis_args *a, const char *name, int64_t ms)
{
	char at[CIVIL_INSTANT_SIZE];
	args_add(a, name);
	args_addf(a, "%s", ms == TIME_NONE || ms == 0 ? "" : civil_format_instant(ms, at));
}
