/* id_lines.h - files of ids of jobs, or of ids with what is said of each.
 *
 * One id a line; or CSV whose header has a column id, and perhaps others that are asked for. Empty lines count for
 * nothing. */
#ifndef LICET_CTL_INPUT_ID_LINES_H
#define LICET_CTL_INPUT_ID_LINES_H

#include "ctl/input/csv_reader.h"

struct id_line {
	char *id;
	char *value; /* of the other column; NULL: none was asked for */
	size_t line;
	bool met; /* the caller's */
};
struct id_lines {
	struct id_line *list; /* sorted by id; each once */
	size_t count, capacity;
};

/* Read all of it. other: the column that is needed besides, or NULL. Ends the process if the file cannot be read, has
 * no id, one that is too long, or one twice. */
void id_lines_read(const char *path, const char *other, struct id_lines *ret);
/* NULL: it is not among them. */
struct id_line *id_lines_find(const struct id_lines *all, const char *id);
void id_lines_done(struct id_lines *all);

#endif
