/* replica_wait.h - with wait_replicas nothing is dialled that a failover could hand over again.
 *
 * WAIT goes out right behind the take, on the same connection, as it speaks of that one only.
 * Where fewer acknowledge, the jobs are reported not-placed, and none is taken until a WAIT
 * without a take says that the replicas are back. */
#ifndef LICET_CTL_SENDER_REPLICA_WAIT_H
#define LICET_CTL_SENDER_REPLICA_WAIT_H

#include "ctl/sender/bridge.h"

/* Probe with WAIT before a take: to find replicas missing after it would strand its jobs. Returns
 * false while the answer is not known: a turn follows. */
bool wait_before_take(struct bridge *b);
/* A take was sent: its jobs start once the replicas have it. */
void wait_behind_take(struct bridge *b);

#endif
