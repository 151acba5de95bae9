/* replicas.h - what was released is to be in more than one Redis. With wait_replicas the daemon
 * asks WAIT behind the commits that released something: one at a time, on their own connection, so
 * that it speaks of all that went before. Where fewer acknowledge, nothing moves until they do.
 * What was released is in ready by then, and a sender may have it: WAIT narrows what a failover
 * can lose to what one WAIT covers, and does not close it. With min-replicas-to-write Redis
 * itself refuses what would be in one place only; then nothing can be written that would say so,
 * and the log and systemd are told. */
#ifndef LICET_DAEMON_HEALTH_REPLICAS_H
#define LICET_DAEMON_HEALTH_REPLICAS_H

#include "daemon/daemon.h"
#include "io/redis/redis.h"

void replicas_up(struct daemon *d);       /* the link is up, and a heartbeat was sent */
void replicas_turn(struct daemon *d);     /* once a second */
void replicas_released(struct daemon *d); /* a commit released something */

/* Was a write refused for want of replicas? It is noted, and nothing moves until
 * replicas_accepted() tells that one was taken. */
bool replicas_deny(struct daemon *d, const struct redis_reply *reply);
void replicas_accepted(struct daemon *d);
/* Why nothing may move; "": it may. */
const char *replicas_why(const struct daemon *d);

#endif
