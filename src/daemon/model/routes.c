/* routes.c - see routes.h. */
#include "daemon/model/routes.h"

#include "core/time/civil.h"
#include "daemon/base/turn.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <string.h>

static void on_announced(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "SADD");
}

static void route_announce(struct daemon *d, const char *route)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "SADD");
	args_add(&a, key_global(d->conf.prefix, "routes", key));
	args_add(&a, route);
	redis_link_call(d->link, &a, 0, on_announced, d);
	args_done(&a);
}

struct route_run *route_find(const struct daemon *d, const char *id)
{
	for (size_t i = 0; i < d->route_count; i++)
		if (strcmp(d->routes[i]->id, id) == 0)
			return d->routes[i];
	return NULL;
}

const char *route_why(const struct daemon *d, const struct run *run)
{
	const struct route_run *route = route_find(d, run->sit.c.route);
	return route != NULL ? route->why : "";
}

struct route_run *route_add(struct daemon *d, const char *id)
{
	struct route_run *known = route_find(d, id);
	if (known != NULL)
		return known;
	struct route_run *route = mem_zero(sizeof(*route));
	*route =
	    (struct route_run){ .first_not_after_ms = TIME_NONE, .settle_wanted = true, .recall_all = true };
	route->load = (struct route_load){ .room = INT64_MAX, .why = route->why, .claimed = -1 };
	d->routes = mem_grow(d->routes, &d->route_capacity, d->route_count, sizeof(*d->routes));
	d->loads = mem_grow(d->loads, &d->load_capacity, d->route_count, sizeof(*d->loads));
	d->loads[d->route_count] = &route->load;
	d->routes[d->route_count++] = route;
	d->schedule.routes = d->loads;
	d->schedule.route_count = d->route_count;
	snprintf(route->id, sizeof(route->id), "%s", id);
	d->keys_known++;
	route_announce(d, id);
	return route;
}

void route_recall(struct daemon *d, const char *route)
{
	struct route_run *known = route_find(d, route);
	if (known == NULL) /* nothing was ever ready there */
		return;
	known->recall_all = true;
	turn_soon(d);
}
