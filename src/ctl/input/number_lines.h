/* number_lines.h - the numbers of a file of oppositions, whatever columns it has.
 *
 * Who objected, objected: a number is taken from whichever column it stands in, and which columns had some
 * is said. Each line is used or told: one without a number, and a cell of a column of numbers that is none. */
#ifndef LICET_CTL_INPUT_NUMBER_LINES_H
#define LICET_CTL_INPUT_NUMBER_LINES_H

#include "ctl/input/line_reports.h"

struct number_lines {
	struct ctl *ctl;
	struct lines *lines;
	struct line_reports *bad;
	void (*take)(void *arg, const char *e164); /* each number, as often as it stands there */
	void *arg;
	/* found out */
	bool has_header;
	char *names[CELLS_MAX]; /* of the header; NULL: none */
	bool named[CELLS_MAX];  /* the header says that it has numbers */
	int main;               /* the first column that has numbers; -1: not known yet */
	int64_t counts[CELLS_MAX];
};
/* Read all of it. The first four members are given. */
void number_lines_read(struct number_lines *n);
/* How many columns had numbers. */
size_t number_lines_columns(const struct number_lines *n);
/* Where more than one column had numbers, say which; and that the first line was taken for a header. */
void number_lines_tell(const struct number_lines *n);
/* {"Téléphone": 12, "Mobile": 9}; columns without a name by their place, "1". */
json_t *number_lines_json(const struct number_lines *n);
void number_lines_done(struct number_lines *n);

#endif
