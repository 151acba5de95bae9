/* glance.c - see glance.h. */
#include "daemon/publish/glance.h"

#include "io/redis/keys.h"

size_t glance_start(const struct daemon *d, size_t first, struct redis_args *a)
{
	char key[KEY_SIZE];
	size_t n = 0;
	args_fcall_ro(a, "licet_glance", key_global(d->conf.prefix, "routes", key));
	for (; n < GLANCE_ROUTES_MAX && first + n < d->route_count; n++)
		args_add(a, d->routes[first + n]->id);
	return n;
}

bool glance_route(const struct redis_reply *reply, size_t at, struct glance *ret)
{
	const struct redis_reply *routes = reply_at(reply, 1);
	if (at >= reply_count(routes))
		return false;
	const struct redis_reply *r = reply_at(routes, at);
	*ret = (struct glance){ .ready = reply_int(reply_at(r, 0), 0),
		                .taken = reply_int(reply_at(r, 1), 0),
		                .unknown = reply_int(reply_at(r, 2), 0),
		                .to_settle = reply_int(reply_at(r, 3), 0),
		                .oldest_ready_ms = reply_int(reply_at(r, 4), 0),
		                .oldest_taken_ms = reply_int(reply_at(r, 5), 0) };
	return true;
}

int64_t glance_oppositions(const struct redis_reply *reply)
{
	return reply_int(reply_at(reply, 0), 0);
}
