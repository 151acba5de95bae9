/* import.h - CSV files whose lines are calls of a function of the library.
 *
 * A line that cannot be used is told, with line and column, and left out; the others go
 * on. Calls are pipelined, so that memory stays the same however long the file is. */
#ifndef LICET_CTL_INPUT_IMPORT_H
#define LICET_CTL_INPUT_IMPORT_H

#include "ctl/input/line_reports.h"
#include "ctl/query/query.h"

#define IMPORT_COLUMNS_MAX 16

struct import;
struct import_kind {
	const char *const *columns;
	size_t column_count, needed; /* the first so many must be in the header */
	const char *head;            /* a header as it could be, for errors */
	const char *key;             /* licet:<key>:<advertiser> */
	const char *function, *what; /* "licet_consent", "consents" */
	/* Add the arguments of one line. Returns false after reporting what is wrong with it. */
	bool (*line)(struct import *im, struct redis_args *a);
};

struct import {
	const struct import_kind *kind;
	struct ctl *ctl;
	struct lines *lines;
	struct line_reports bad;
	int place[IMPORT_COLUMNS_MAX]; /* of the column in the file; -1: not there */
	size_t *sent;                  /* lines of the calls on their way, oldest first */
	size_t sent_count;
	int64_t done;
	char key[KEY_SIZE];
	char *kept[4]; /* texts of the call that is being made */
	size_t kept_count;
};

/* Import a file ("-": standard input). Returns the exit code: 1 if a line was bad. */
int import_run(struct ctl *ctl, const struct import_kind *kind, const char *advertiser, const char *path);

/* A cell of the line, "" if the column is not there. */
const char *import_cell(const struct import *im, size_t column);
/* The number in a column; false after reporting that it is none. */
bool import_number(struct import *im, size_t column, struct phone *ret);
/* A copy of a text that lives as long as the call being made. */
const char *import_keep(struct import *im, const char *text);

#endif
