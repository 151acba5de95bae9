/* row_to_job.h - a line cut into cells, and a job made of them, as JSON. It is written at once,
 * without a tree of values: the job is read again anyway, as licetd will read it. */
#ifndef LICET_CTL_ENQUEUE_ROW_TO_JOB_H
#define LICET_CTL_ENQUEUE_ROW_TO_JOB_H

#include "ctl/enqueue/enqueue.h"

#define ROW_HINT_SIZE 120

/* Cut the line at hand, or, where it is no row because of a stray quote, its first line alone.
 * Returns what is wrong with it; NULL: nothing. */
const char *enqueue_cut_row(struct intake *in, char hint[ROW_HINT_SIZE]);
/* Add to the text of the job at hand. */
void enqueue_put(struct intake *in, const char *text, size_t len);
/* Make the job at hand of the line's cells; an empty one is an absent field. */
void enqueue_job_of_cells(struct intake *in);

#endif
