/* batch_note.h - what is kept of a file that is queued, so that its jobs can be cancelled as one.
 *
 * licet:campaign:<c>:batches has a field of JSON for each, licet:campaign:<c>:batch:<tag> the ids of its jobs, a line
 * each; both are written in the transaction that queues the jobs. */
#ifndef LICET_CTL_ENQUEUE_BATCH_NOTE_H
#define LICET_CTL_ENQUEUE_BATCH_NOTE_H

#include "ctl/enqueue/enqueue.h"

#define BATCH_NAME_MAX 64
#define BATCH_TAG_SIZE 17
/* The tag of a name: sixteen hexadecimal digits. Returns buf. */
char *batch_tag(const char *name, char buf[BATCH_TAG_SIZE]);

/* Choose the name, and read what the batch has already. Ends the process while a batch of the campaign is being
 * cancelled. */
void batch_begin(struct intake *in);
/* The job at hand is queued with the next transaction. */
void batch_add(struct intake *in);
/* Is there anything to be written that was not written yet? */
bool batch_is_new(const struct intake *in);
/* Send it, within a transaction, by that function. */
void batch_send_note(struct intake *in, void (*send)(struct intake *in, struct redis_args *a));
void batch_done(struct intake *in);

#endif
