/* link.h - one connection from the event loop, which comes back by itself. */
#ifndef LICET_IO_REDIS_LINK_H
#define LICET_IO_REDIS_LINK_H

#include "io/redis/redis.h"

/* Start connecting (never blocks, never calls back before returning). Returns
 * NULL only when out of memory. name appears in log lines; NULL: it makes none. */
struct redis_link *redis_link_new(struct event_base *base, const char *name,
                                  const struct redis_target *target, const struct redis_link_hooks *hooks);
/* Every pending callback gets NULL before this returns; on_down is not called. */
void redis_link_free(struct redis_link *link);
bool redis_link_is_up(const struct redis_link *link);
/* Send a command. Returns false, and never calls back, if the link is down.
 * extra_ms is added to the deadline (for blocking commands). cb NULL: nobody reads the reply. */
bool redis_link_call(struct redis_link *link, const struct redis_args *a, int extra_ms, redis_cb *cb,
                     void *arg);
/* Commands sent whose reply has not come. */
size_t redis_link_pending(const struct redis_link *link);
/* Where it is connected, or was last: "host:port", or a path. */
const char *redis_link_at(const struct redis_link *link, char *buf, size_t size);
/* Why the connection was lost last: while the callbacks of commands get NULL for it, too. */
const char *redis_link_why(const struct redis_link *link);
/* Drop the connection and connect again. Safe inside callbacks. */
void redis_link_restart(struct redis_link *link, const char *why);

#endif
