#include "table.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]) != NULL)
		*--end = '\0';
	return strcmp(text, "-") == 0 ? end : text;
}

static size_t split(char *line, struct table_row *row)
{
	size_t count = 0;

	for (char *at = line; at != NULL; count++) {
		char *bar = strchr(at, '|');
		if (bar != NULL)
			*bar++ = '\0';
		if (count < TABLE_COLUMNS_MAX)
			row->columns[count] = trim(at);
		at = bar;
	}
	return count;
}

void table_each(const char *path, size_t columns, void (*check)(const struct table_row *row, void *arg),
                void *arg)
{
	struct table_row row = { .path = path };
	FILE *file = fopen(path, "r");
	char line[1024];
	size_t rows = 0;

	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		row.line++;
		if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
			continue;
		size_t count = split(line, &row);
		if (count != columns)
			fail_msg("%s:%d: %zu columns, not %zu", path, row.line, count, columns);
		check(&row, arg);
		rows++;
	}
	fclose(file);
	assert_int_not_equal(rows, 0);
}

void table_assert_string(const struct table_row *row, const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		print_error("%s:%d: %s: %s\n", row->path, row->line, row->columns[0], what);
	assert_string_equal(got, want);
}
