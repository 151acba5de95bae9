/* take_row.h - one row of a file: read, looked at as licetd will, then queued, judged in a dry run, or refused. */
#ifndef LICET_CTL_ENQUEUE_TAKE_ROW_H
#define LICET_CTL_ENQUEUE_TAKE_ROW_H

#include "ctl/enqueue/enqueue.h"

/* Take the line at hand. */
void row_take(struct intake *in);

#endif
