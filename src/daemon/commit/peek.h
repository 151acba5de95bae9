/* peek.h - a look at the jobs that come next, without taking them. */
#ifndef LICET_DAEMON_COMMIT_PEEK_H
#define LICET_DAEMON_COMMIT_PEEK_H

#include "daemon/commit/batch.h"

/* Ask for the jobs behind those that are in flight already; cb gets the answer and the
 * batch. Returns false if there is no connection. */
bool peek_send(struct batch *batch, redis_cb *cb);
/* The jobs in that answer, or an error, or NULL; *ret_wrong: which key of the campaign the
 * error is about, where it is not the list. */
const struct redis_reply *peek_jobs(struct batch *batch, const struct redis_reply *reply,
                                    const char **ret_wrong);

#endif
