/* number_lines.c - the numbers of a file of oppositions; see number_lines.h. */
#include "ctl/input/number_lines.h"

#include "core/number/phone.h"
#include "core/text/reason.h"
#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS 6 /* a cell with so many is one that was meant as a number, or as data anyhow */

/* --- the header ------------------------------------------------------------------- */

/* Does a name say that numbers stand below it? Part of the word, in French and in English. */
static bool says_number(const char *name)
{
	static const char *const parts[] = { "phone",  "PHONE",      "Phone",      "tel",        "Tel",
		                             "TEL",    "t\xC3\xA9l", "T\xC3\xA9l", "T\xC3\x89L", "mobile",
		                             "Mobile", "MOBILE",     "portable",   "Portable",   "PORTABLE",
		                             "gsm",    "GSM",        "msisdn",     "MSISDN" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}

static size_t digits_of(const char *cell)
{
	size_t digits = 0;

	for (; *cell != '\0'; cell++)
		digits += *cell >= '0' && *cell <= '9';
	return digits;
}

/* A first line with words, and with nothing that could be a number. */
static bool is_header(const struct lines *l)
{
	bool words = false;

	for (size_t i = 0; i < l->cell_count; i++) {
		if (digits_of(l->cells[i]) >= NUMBER_DIGITS)
			return false;
		for (const char *c = l->cells[i]; *c != '\0'; c++)
			words =
			    words || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c & 0x80) != 0;
	}
	return words;
}

static void take_header(struct number_lines *n)
{
	const struct lines *l = n->lines;

	n->has_header = true;
	for (size_t i = 0; i < l->cell_count; i++) {
		if (*l->cells[i] == '\0')
			continue;
		n->names[i] = mem_copy(l->cells[i]);
		n->named[i] = says_number(l->cells[i]);
		if (n->named[i] && n->main < 0)
			n->main = (int)i;
	}
}

/* --- lines ------------------------------------------------------------------------ */

static bool read_number(struct number_lines *n, const char *cell, struct phone *ret)
{
	return phone_normalise(n->ctl->rulebook, cell, strlen(cell), ret) &&
	       phone_is_e164(ret->e164, strlen(ret->e164));
}

static void tell_cell(struct number_lines *n, size_t column)
{
	const char *cell = n->lines->cells[column], *hint = NULL;
	struct phone phone;

	phone_parse(n->ctl->rulebook, cell, strlen(cell), &phone, &hint);
	report_line(n->bad, n->lines, n->named[column] && (int)column != n->main ? n->names[column] : "",
	            reason_name(REASON_NUMBER_MALFORMED), cell,
	            hint != NULL ? hint : "expected a number that has an E.164 form");
}

/* The cell to name where a line has no number: of the column that has numbers, else the first with a text. */
static size_t cell_to_tell(const struct number_lines *n, size_t first)
{
	const struct lines *l = n->lines;

	return n->main >= 0 && (size_t)n->main < l->cell_count && *l->cells[n->main] != '\0' ? (size_t)n->main
	                                                                                     : first;
}

static void take_cells(struct number_lines *n)
{
	struct lines *l = n->lines;
	size_t found = 0, first = l->cell_count;
	struct phone phone;

	for (size_t i = 0; i < l->cell_count; i++) {
		if (*l->cells[i] == '\0')
			continue;
		first = first < i ? first : i;
		if (!read_number(n, l->cells[i], &phone))
			continue;
		found++;
		n->counts[i]++;
		if (n->main < 0)
			n->main = (int)i;
		n->take(n->arg, phone.e164);
	}
	if (first == l->cell_count)
		return; /* an empty line */
	if (found == 0) {
		tell_cell(n, cell_to_tell(n, first));
		return;
	}
	for (size_t i = 0; i < l->cell_count; i++)
		if (*l->cells[i] != '\0' && (n->named[i] || (int)i == n->main) &&
		    !read_number(n, l->cells[i], &phone))
			tell_cell(n, i);
}

void number_lines_read(struct number_lines *n)
{
	struct lines *l = n->lines;
	bool first = true;

	ctl_rulebook(n->ctl);
	n->main = -1;
	while (lines_next(l)) {
		if (l->fault == NULL && first && lines_take_separator(l))
			continue;
		if (!lines_cut(l)) {
			report_line(n->bad, l, "", "not readable", NULL, l->fault);
			continue;
		}
		bool empty = l->cell_count == 1 && *l->cells[0] == '\0';

		if (first && !empty && is_header(l))
			take_header(n);
		else
			take_cells(n);
		first = first && empty;
	}
}

/* --- what was found ------------------------------------------------------------------ */

size_t number_lines_columns(const struct number_lines *n)
{
	size_t count = 0;

	for (size_t i = 0; i < CELLS_MAX; i++)
		count += n->counts[i] > 0;
	return count;
}

json_t *number_lines_json(const struct number_lines *n)
{
	json_t *columns = json_object();
	char place[16], shown[SHOWN_TEXT];

	for (size_t i = 0; i < CELLS_MAX; i++) {
		if (n->counts[i] == 0)
			continue;
		snprintf(place, sizeof(place), "%zu", i + 1);
		const char *name = n->names[i] != NULL ? n->names[i] : place;

		json_object_set_new(columns, shown_masked(name, strlen(name), shown, sizeof(shown)),
		                    json_integer(n->counts[i]));
	}
	return columns;
}

void number_lines_tell(const struct number_lines *n)
{
	json_t *columns = number_lines_json(n), *count;
	char *said = mem_copy("");
	const char *name;

	json_object_foreach(columns, name, count)
	{
		char *longer = mem_format("%s%s%s (%" JSON_INTEGER_FORMAT ")", said,
		                          *said != '\0' ? ", " : "", name, json_integer_value(count));

		free(said);
		said = longer;
	}
	if (n->has_header)
		ctl_note(error_pick("%s:1: taken for a header, it has no number",
		                    "%s:1: prise pour un en-tête, car sans numéro"),
		         n->lines->name);
	if (number_lines_columns(n) > 1)
		ctl_note(error_pick("%s: numbers stand in %zu columns, and all of them are taken: %s",
		                    "%s: %zu colonnes ont des numéros, tous pris : %s"),
		         n->lines->name, number_lines_columns(n), said);
	free(said);
	json_decref(columns);
}

void number_lines_done(struct number_lines *n)
{
	for (size_t i = 0; i < CELLS_MAX; i++)
		free(n->names[i]);
}
