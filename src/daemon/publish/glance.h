/* glance.h - the routes as Redis has them at this instant, for the page and for metrics: one reading. */
#ifndef LICET_DAEMON_PUBLISH_GLANCE_H
#define LICET_DAEMON_PUBLISH_GLANCE_H

#include "daemon/daemon.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GLANCE_ROUTES_MAX 100 /* in one call */

struct glance {
	int64_t ready, taken, unknown, to_settle; /* jobs, and reports */
	int64_t oldest_ready_ms,
	    oldest_taken_ms; /* UTC: since when the job that is next is ready, and the first
	                                           * sender has its job; 0: none */
};

/* The call for the routes from first on. Returns how many those are; the caller sends it, and frees *a. */
size_t glance_start(const struct daemon *d, size_t first, struct redis_args *a);
/* Of the reply: the route of that place in the call. Returns false, and leaves *ret alone, if it tells none. */
bool glance_route(const struct redis_reply *reply, size_t at, struct glance *ret);
/* Oppositions that were ever recorded. */
int64_t glance_oppositions(const struct redis_reply *reply);

#endif
