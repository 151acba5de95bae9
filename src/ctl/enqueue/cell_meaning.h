/* cell_meaning.h - what a cell says, as a job has it: a date of people as an instant, a word as the value that
 * it stands for, a number with what a spreadsheet took from it. */
#ifndef LICET_CTL_ENQUEUE_CELL_MEANING_H
#define LICET_CTL_ENQUEUE_CELL_MEANING_H

#include "ctl/enqueue/enqueue.h"

/* Is it a number that may be called, as the rules of the file read it? */
bool cell_is_number(const struct intake *in, const char *cell);

/* Why a row is none: the column or constant, what stands there, what was expected. */
struct cell_fault {
	const char *field; /* "to", "consent.until", or the name of a column that is no field */
	const char *value;
	const char *hint;
	const char *column; /* of the file */
	char name[48];
};
/* Put what they mean in the place of the cells of the line at hand. Returns false with what is wrong. */
bool cells_read(struct intake *in, struct cell_fault *ret);
/* The same for the constants, once, before the first line. Ends the process where one means nothing. */
void constants_read(struct intake *in);

#endif
