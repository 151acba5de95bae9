/* commit_call.h - the call of licet_commit: a decided batch as arguments. The layout is that of
 * 10_commit.lua. */
#ifndef LICET_DAEMON_COMMIT_COMMIT_CALL_H
#define LICET_DAEMON_COMMIT_COMMIT_CALL_H

#include "daemon/commit/batch.h"

/* The call of licet_commit. */
void batch_commit(struct batch *batch, struct redis_args *a);

#endif
