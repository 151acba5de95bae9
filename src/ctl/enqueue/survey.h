/* survey.h - what stands in the columns of a file, counted before its first line is queued.
 *
 * A name alone does not tell whether 05/04 is April or May, whether a column of numbers is empty, or whether
 * people said no in one. The file is read once more for that, and only where a column needs it. */
#ifndef LICET_CTL_ENQUEUE_SURVEY_H
#define LICET_CTL_ENQUEUE_SURVEY_H

#include "ctl/enqueue/enqueue.h"

#define SURVEY_VALUES 8
#define SURVEY_VALUE_SIZE 32

struct column_survey {
	bool wanted;                            /* by the caller: the others are not looked at */
	size_t filled;                          /* cells that are not empty */
	size_t numbers;                         /* of these, what the plan or --plus reads as a number */
	size_t fits[SPELLED_TWO_DATES + 1];     /* how many dates are of which kind */
	size_t fit_line[SPELLED_TWO_DATES + 1]; /* the first line of each */
	char fit_text[SPELLED_TWO_DATES + 1][SURVEY_VALUE_SIZE];
	size_t spelled;     /* dates that are not written as a job has them */
	size_t timeless;    /* of these, without a time of day */
	size_t serials;     /* of these, Excel's numbers */
	size_t value_count; /* SURVEY_VALUES + 1: there are more than are told apart, or longer ones */
	struct {
		char text[SURVEY_VALUE_SIZE];
		size_t count;
	} values[SURVEY_VALUES]; /* as they stand there; case tells none apart */
};

/* Read the file of the intake, whose header was read; in->rows is how many rows it has that can be read. all: one
 * for each column. */
void survey_run(struct intake *in, struct column_survey *all);

#endif
