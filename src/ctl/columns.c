#include "ctl/columns.h"

#include "io/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Characters, not bytes: names have accents. */
static size_t width_of(const char *cell)
{
	size_t width = 0;

	for (; *cell != '\0'; cell++)
		width += ((unsigned char)*cell & 0xC0) != 0x80;
	return width;
}

static void take(struct columns *t, char *cell)
{
	t->cells = mem_grow(t->cells, &t->capacity, t->count, sizeof(*t->cells));
	t->cells[t->count++] = cell;
}

void columns_init(struct columns *t, const char *heads)
{
	*t = (struct columns){ 0 };
	for (;;) {
		size_t len = strcspn(heads, "|");

		take(t, mem_copy_len(heads, len));
		t->per_row++;
		assert(t->per_row <= COLUMNS_MAX);
		if (heads[len] == '\0')
			break;
		heads += len + 1;
	}
}

void columns_add(struct columns *t, const char *cell)
{
	take(t, mem_copy(cell != NULL ? cell : ""));
}

void columns_addf(struct columns *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	take(t, mem_vformat(format, ap));
	va_end(ap);
}

void columns_free(struct columns *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct columns){ 0 };
}

static void print_row(const struct columns *t, size_t first, const size_t *widths, bool bold)
{
	size_t last = t->per_row; /* nothing is padded behind the last cell that has text */

	while (last > 0 && t->cells[first + last - 1][0] == '\0')
		last--;
	if (bold)
		fputs("\033[1m", stdout);
	for (size_t c = 0; c < last; c++) {
		const char *cell = t->cells[first + c];

		fputs(cell, stdout);
		if (c + 1 < last)
			printf("%*s", (int)(widths[c] - width_of(cell) + 2), "");
	}
	fputs(bold ? "\033[0m\n" : "\n", stdout);
}

void columns_print(struct columns *t, bool bold)
{
	size_t widths[COLUMNS_MAX] = { 0 };
	bool headless = true;

	assert(t->count % t->per_row == 0);
	for (size_t i = 0; i < t->count; i++) {
		size_t width = width_of(t->cells[i]);

		if (width > widths[i % t->per_row])
			widths[i % t->per_row] = width;
		if (i < t->per_row && width > 0)
			headless = false;
	}
	if (t->count == t->per_row)
		headless = true;
	for (size_t i = headless ? t->per_row : 0; i < t->count; i += t->per_row)
		print_row(t, i, widths, bold && i == 0);
	columns_free(t);
}
