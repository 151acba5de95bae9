/* mended.h - which lines of a file were queued after they had been refused, and mended.
 *
 * Kept in Redis as a set of line numbers for each file, in the transaction that queues them: a file of refused rows may
 * be queued again and again, in whatever state it is, and each of its lines goes in once. */
#ifndef LICET_CTL_ENQUEUE_MENDED_H
#define LICET_CTL_ENQUEUE_MENDED_H

#include "ctl/enqueue/enqueue.h"

/* Read which were; a watch on the key is the caller's. */
void mended_find(struct intake *in);
/* Was that line queued so, before this run or in it? */
bool mended_has(const struct intake *in, uint64_t line);
/* The line at hand is queued with the next transaction. */
void mended_add(struct intake *in);
/* Put the lines that were added since the last call into args, behind SADD or SREM of the key. Returns how many. */
size_t mended_take(struct intake *in, const char *command, struct redis_args *ret);

#endif
