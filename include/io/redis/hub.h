/* hub.h - which spaces there are, as the hub names them: licet:{licet}:spaces, looked at every two seconds. */
#ifndef LICET_IO_REDIS_HUB_H
#define LICET_IO_REDIS_HUB_H

#include "io/redis/redis.h"

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct hub;

struct hub_hooks {
	/* The hub was read. names: what it names, at least one; each is a valid name of a space. */
	void (*named)(void *arg, char **names, size_t count);
	/* It was not read, or names nothing: one line says why. What was known stays known. */
	void (*unknown)(void *arg, const char *why);
	void *arg;
};

/* prefix: that of the hub, "licet:{licet}:"; it and the target's strings outlive what this returns. */
struct hub *hub_open(struct event_base *base, const struct redis_target *target, const char *prefix,
                     const struct hub_hooks *hooks);
void hub_close(struct hub *h); /* NULL: nothing */
void hub_turn(struct hub *h);  /* at each tick */
/* Ask something else of it; as redis_link_call(). */
bool hub_call(struct hub *h, const struct redis_args *a, redis_cb *cb, void *arg);

#endif
