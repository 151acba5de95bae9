/* gates.h - what stands in the way of everything: noted here by those that find out, and asked by all
 * that want to move something. */
#ifndef LICET_DAEMON_HEALTH_GATES_H
#define LICET_DAEMON_HEALTH_GATES_H

#include "core/campaign/standing.h"
#include "daemon/daemon.h"
#include "daemon/health/replicas.h" /* one of them */
#include "io/redis/redis.h"

/* Is there a Redis, with our library, that takes writes? */
/* What instances compare, so that two of them never go by different law: a fingerprint of the rulebook, zones
 * included, and of the settings that make it stricter. Made anew by gates_law_changed(). */
const char *gates_law(const struct daemon *d);
void gates_law_changed(struct daemon *d);

/* Redis refuses writes as it cannot save its data (MISCONF). Returns whether the reply says so; nothing
 * moves from then on, until writes_accepted(). */
bool writes_deny(struct daemon *d, const struct redis_reply *reply);
void writes_accepted(struct daemon *d);
/* Redis has no memory left (OOM). Returns whether the reply says so; nothing is taken in until memory_tell() says
 * that there is room. */
bool memory_deny(struct daemon *d, const struct redis_reply *reply);
/* What INFO says of its memory. */
void memory_tell(struct daemon *d, const struct redis_policy *p);
/* Our slot of a cluster is on the move: ASK or TRYAGAIN. Returns whether the reply says so; nothing moves
 * from then on, until moving_end(), or the connection is lost. */
bool moving_deny(struct daemon *d, const struct redis_reply *reply);
/* All could be read again: it has ended, unless it has to be asked first whether keys were left elsewhere
 * (split.h). */
void moving_over(struct daemon *d);
void moving_end(struct daemon *d);
/* The connection was lost: the next one tells whether it still is. */
void moving_down(struct daemon *d);
bool health_good(const struct daemon *d);
/* What stands in the way of everything now. */
void gates_now(const struct daemon *d, struct gates *ret);

/* An instance works by another rulebook; "": all agree. */
void gates_mismatch(struct daemon *d, const char *instance);

#endif
