/* table.c - aligned columns for people; see table.h. */
#include "ctl/base/table.h"

#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "io/host/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	take(t, shown_clean(mem_copy(cell != NULL ? cell : "")));
}

void columns_addf(struct columns *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	take(t, shown_clean(mem_vformat(format, ap)));
	va_end(ap);
}

void columns_free(struct columns *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct columns){ 0 };
}

static void find_widths(const struct columns *t, size_t widths[COLUMNS_MAX])
{
	for (size_t i = 0; i < t->count; i++) {
		size_t width = text_width(t->cells[i]);

		if (width > widths[i % t->per_row])
			widths[i % t->per_row] = width;
	}
}

static size_t width_of_all(const struct columns *t)
{
	size_t widths[COLUMNS_MAX] = { 0 }, sum = 0;

	find_widths(t, widths);
	for (size_t c = 0; c < t->per_row; c++)
		sum += widths[c] + (c > 0 ? 2 : 0);
	return sum;
}

static void leave_out(struct columns *t, const char *head)
{
	size_t column = 0, kept = 0;

	while (column < t->per_row && strcmp(t->cells[column], head) != 0)
		column++;
	if (column == t->per_row || t->per_row == 1)
		return;
	for (size_t i = 0; i < t->count; i++) {
		if (i % t->per_row == column)
			free(t->cells[i]);
		else
			t->cells[kept++] = t->cells[i];
	}
	t->count = kept;
	t->per_row--;
}

void columns_fit(struct columns *t, size_t width, const char *const *less)
{
	t->width = width;
	if (width == 0)
		return;
	for (; *less != NULL && width_of_all(t) > width; less++)
		leave_out(t, *less);
}

void columns_wrap(struct columns *t, size_t width)
{
	t->width = width;
	t->wraps = width > 0;
}

/* Print what fits into left columns. Returns how many it takes. */
static size_t print_cut(const char *cell, size_t left)
{
	size_t width, bytes = text_fit(cell, left, &width);

	fwrite(cell, 1, bytes, stdout);
	return width;
}

#define WRAPPED_LEAST 20

/* Words that fit into so many columns; one that is too long alone is broken. Returns how many bytes. */
static size_t line_len(const char *text, size_t width)
{
	size_t used, bytes = text_fit(text, width, &used), cut = bytes;

	if (text[bytes] == '\0')
		return bytes;
	while (cut > 0 && text[cut] != ' ')
		cut--;
	return cut > 0 ? cut : bytes > 0 ? bytes : strlen(text);
}

/* A cell over as many lines as it needs, each behind so many columns. */
static void print_wrapped(const char *cell, size_t column, size_t width)
{
	for (bool first = true; *cell != '\0'; first = false) {
		size_t len = line_len(cell, width);

		print(first ? "" : "\n%*s", (int)column, "");
		fwrite(cell, 1, len, stdout);
		cell += len;
		cell += strspn(cell, " ");
	}
}

static void print_row(const struct columns *t, size_t first, const size_t *widths, bool bold)
{
	size_t last = t->per_row; /* nothing is padded behind the last cell that has text */

	while (last > 0 && t->cells[first + last - 1][0] == '\0')
		last--;
	if (bold)
		fputs("\033[1m", stdout);
	size_t left = t->width > 0 ? t->width : SIZE_MAX;

	for (size_t c = 0; c < last && left > 0; c++) {
		const char *cell = t->cells[first + c];
		size_t gap = c + 1 < last ? widths[c] - text_width(cell) + 2 : 0;

		if (t->wraps && c + 1 == t->per_row && left >= WRAPPED_LEAST) {
			print_wrapped(cell, t->width - left, left);
			break;
		}
		left -= print_cut(cell, left);
		gap = gap < left ? gap : left;
		print("%*s", (int)gap, "");
		left -= gap;
	}
	fputs(bold ? "\033[0m\n" : "\n", stdout);
}

static bool room_for_last(const size_t *widths, size_t count)
{
	size_t sum = WRAPPED_LEAST;

	for (size_t c = 0; c + 1 < count; c++)
		sum += widths[c] + 2;
	return sum <= ctl_width();
}

void columns_make_room(struct columns *t, const char *const *less)
{
	for (; ctl_width() > 0 && *less != NULL && width_of_all(t) > ctl_width(); less++) {
		size_t widths[COLUMNS_MAX] = { 0 };

		find_widths(t, widths);
		if (room_for_last(widths, t->per_row))
			return;
		leave_out(t, *less);
	}
}

void columns_print(struct columns *t, bool bold)
{
	size_t widths[COLUMNS_MAX] = { 0 };
	bool headless = true;

	assert(t->count % t->per_row == 0);
	find_widths(t, widths);
	for (size_t i = 0; i < t->per_row; i++)
		headless = headless && *t->cells[i] == '\0';
	if (t->count == t->per_row)
		headless = true;
	/* On a terminal the last column goes on below itself, where the others leave it room. */
	if (t->width == 0 && width_of_all(t) > ctl_width() && room_for_last(widths, t->per_row))
		columns_wrap(t, ctl_width());
	for (size_t i = headless ? t->per_row : 0; i < t->count; i += t->per_row)
		print_row(t, i, widths, bold && i == 0);
	columns_free(t);
}
