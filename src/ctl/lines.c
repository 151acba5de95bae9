#include "ctl/lines.h"

#include "core/phone.h"
#include "ctl/ask.h"
#include "io/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lines *lines_open(const char *path)
{
	const char *slash = strrchr(path, '/');
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "r");

	if (file == NULL)
		ctl_fail("%s: %s", path, strerror(errno));
	struct lines *l = mem_zero(sizeof(*l));

	l->name = is_input ? "stdin" : slash != NULL ? slash + 1 : path;
	l->file = file;
	return l;
}

void lines_close(struct lines *l)
{
	if (l->file != stdin)
		fclose(l->file);
	free(l);
}

bool lines_next(struct lines *l)
{
	static const char bom[] = "\xEF\xBB\xBF";
	int c;

	l->len = 0;
	l->fault = NULL;
	while ((c = getc_unlocked(l->file)) != EOF && c != '\n') {
		if (l->len == LINE_MAX_BYTES) {
			l->fault = "the line is too long";
			continue;
		}
		if (c == '\0')
			l->fault = "a zero byte";
		l->text[l->len++] = (char)c;
	}
	if (c == EOF && ferror(l->file))
		ctl_fail("%s: %s", l->name, strerror(errno));
	if (c == EOF && l->len == 0)
		return false;
	l->number++;
	if (l->len > 0 && l->text[l->len - 1] == '\r')
		l->len--;
	if (l->number == 1 && l->len >= 3 && memcmp(l->text, bom, 3) == 0) {
		memmove(l->text, l->text + 3, l->len - 3);
		l->len -= 3;
	}
	l->text[l->len] = '\0';
	return true;
}

/* --- cells ----------------------------------------------------------------------- */

static char separator_of(const char *text)
{
	static const char separators[] = ",;\t";
	char best = ',';
	size_t most = 0;

	for (const char *s = separators; *s != '\0'; s++) {
		size_t n = 0;

		for (const char *p = text; *p != '\0'; p++)
			n += *p == *s;
		if (n > most) {
			most = n;
			best = *s;
		}
	}
	return best;
}

/* Cut one cell in quotes, whose first byte is at. Returns what stands behind it, or
 * NULL if the quotes do not close. */
static char *cut_quoted(char *at, char **ret_cell)
{
	char *from = at + 1, *to = from;

	*ret_cell = from;
	for (; *from != '\0'; from++) {
		if (*from == '"' && from[1] != '"') {
			char *behind = from + 1;

			*to = '\0';
			return behind;
		}
		from += *from == '"';
		*to++ = *from;
	}
	return NULL;
}

static char *trimmed(char *cell)
{
	size_t len = strlen(cell);

	while (len > 0 && cell[len - 1] == ' ')
		cell[--len] = '\0';
	return cell + strspn(cell, " ");
}

bool lines_cut(struct lines *l)
{
	l->cell_count = 0;
	if (l->fault != NULL)
		return false;
	if (l->separator == '\0')
		l->separator = separator_of(l->text);
	for (char *at = l->text;;) {
		char *start = at + strspn(at, " "), *end;

		if (l->cell_count == CELLS_MAX) {
			l->fault = "too many columns";
			return false;
		}
		if (*start == '"') {
			end = cut_quoted(start, &l->cells[l->cell_count]);
			if (end != NULL)
				end += strspn(end, " ");
			if (end == NULL || (*end != '\0' && *end != l->separator)) {
				l->fault = end == NULL ? "quotes that do not close on their line"
				                       : "text behind quotes";
				return false;
			}
		} else {
			char separators[2] = { l->separator, '\0' };

			l->cells[l->cell_count] = at;
			end = at + strcspn(at, separators);
		}
		bool last = *end == '\0';

		*end = '\0';
		l->cells[l->cell_count] = trimmed(l->cells[l->cell_count]);
		l->cell_count++;
		if (last)
			return true;
		at = end + 1;
	}
}

static bool is_mention(const struct rulebook *rb, const char *word)
{
	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].consent.mention_count; i++)
			if (strcmp(rb->regimes[r].consent.mentions[i], word) == 0)
				return true;
	return false;
}

json_t *cell_value(const struct rulebook *rb, const char *column, const char *cell)
{
	bool is_form = strcmp(column, "form") == 0;

	if (!is_form && strcmp(column, "bases") != 0)
		return json_string(cell);
	if (is_form && strpbrk(cell, " |") == NULL && !is_mention(rb, cell))
		return json_string(cell);
	json_t *list = json_array();

	for (const char *at = cell; *at != '\0';) {
		size_t n = strcspn(at, " |");

		if (n > 0)
			json_array_append_new(list, json_stringn(at, n));
		at += n + strspn(at + n, " |");
	}
	return list;
}

/* --- reports ------------------------------------------------------------------------ */

void report_line(struct line_reports *r, const struct lines *l, const char *field, const char *reason,
                 const char *number, const char *hint)
{
	char mask[PHONE_MASK_SIZE] = "";

	if (number != NULL)
		phone_mask(number, mask);
	r->count++;
	if (r->list != NULL && r->count <= 1000) {
		json_t *object = json_object();

		json_object_set_new(object, "line", json_integer((json_int_t)l->number));
		json_object_set_new(object, "field", json_string(field));
		json_object_set_new(object, "reason", json_string(reason));
		json_object_set_new(object, "to", mask[0] != '\0' ? json_string(mask) : json_null());
		json_object_set_new(object, "hint", json_string(hint));
		json_array_append_new(r->list, object);
	}
	if (r->list != NULL || r->count > REPORTS_MAX)
		return;
	ctl_progress("", -1);
	fprintf(stderr, "%s:%zu: %s%s%s%s%s%s%s\n", l->name, l->number, field, *field != '\0' ? ": " : "",
	        reason, mask[0] != '\0' ? ": " : "", mask, *hint != '\0' ? "; " : "", hint);
}

void reports_end(const struct line_reports *r)
{
	if (r->list == NULL && r->count > REPORTS_MAX)
		fprintf(stderr, "... and %zu more bad lines\n", r->count - REPORTS_MAX);
}
