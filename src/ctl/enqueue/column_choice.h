/* column_choice.h - what the names of the columns leave open, decided by what stands in them, or asked.
 *
 * Which column has the numbers; whether 05/04 is April or May; and whether people said no in a column that no field
 * has. Nobody who said no may be called for want of a mapping: without an answer nothing is queued. */
#ifndef LICET_CTL_ENQUEUE_COLUMN_CHOICE_H
#define LICET_CTL_ENQUEUE_COLUMN_CHOICE_H

#include "ctl/enqueue/enqueue.h"

/* Decide, and say what was decided; ends the process where nobody can tell (exit 2 for a question). */
void columns_choose(struct intake *in);

#endif
