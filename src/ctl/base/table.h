/* table.h - aligned columns for people. */
#ifndef LICET_CTL_BASE_TABLE_H
#define LICET_CTL_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define COLUMNS_MAX 12

/* Columns are as wide as their widest cell, counted as a terminal shows it (width.h). */
struct columns {
	size_t per_row, count, capacity;
	size_t width; /* rows are cut to it; 0: they are not */
	bool wraps;   /* the last column goes on in lines of its own, and is not cut */
	char **cells; /* count of them, row by row; the heads are the first */
};

/* heads: one text, columns separated by '|'. They are not printed if they are all
 * empty, or stand alone. */
void columns_init(struct columns *t, const char *heads);
/* One cell after the other, row by row. Copies; NULL is an empty cell. */
void columns_add(struct columns *t, const char *cell);
void columns_addf(struct columns *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Make it fit a width, 0: none: the columns of these heads, up to NULL, are left out one by one
 * as long as it is too wide, and what is too wide still is cut. */
void columns_fit(struct columns *t, size_t width, const char *const *less);
/* Make it fit a width, 0: none, by wrapping the last column. */
void columns_wrap(struct columns *t, size_t width);
/* Leave the columns of these heads out, up to NULL, one by one as long as the last one has no room on the
 * terminal; nothing where the output is none. */
void columns_make_room(struct columns *t, const char *const *less);
/* Free without printing. */
void columns_free(struct columns *t);
/* Print to standard output, and free. bold: the head stands out. */
void columns_print(struct columns *t, bool bold);

#endif
