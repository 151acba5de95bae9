/* push.h - see enqueue.h. One transaction is on its way at a time, and the key of the place is
 * watched from one to the next: if somebody else moves it, such as what an interrupted run had
 * sent last, nothing of ours is queued. */
#ifndef LICET_CTL_ENQUEUE_PUSH_H
#define LICET_CTL_ENQUEUE_PUSH_H

#include "ctl/enqueue/enqueue.h"

/* Find out how far the file was queued before. Ends the process where nobody can tell. */
void place_find(struct intake *in);
void push_start(struct intake *in);
/* Add the job at hand; it is sent with others. */
void push_job(struct intake *in);
/* Send what is left, and wait until all of it is queued. */
void push_end(struct intake *in);

#endif
