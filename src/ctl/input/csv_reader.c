/* csv_reader.c - reads records of CSV from bytes; see csv_reader.h. */
#include "ctl/input/csv_reader.h"

#include "core/text/plain.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WINDOW_SIZE (2 * LINE_MAX_BYTES)
#define QUOTED_MAX 16384 /* a job is half of that at most: behind it nobody looks for a quote */

struct lines *lines_open_as(const char *path, const char *encoding)
{
	const char *slash = strrchr(path, '/');
	char err[512];
	struct bytes *bytes = bytes_open(path, encoding, err, sizeof(err));

	if (bytes == NULL)
		ctl_fail("%s", err);
	struct lines *l = mem_zero(sizeof(*l));

	l->name = strcmp(path, "-") == 0 ? "stdin" : slash != NULL ? slash + 1 : path;
	l->bytes = bytes;
	l->window = mem_zero(WINDOW_SIZE);
	if (bytes_was_guessed(bytes))
		ctl_note(error_pick("%s: it is not UTF-8; it is read as %s",
		                    "%s: ce n'est pas de l'UTF-8 ; lu comme %s"),
		         l->name, bytes_encoding(bytes));
	return l;
}

struct lines *lines_open(const char *path)
{
	return lines_open_as(path, NULL);
}

void lines_close(struct lines *l)
{
	bytes_close(l->bytes);
	free(l->window);
	free(l->passed);
	free(l);
}

/* --- lines ----------------------------------------------------------------------- */

/* More behind what is there. Returns false at the end of the file. */
static bool read_more(struct lines *l)
{
	if (l->from > 0) {
		memmove(l->window, l->window + l->from, l->filled - l->from);
		l->filled -= l->from;
		l->to -= l->from;
		l->from = 0;
	}
	if (l->ended || l->filled > WINDOW_SIZE - 16)
		return false;
	long n = bytes_read(l->bytes, l->window + l->filled, WINDOW_SIZE - l->filled);

	if (n < 0)
		ctl_fail("%s: %s", l->name, error_system(errno));
	l->ended = n == 0;
	l->filled += (size_t)n;
	return n > 0;
}

/* Where the first line break from l->from + at on stands, counted from l->from; or the end. */
static size_t find_break(struct lines *l, size_t at)
{
	for (;;) {
		char *from = l->window + l->from + at, *end = l->window + l->filled;
		char *found = from < end ? memchr(from, '\n', (size_t)(end - from)) : NULL;

		if (found != NULL)
			return (size_t)(found - (l->window + l->from));
		at = l->filled - l->from;
		if (!read_more(l))
			return at;
	}
}

/* Do the quotes of a line close on it? open: a quote stood open before; returns that of
 * its end. A quote that opens stands at the beginning of a cell. */
static bool quotes_open(const char *text, size_t len, char separator, bool open)
{
	bool cell_begins = true;

	if (!open && memchr(text, '"', len) == NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (open && text[i] == '"') {
			open = i + 1 < len && text[i + 1] == '"';
			i += open;
		} else if (!open && cell_begins && text[i] == '"') {
			open = true;
		}
		if (!open)
			cell_begins = text[i] == separator || (cell_begins && text[i] == ' ');
	}
	return open;
}

/* The end of a record that begins at l->from, whose first line ends at first. */
static size_t find_record_end(struct lines *l, size_t first)
{
	size_t at = 0, end = first, breaks = 0;
	bool open = false;

	for (;;) {
		open = quotes_open(l->window + l->from + at, end - at, l->separator, open);
		if (!open)
			break;
		at = end + 1;
		if (at > QUOTED_MAX || l->from + end >= l->filled)
			return first;
		end = find_break(l, at);
		/* It would be passed over as a whole, and the lines in it with it. */
		if (end > LINE_MAX_BYTES)
			return first;
		breaks++;
	}
	l->breaks = breaks;
	return end;
}

/* Make the bytes [from, from + len) of the window the line at hand. */
static void take_line(struct lines *l, size_t len)
{
	const char *line = l->window + l->from;

	l->fault = NULL;
	l->to = l->from + len < l->filled ? l->from + len + 1 : l->filled;
	if (memchr(line, '\0', len) != NULL)
		l->fault = "a zero byte";
	if (len > LINE_MAX_BYTES) {
		l->fault = "the line is too long";
		len = LINE_MAX_BYTES;
	}
	memcpy(l->text, line, len);
	if (len > 0 && l->text[len - 1] == '\r')
		len--;
	l->text[len] = '\0';
	l->len = len;
}

/* The bytes that are passed, into a fingerprint. */
static void pass_bytes(crypto_hash_sha256_state *s, const struct lines *l)
{
	crypto_hash_sha256_update(s, (const unsigned char *)l->window + l->from, l->to - l->from);
}

static void pass(crypto_hash_sha256_state *s, const struct lines *l)
{
	if (l->to == l->from)
		return;
	pass_bytes(s, l);
	if (l->window[l->to - 1] != '\n')
		crypto_hash_sha256_update(s, (const unsigned char *)"\n", 1);
}

/* A line that does not fit is passed over. */
static void skip_rest(struct lines *l)
{
	while (l->window[l->to - 1] != '\n') {
		if (l->passed != NULL)
			pass_bytes(l->passed, l);
		l->from = l->to;
		if (l->from == l->filled && !read_more(l))
			return;
		size_t len = find_break(l, 0);

		l->to = l->from + len < l->filled ? l->from + len + 1 : l->filled;
	}
}

bool lines_next(struct lines *l)
{
	if (l->passed != NULL)
		pass(l->passed, l);
	l->from = l->to;
	l->number += l->breaks;
	l->breaks = 0;
	if (l->from == l->filled && !read_more(l))
		return false;
	l->number++;
	size_t len = find_break(l, 0);

	if (l->quotes && len <= LINE_MAX_BYTES)
		len = find_record_end(l, len);
	take_line(l, len);
	if (len > LINE_MAX_BYTES)
		skip_rest(l);
	return true;
}

const char *lines_raw(const struct lines *l, size_t *ret_len)
{
	bool whole = l->to >= l->from && l->to - l->from <= LINE_MAX_BYTES;

	*ret_len = whole ? l->to - l->from : l->len;
	return whole ? l->window + l->from : l->text;
}

bool lines_only_first(struct lines *l)
{
	if (l->breaks == 0)
		return false;
	l->breaks = 0;
	take_line(l, find_break(l, 0));
	return true;
}

void lines_start_print(struct lines *l)
{
	l->passed = mem_zero(sizeof(*l->passed));
	crypto_hash_sha256_init(l->passed);
}

void lines_print(const struct lines *l, char buf[SHA256_HEX_SIZE])
{
	crypto_hash_sha256_state s = *l->passed;

	pass(&s, l);
	sha256_finish(&s, buf);
}

/* --- cells ----------------------------------------------------------------------- */

/* The one that stands most often outside quotes. */
static char separator_of(const char *text)
{
	static const char separators[] = ",;\t|";
	size_t counts[sizeof(separators)] = { 0 }, best = 0;
	bool quoted = false;

	for (; *text != '\0'; text++) {
		const char *s = strchr(separators, *text);

		quoted = quoted != (*text == '"');
		if (s != NULL && !quoted)
			counts[s - separators]++;
	}
	for (size_t i = 1; i < sizeof(separators) - 1; i++)
		if (counts[i] > counts[best])
			best = i;
	return separators[best];
}

bool lines_take_separator(struct lines *l)
{
	if (l->len != 5 || strncasecmp(l->text, "sep=", 4) != 0)
		return false;
	if (l->separator == '\0')
		l->separator = l->text[4];
	return true;
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
	cell += strspn(cell, " ");
	/* A no-break space, or another that is no ASCII. */
	len = strlen(cell);
	return len > 0 && ((cell[0] | cell[len - 1]) & 0x80) != 0 ? plain_trim(cell) : cell;
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
				l->fault = end == NULL ? "quotes that do not close" : "text behind quotes";
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
		return print_json_text(cell);
	if (is_form && strpbrk(cell, " |") == NULL && !is_mention(rb, cell))
		return print_json_text(cell);
	json_t *list = json_array();

	for (const char *at = cell; *at != '\0';) {
		size_t n = strcspn(at, " |");

		if (n > 0)
			json_array_append_new(list, json_stringn(at, n));
		at += n + strspn(at + n, " |");
	}
	return list;
}
