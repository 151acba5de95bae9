/* shown.c - makes texts of others fit to be shown; see shown.h. */
#include "core/text/shown.h"

#include "core/text/utf8.h"

#include <stdint.h>
#include <string.h>

static const char dot[] = "•";

#define DIGITS_HIDDEN 4
#define HIDDEN_FROM 7 /* fewer digits in a text are no number of a person, but a date or a code */
#define DATE_DIGITS 8
#define NUMBER_FROM 8 /* fewer digits of a number are hidden whole: the rest would give them away */

/* --- characters -------------------------------------------------------------------- */

/* Those behind U+007F that may not be shown, as ranges. */
static const struct {
	uint32_t first, last;
} foul[] = { { 0x80, 0x9F },     { 0xAD, 0xAD },      { 0x61C, 0x61C },   { 0x200B, 0x200B },
	     { 0x200E, 0x200F }, { 0x2028, 0x202E },  { 0x2060, 0x206F }, { 0xFEFF, 0xFEFF },
	     { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F } };

/* Where the ten digits of other scripts begin that a person would read, or dial, as one. */
static const uint32_t zeros[] = { 0x660,  0x6F0,  0x7C0,  0x966,   0x9E6,   0xE50,   0x2080,  0x2070,
	                          0x2460, 0x2776, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6 };

static uint32_t code_of(const char *p, size_t len)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t code = len == 1 ? u[0] : u[0] & (0xFFU >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (u[i] & 0x3F);
	return code;
}

size_t shown_character(const char *p, size_t left, bool *ret_plain)
{
	int len = utf8_len(p, left);

	if (len <= 0) {
		*ret_plain = false;
		return 1;
	}
	uint32_t code = code_of(p, (size_t)len);

	*ret_plain = code >= 0x20 && code != 0x7F;
	for (size_t i = 0; code > 0x7F && i < sizeof(foul) / sizeof(foul[0]); i++)
		if (code >= foul[i].first && code <= foul[i].last)
			*ret_plain = false;
	return (size_t)len;
}

bool shown_is_plain(const char *text, size_t len)
{
	bool plain = true;

	for (size_t at = 0; at < len && plain;)
		at += shown_character(text + at, len - at, &plain);
	return plain;
}

char *shown_clean(char *text)
{
	size_t len = strlen(text), kept = 0;

	for (size_t at = 0; at < len;) {
		bool plain;
		size_t n = shown_character(text + at, len - at, &plain);

		if (plain)
			memmove(text + kept, text + at, n);
		else
			text[kept] = '?';
		kept += plain ? n : 1;
		at += n;
	}
	text[kept] = '\0';
	return text;
}

/* --- numbers ----------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_foreign_digit(const char *p, size_t len)
{
	uint32_t code = len > 1 ? code_of(p, len) : 0;

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (code >= zeros[i] && code < zeros[i] + 10)
			return true;
	return false;
}

/* How many bytes of what may stand between the digits of one number are at p; 0: none. */
static size_t between(const char *p, size_t left)
{
	if (strchr(" .-/()\t\r\n_,:;", *p) != NULL)
		return 1;
	if (left >= 2 && memcmp(p, "\xC2\xA0", 2) == 0) /* blanks that do not break */
		return 2;
	if (left >= 3 && (memcmp(p, "\xE2\x80\xAF", 3) == 0 || memcmp(p, "\xE2\x80\x89", 3) == 0 ||
	                  memcmp(p, "\xE2\x80\x91", 3) == 0 || memcmp(p, "\xE2\x80\x93", 3) == 0))
		return 3;
	return 0;
}

/* How many digits the run has that begins at p. */
static size_t digits_of_run(const char *p, size_t left)
{
	size_t digits = 0;

	for (size_t at = 0; at < left;) {
		size_t step = is_digit(p[at]) ? 1 : between(p + at, left - at);

		if (step == 0)
			break;
		digits += is_digit(p[at]);
		at += step;
	}
	return digits;
}

/* What is done to a text. */
struct how {
	bool number; /* it is one: letters are question marks, fewer than eight digits are hidden whole */
	size_t shown_most; /* digits of a run */
};

static size_t shown_of(const struct how *how, size_t digits)
{
	size_t shown = digits > DIGITS_HIDDEN ? digits - DIGITS_HIDDEN : 0;

	if (digits < (how->number ? NUMBER_FROM : HIDDEN_FROM))
		return how->number ? 0 : digits;
	return shown < how->shown_most ? shown : how->shown_most;
}

/* Is p as a form has it, d for a digit, and no digit behind? */
static bool is_as(const char *p, size_t left, const char *form)
{
	size_t len = strlen(form);

	if (left < len || (left > len && is_digit(p[len])))
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == 'd' ? !is_digit(p[i]) : p[i] != form[i])
			return false;
	return true;
}

/* "2026-11-24"; or "24/11/2026" and "24/11/2026 13:37" where no other digits are near: no number of anybody's. Returns
 * how many digits it has, 0: it is none. */
static size_t date_digits(const char *p, size_t left, size_t digits)
{
	static const char *const forms[] = { "dd/dd/dddd", "dd/dd/dddd dd:dd", "dd/dd/dddd dd:dd:dd",
		                             "dddd-dd-dd dd:dd", "dddd-dd-dd dd:dd:dd" };
	static const size_t of_form[] = { DATE_DIGITS, DATE_DIGITS + 4, DATE_DIGITS + 6, DATE_DIGITS + 4,
		                          DATE_DIGITS + 6 };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (digits == of_form[i] && is_as(p, left, forms[i]))
			return digits;
	return is_as(p, left, "dddd-dd-dd") ? DATE_DIGITS : 0;
}

/* What stands for the character at p, which is no digit of ours. */
static const char *stand_in(const struct how *how, const char *p, size_t len, bool plain)
{
	if (plain && is_foreign_digit(p, len))
		return dot;
	if (how->number)
		plain = strchr("+ .-/()", *p) != NULL;
	return plain ? NULL : "?";
}

static char *mask(const struct how *how, const char *text, size_t len, char *buf, size_t size)
{
	size_t used = 0, shown = 0;
	bool in_run = false;

	for (size_t at = 0; at < len;) {
		bool plain, digit = is_digit(text[at]);
		size_t n = shown_character(text + at, len - at, &plain);
		const char *instead;

		if (digit && !in_run) {
			size_t digits = digits_of_run(text + at, len - at);

			shown = shown_of(how, digits);
			size_t of_date = !how->number ? date_digits(text + at, len - at, digits) : 0;

			shown = of_date > 0 ? of_date : shown;
		}
		in_run = digit || (in_run && between(text + at, len - at) > 0);
		if (digit) {
			instead = shown > 0 ? NULL : dot;
			shown -= shown > 0;
		} else {
			instead = stand_in(how, text + at, n, plain);
		}
		size_t put = instead != NULL ? strlen(instead) : n;

		if (used + put >= size)
			break;
		memcpy(buf + used, instead != NULL ? instead : text + at, put);
		used += put;
		at += n;
	}
	buf[used] = '\0';
	return buf;
}

char *shown_masked(const char *text, size_t len, char *buf, size_t size)
{
	return mask(&(struct how){ .shown_most = SHOWN_DIGITS }, text, len, buf, size);
}

char *shown_number(const char *number, size_t len, size_t most, char *buf, size_t size)
{
	return mask(&(struct how){ .number = true, .shown_most = most }, number, len, buf, size);
}

/* Is p, with before in front of it, where a number as people write it begins? Returns its digits. */
static size_t number_at(char before, const char *p)
{
	bool plus = *p == '+';
	size_t digits = strspn(p + plus, "0123456789");
	char behind = p[plus + digits];
	bool inside = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
	              is_digit(before) || strchr("._:-+", before) != NULL;

	if (plus)
		return digits >= 9 && digits <= 15 ? digits : 0;
	if ((before != '\0' && inside) || digits != 10 || p[0] != '0' || p[1] == '0')
		return 0;
	return (behind >= 'a' && behind <= 'z') || (behind >= 'A' && behind <= 'Z') || behind == '_' ? 0
	                                                                                             : digits;
}

void shown_hide_numbers(char *line)
{
	char before = '\0';

	for (char *p = line; *p != '\0';) {
		size_t digits = *p == '+' || *p == '0' ? number_at(before, p) : 0;

		if (digits > 0) {
			size_t plus = *p == '+', shown = plus ? digits - DIGITS_HIDDEN : SHOWN_DIGITS;

			shown = shown > SHOWN_DIGITS + 1 ? SHOWN_DIGITS + 1 : shown;
			memset(p + plus + shown, '*', digits - shown);
			p += plus + digits;
		} else {
			p++;
		}
		before = p[-1];
	}
}

char *shown_id(const char *id, char *buf, size_t size)
{
	size_t len = strlen(id) < size ? strlen(id) : size - 1;

	memcpy(buf, id, len);
	buf[len] = '\0';
	shown_hide_numbers(shown_clean(buf));
	return buf;
}
