/* cell_meaning.c - see cell_meaning.h.
 *
 * Of a local time that comes twice, on the last Sunday of October, the stricter one is taken. A consent that was
 * collected earlier ends earlier, and lifts fewer objections; what ends, ends at the first of the two; what may
 * begin, begins at the second. */
#include "ctl/enqueue/cell_meaning.h"

#include "core/number/phone.h"
#include "core/text/plain.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char instant_hint[] = "expected a date and a time, such as 18/04/2026 13:37";
static const char date_hint[] = "expected a date, such as 31/08/2027";
static const char two_hint[] = "it may be two dates: --dates dmy or --dates mdy says which";
static const char skipped_hint[] = "the clocks skipped that hour: it never was";
static const char word_hint[] = "this word has no value: --word gives it one";
static const char empty_hint[] = "it is empty, and --word gives that no value";

/* Room for what is made of a row's cells. */
static char *put(struct intake *in, const char *text)
{
	char *at = in->made + in->made_len;
	size_t len = strlen(text);

	if (in->made_len + len + 1 > sizeof(in->made))
		return NULL;
	memcpy(at, text, len + 1);
	in->made_len += len + 1;
	return at;
}

/* --- numbers --------------------------------------------------------------------------- */

/* The zero that a spreadsheet took from a number or a code. */
static bool lost_zero(const struct intake *in, const char *field, const char *cell)
{
	size_t digits = strspn(cell, "0123456789");

	if (!in->rules.excel_zero || cell[digits] != '\0' || cell[0] == '0')
		return false;
	return (digits == 9 && strcmp(field, "to") == 0) ||
	       (digits == 4 && (strcmp(field, "postcode") == 0 || strcmp(field, "insee") == 0));
}

/* A country code at the beginning, and nothing before it. */
static bool lost_plus(const struct intake *in, const char *cell)
{
	size_t digits = 0;

	if (!in->rules.plus || *cell < '1' || *cell > '9')
		return false;
	for (; *cell != '\0'; cell++) {
		if (*cell >= '0' && *cell <= '9')
			digits++;
		else if (plain_blank(cell) == 0 && strchr(".-/()", *cell) == NULL && (*cell & 0x80) == 0)
			return false;
	}
	return digits > 9;
}

/* What a spreadsheet put before it, or took from it. NULL: no room. */
static const char *number_meant(struct intake *in, const char *field, const char *cell)
{
	char longer[64];

	/* An apostrophe tells a spreadsheet that a text follows. */
	if (*cell == '\'' && (cell[1] == '+' || (cell[1] >= '0' && cell[1] <= '9')))
		cell++;
	bool zero = lost_zero(in, field, cell),
	     plus = !zero && strcmp(field, "to") == 0 && lost_plus(in, cell);

	if ((!zero && !plus) || strlen(cell) + 2 > sizeof(longer))
		return cell;
	snprintf(longer, sizeof(longer), "%c%s", zero ? '0' : '+', cell);
	return put(in, longer);
}

static bool is_callable(const struct rulebook *rb, const char *number)
{
	struct phone phone;
	const char *hint;

	return phone_parse(rb, number, strlen(number), &phone, &hint) == REASON_ALLOWED;
}

bool cell_is_number(const struct intake *in, const char *cell)
{
	char longer[64];

	if (is_callable(in->rb, cell))
		return true;
	/* Without its zero or its plus it is one as well: what is told of the column is that it has numbers. */
	if (*cell < '1' || *cell > '9' || strlen(cell) + 2 > sizeof(longer))
		return false;
	snprintf(longer, sizeof(longer), "+%s", cell);
	if (is_callable(in->rb, longer))
		return true;
	longer[0] = '0';
	return is_callable(in->rb, longer);
}

/* The first of the columns whose number may be called, else the first that has something, moves to the first. */
static void choose_number(struct intake *in)
{
	const struct heads *h = &in->heads;
	char **cells = in->lines->cells;
	size_t chosen = h->numbers[0];

	for (size_t i = h->number_count; i-- > 0;)
		if (*cells[h->numbers[i]] != '\0')
			chosen = h->numbers[i];
	for (size_t i = h->number_count; i-- > 0;) {
		size_t used = in->made_len;
		const char *number = number_meant(in, "to", cells[h->numbers[i]]);

		if (number != NULL && is_callable(in->rb, number))
			chosen = h->numbers[i];
		in->made_len = used;
	}
	in->number = number_meant(in, "to", cells[chosen]);
	in->number_column = chosen;
}

/* --- words ------------------------------------------------------------------------------ */

/* The value of a word; NULL: it has none. As it is written first, then whatever its case and accents. */
static const char *value_of_word(const struct heads *h, size_t column, const char *cell)
{
	char plain[80], other[80];

	for (size_t i = 0; i < h->word_count; i++)
		if (h->words[i].column == column && strcmp(h->words[i].text, cell) == 0)
			return h->words[i].value;
	plain_name(cell, plain, sizeof(plain));
	for (size_t i = 0; plain[0] != '\0' && i < h->word_count; i++)
		if (h->words[i].column == column &&
		    strcmp(plain_name(h->words[i].text, other, sizeof(other)), plain) == 0)
			return h->words[i].value;
	return NULL;
}

/* --- dates ------------------------------------------------------------------------------- */

/* A field that may be a date alone. */
static bool may_be_date(const char *field)
{
	return strcmp(field, "collected_at") == 0 || strcmp(field, "until") == 0;
}

/* What a date means as a value of that field. NULL with the hint. */
static const char *date_meant(struct intake *in, const char *field, enum spelled_order order,
                              const char *cell, const char **ret_hint)
{
	char text[SPELLED_INSTANT_SIZE];
	struct spelled s;
	int64_t ms;
	int32_t date;

	if (civil_parse_instant(cell, strlen(cell), &ms) ||
	    (may_be_date(field) && civil_parse_date(cell, strlen(cell), &date)))
		return cell;
	if (!spelled_parse(cell, order, &s)) {
		*ret_hint = spelled_fit(cell) == SPELLED_TWO_DATES ? two_hint
		            : strcmp(field, "until") == 0          ? date_hint
		                                                   : instant_hint;
		return NULL;
	}
	/* A sheet has midnight for a date without a time of day. */
	if (s.second == 0 && bytes_is_sheet(in->lines->bytes))
		s.second = -1;
	if (s.second < 0 && may_be_date(field))
		return put(in, civil_format_date(s.date, text));
	if (s.second < 0 && strcmp(field, "slot") == 0) {
		*ret_hint = instant_hint;
		return NULL;
	}
	/* A day begins at 00:00, and what is not after a day ends there. */
	if (s.second < 0)
		s.second = 0;
	if (!spelled_instant(&s, in->zone, strcmp(field, "not_before") == 0 ? SPELLED_SECOND : SPELLED_FIRST,
	                     &ms)) {
		*ret_hint = skipped_hint;
		return NULL;
	}
	return put(in, spelled_format(ms, in->zone, text));
}

/* --- a row --------------------------------------------------------------------------------- */

static bool is_value(struct intake *in, const struct head *h, const char **cell, const char **ret_hint)
{
	size_t column = (size_t)(h - in->heads.list);
	const char *made = *cell;

	*ret_hint = "";
	if (h->has_words) {
		made = value_of_word(&in->heads, column, made);
		*ret_hint = **cell == '\0' ? empty_hint : word_hint;
	} else if (*made != '\0' && h->is_date) {
		made = date_meant(in, h->field, h->order, made, ret_hint);
	} else if (*made != '\0' && h->kind == HEAD_FIELD && strcmp(h->field, "id") != 0) {
		made = number_meant(in, h->field, made);
	}
	if (made == NULL)
		return false;
	if (h->kind == HEAD_FIELD || h->kind == HEAD_CONSENT)
		*cell = made;
	return true;
}

bool cells_read(struct intake *in, struct cell_fault *ret)
{
	char **cells = in->lines->cells;

	in->made_len = 0;
	choose_number(in);
	for (size_t i = 0; i < in->heads.count; i++) {
		const struct head *h = &in->heads.list[i];
		const char *cell = cells[i];

		if (!is_value(in, h, &cell, &ret->hint)) {
			ret->value = cells[i];
			ret->field = h->field != NULL ? h->field : h->name;
			if (h->kind == HEAD_CONSENT) {
				snprintf(ret->name, sizeof(ret->name), "consent.%s", h->field);
				ret->field = ret->name;
			}
			ret->column = h->name;
			return false;
		}
		cells[i] = (char *)(uintptr_t)cell;
	}
	return true;
}

void constants_read(struct intake *in)
{
	for (size_t i = 0; i < in->heads.constant_count; i++) {
		struct constant *c = &in->heads.constants[i];
		struct head probe = { 0 };
		char field[48];
		const char *hint = "";

		snprintf(field, sizeof(field), "%s%s", c->kind == HEAD_CONSENT ? "consent." : "", c->field);
		heads_give(&probe, field);
		if (!probe.is_date)
			continue;
		if (in->rules.dates == NULL && spelled_fit(c->value) == SPELLED_TWO_DATES)
			ctl_misuse(
			    in->ctl,
			    error_pick(
				"--set %s=%s may be two dates: say --dates dmy or --dates mdy",
				"--set %s=%s peut être deux dates : préciser --dates dmy ou --dates mdy"),
			    field, c->value);
		bool month = in->rules.dates != NULL ? strcmp(in->rules.dates, "mdy") == 0
		                                     : spelled_fit(c->value) == SPELLED_ONLY_MONTH_FIRST;

		in->made_len = 0;
		const char *made = date_meant(in, c->field, month ? SPELLED_MONTH_FIRST : SPELLED_DAY_FIRST,
		                              c->value, &hint);

		if (made == NULL)
			ctl_misuse(in->ctl, error_pick("--set %s=%s: %s", "--set %s=%s : %s"), field,
			           c->value, hint);
		char *copy = mem_copy(made);

		free(c->value);
		c->value = copy;
	}
}
