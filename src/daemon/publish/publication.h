/* publication.h - a hash that others read, written as a whole by the function licet_publish: between
 * start and end come pairs of a name and a value. While our slot is on the move no function begins, and
 * HSET writes them instead, where the key is still here. */
#ifndef LICET_DAEMON_PUBLISH_PUBLICATION_H
#define LICET_DAEMON_PUBLISH_PUBLICATION_H

#include "daemon/daemon.h"
#include "io/redis/args.h"

#include <stdint.h>

/* ttl_s: how long the key lives, in seconds; 0: without end. */
void publication_start(struct redis_args *a, const char *key, int ttl_s);
/* A wall-clock time as text; TIME_NONE and 0 as "". */
void publication_instant(struct redis_args *a, const char *name, int64_t ms);
/* Send it, and free a; cb gets the reply, with d. */
void publication_send(struct daemon *d, struct redis_args *a, redis_cb *cb);
/* The same, where nobody waits for the reply: what is refused is told. */
void publication_end(struct daemon *d, struct redis_args *a);

#endif
