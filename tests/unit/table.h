/* table.h - tests as rows that a lawyer can read.
 *
 * A file of tests/tables: columns separated by "|", spaces around them dropped,
 * "#" begins a comment line, the first column is a label. A failure prints file,
 * line and label. */
#ifndef LICET_TEST_TABLE_H
#define LICET_TEST_TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS_MAX 10

struct table_row {
	const char *path;
	int line;
	char *columns[TABLE_COLUMNS_MAX]; /* [0] is the label; "-" stands for nothing and is "" here */
};

/* Call check for every row. Fails the test if the file is missing, has no row,
 * or a row has another number of columns. */
void table_each(const char *path, size_t columns, void (*check)(const struct table_row *row, void *arg),
                void *arg);

void table_assert_string(const struct table_row *row, const char *what, const char *got, const char *want);

#endif
