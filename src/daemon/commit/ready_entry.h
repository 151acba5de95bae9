/* ready_entry.h - what may go out of a batch, as the commit function takes it: attempts and ready
 * entries. */
#ifndef LICET_DAEMON_COMMIT_READY_ENTRY_H
#define LICET_DAEMON_COMMIT_READY_ENTRY_H

#include "daemon/commit/batch.h"

/* Blocks of the r group in it, as 10_commit.lua lists them: where attempts are kept, those known
 * and those to be written, of numbers and of so many persons; the ready entries, whose text is
 * valid until the next batch. */
void released_add_history(struct batch *batch, struct redis_args *a, size_t persons);
void released_add_entries(struct batch *batch, struct redis_args *a);
/* A precise time that a person asked for, as the mark that it was used, at most 40 bytes and
 * not terminated. Returns its end. */
char *released_slot(char *at, const struct batch_job *s);

/* The next number of a token, which d->token_epoch stands before. */
uint64_t ready_token(struct daemon *d);

#endif
