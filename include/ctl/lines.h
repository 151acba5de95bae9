/* lines.h - files of lines and cells, read as they come: a file may be far larger
 * than memory. */
#ifndef LICET_CTL_LINES_H
#define LICET_CTL_LINES_H

#include "ctl/ctl.h"

#include <stdio.h>

#define LINE_MAX_BYTES 65536
#define CELLS_MAX 128

struct lines {
	FILE *file;
	const char *name; /* for reports: the file's name without its folder */
	size_t number;    /* of the line that was read last, from 1 */
	char text[LINE_MAX_BYTES + 1];
	size_t len;
	const char *fault; /* why the line is none: too long, or a zero byte; NULL if it is sound */
	/* cells of the last line */
	char separator; /* 0: not known yet; the first line that is cut tells */
	char *cells[CELLS_MAX];
	size_t cell_count;
};
/* "-" is standard input. Ends the process if the file cannot be read. Heap. */
struct lines *lines_open(const char *path);
void lines_close(struct lines *l);
/* The next line, without its end and without a byte order mark. Returns false at the
 * end of the file. */
bool lines_next(struct lines *l);
/* Cut the line into cells, in place: comma, semicolon or tab, cells in double quotes
 * as spreadsheets write them; a line break inside quotes is not supported. Returns
 * false, with the fault, if it cannot be cut. */
bool lines_cut(struct lines *l);

/* The value of a consent's cell: form and bases are lists of words with spaces or bars
 * between them; one word that no law knows as a mention names a form. */
json_t *cell_value(const struct rulebook *rb, const char *column, const char *cell);

/* Reports of bad lines: on standard error as they come, so many of them; and as JSON. */
#define REPORTS_MAX 50
struct line_reports {
	size_t count;
	json_t *list; /* NULL: not wanted */
};
void report_line(struct line_reports *r, const struct lines *l, const char *field, const char *reason,
                 const char *number, const char *hint); /* number: NULL or masked here */
void reports_end(const struct line_reports *r);

#endif
