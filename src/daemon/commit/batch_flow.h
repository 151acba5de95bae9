/* batch_flow.h - peek, decide, commit. A few batches are in flight at once: while Redis moves
 * one, the next is being decided. That is safe without any bookkeeping, for a commit whose batch
 * is no longer the head changes nothing. */
#ifndef LICET_DAEMON_COMMIT_BATCH_FLOW_H
#define LICET_DAEMON_COMMIT_BATCH_FLOW_H

#include "daemon/daemon.h"

void work_turn(struct daemon *d); /* start as much as may be in flight */

#endif
