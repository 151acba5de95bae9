/* after_commit.h - what a batch that moved tells of its campaign: where its jobs wait, until when,
 * and why nothing of a list went. */
#ifndef LICET_DAEMON_COMMIT_AFTER_COMMIT_H
#define LICET_DAEMON_COMMIT_AFTER_COMMIT_H

#include "daemon/commit/batch.h"

/* A batch that moved. progress: how many of its jobs left the list it came from. */
void batch_learn(struct batch *batch);
void batch_rest(const struct batch *batch, struct held_list *source, int64_t progress);

#endif
