/* replica_wait.h - with wait_replicas nothing is dialled that a failover could hand over again. *
 * WAIT goes out right behind the take, on the same connection, as it speaks of that one only.
 * Where fewer acknowledge, the jobs are reported not-placed, and none is taken until a WAIT
 * without a take says that the replicas are back. */
#ifndef LICET_CTL_SENDER_REPLICA_WAIT_H
#define LICET_CTL_SENDER_REPLICA_WAIT_H

#include "ctl/sender/sender.h"

#define WAIT_WHY 128

/* Must replicas have what was taken and reported? */
bool bridge_waits(const struct bridge *b);
/* Ask WAIT behind what was sent. Returns false, and never calls back, if the link is down. */
bool wait_ask(struct bridge *b, redis_cb *cb);
/* Did fewer answer than there must be? why is filled in any case. */
bool wait_is_short(const struct bridge *b, const struct redis_reply *reply, char why[WAIT_WHY]);
/* Are the replicas there? Asked before a take, so that no job is lost to finding out. Returns
 * false while nobody knows: a turn follows. */
bool wait_before_take(struct bridge *b);
/* A take was sent: its jobs start once the replicas have it. */
void wait_behind_take(struct bridge *b);

#endif
