/* report_file.c - a table that is written row by row, as CSV or, to a file that ends in .jsonl, as
 * lines of JSON; see report_file.h. */
#include "ctl/base/report_file.h"

#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
	FILE *file;
	char *path;
	bool json;
	const char *const *columns;
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void put_csv(FILE *file, const char *const *columns, const char *const *cells)
{
	for (size_t i = 0; columns[i] != NULL; i++) {
		if (i > 0)
			putc(',', file);
		print_csv_cell(file, cells[i] != NULL ? cells[i] : "", strcmp(columns[i], "to") == 0);
	}
	putc('\n', file);
}

static void put_json(FILE *file, const char *const *columns, const char *const *cells)
{
	json_t *object = json_object();

	for (size_t i = 0; columns[i] != NULL; i++)
		if (cells[i] != NULL && *cells[i] != '\0')
			json_object_set_new(object, columns[i], print_json_text(cells[i]));
	print_json(file, object, JSON_COMPACT);
	json_decref(object);
	putc('\n', file);
}

struct rows *rows_open(const char *path, const char *const *columns)
{
	struct rows *r = mem_zero(sizeof(*r));

	r->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (r->file == NULL)
		ctl_fail("%s: %s", path, error_system(errno));
	r->path = mem_copy(path);
	r->columns = columns;
	r->json = ends_with(path, ".jsonl");
	if (!r->json)
		put_csv(r->file, columns, columns);
	return r;
}

void rows_put(struct rows *r, const char *const *cells)
{
	(r->json ? put_json : put_csv)(r->file, r->columns, cells);
}

void rows_close(struct rows *r)
{
	bool failed = fflush(r->file) != 0 || ferror(r->file);

	if (failed || (r->file != stdout && fclose(r->file) != 0))
		ctl_fail("%s: %s", r->path, error_system(errno));
	free(r->path);
	free(r);
}
