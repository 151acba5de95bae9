/* batch_cancel.h - ends what waits of a batch that was cancelled, step by step; whoever asked for it may be gone.
 * See src/lua/66_batch.lua. */
#ifndef LICET_DAEMON_UPKEEP_BATCH_CANCEL_H
#define LICET_DAEMON_UPKEEP_BATCH_CANCEL_H

#include "daemon/daemon.h"

/* Go on with what the last reading found, where that is not under way. */
void batch_cancel_turn(struct daemon *d);

#endif
