/* phone.c - telephone numbers as people write them, and what they are; see phone.h. */
#include "core/number/phone.h"

#include "core/number/place.h"
#include "core/number/prefix.h"
#include "core/text/shown.h"

#include <string.h>

#define E164_DIGITS_MAX 15
#define E164_DIGITS_MIN 7
#define WRITTEN_MAX 20 /* digits: an E.164 number behind a prefix such as "00" */

/* The digits of a number as somebody wrote it. */
struct written {
	char digits[WRITTEN_MAX];
	size_t count;
	bool plus;
};

/* Bytes of a separator at the start of a text: space, dot, dash, slash, bracket
 * and their Unicode kin (no-break and thin spaces, hyphens, invisible marks of
 * direction that come along when a contact is copied). 0: no separator. */
static size_t separator_len(const char *text, size_t len)
{
	const unsigned char *u = (const unsigned char *)text;

	if (strchr(" \t.-/()", text[0]) != NULL && text[0] != '\0')
		return 1;
	if (len >= 2 && u[0] == 0xC2 && u[1] == 0xA0)
		return 2;
	if (len >= 3 && u[0] == 0xE2 && u[1] == 0x80 &&
	    ((u[2] >= 0x80 && u[2] <= 0x95) || (u[2] >= 0xAA && u[2] <= 0xAF)))
		return 3;
	return 0;
}

static bool starts_with(const char *text, size_t len, const char *prefix, size_t *ret_len)
{
	size_t prefix_len = strlen(prefix);

	if (prefix_len == 0 || len < prefix_len || memcmp(text, prefix, prefix_len) != 0)
		return false;
	*ret_len = prefix_len;
	return true;
}

/* The length of "(0)" in "+33 (0)6": a digit that is only dialled inside the
 * country. 0 if it is not there, or if the number is written nationally. */
static size_t bracket_len(const struct numbering *n, const struct written *w, const char *text, size_t len)
{
	size_t trunk_len, prefix_len;

	if (!w->plus && !starts_with(w->digits, w->count, n->international, &prefix_len))
		return 0;
	if (w->count == 0 || !starts_with(text + 1, len - 1, n->trunk, &trunk_len) || 1 + trunk_len >= len ||
	    text[1 + trunk_len] != ')')
		return 0;
	return trunk_len + 2;
}

/* Returns NULL, or what is wrong. */
static const char *read_written(const struct numbering *n, const char *text, size_t len, struct written *ret)
{
	size_t i = 0, skip;

	ret->count = 0;
	ret->plus = false;
	while (i < len) {
		char c = text[i];
		if (c >= '0' && c <= '9') {
			if (ret->count == WRITTEN_MAX)
				return "too many digits";
			ret->digits[ret->count++] = c;
			i++;
		} else if (c == '+') {
			if (ret->plus || ret->count > 0)
				return "a plus stands only at the front";
			ret->plus = true;
			i++;
		} else if ((c == '(' && (skip = bracket_len(n, ret, text + i, len - i)) > 0) ||
		           (skip = separator_len(text + i, len - i)) > 0) {
			i += skip;
		} else {
			return "digits, spaces, dots, dashes, slashes and brackets only";
		}
	}
	return ret->count > 0 ? NULL : "no digits";
}

static enum reason reason_of_class(const struct rulebook *rb, const struct phone *phone)
{
	switch (phone->cls) {
	case NUMBER_FIXED:
	case NUMBER_MOBILE:
	case NUMBER_VOIP:
		return place_is_covered(rb, phone->territories) ? REASON_ALLOWED : REASON_NUMBER_NOT_COVERED;
	case NUMBER_FOREIGN:
		return REASON_NUMBER_NOT_COVERED;
	case NUMBER_UNASSIGNED:
		return REASON_NUMBER_MALFORMED;
	default:
		return REASON_NUMBER_CLASS;
	}
}

static const struct number_range *find_range(const struct numbering *n, const char *digits, size_t count)
{
	uint16_t found =
	    count == 0 || digits[0] == '0' ? PREFIX_NONE : prefix_tree_longest(n->range_tree, digits, count);
	return found == PREFIX_NONE ? NULL : &n->ranges[found];
}

/* A line that has two names is known under one, however it is written: lists, withdrawals and caps
 * know it by that. Puts the digits of that name into *digits, made in buf, and returns its range;
 * NULL if that is none either. */
static const struct number_range *name_line(const struct numbering *n, const struct number_range *range,
                                            const char **digits, size_t *count, char buf[PHONE_SIZE])
{
	size_t put_len = strlen(range->put + 1), rest = *count - range->drop;

	if (*count < range->drop || put_len + rest > E164_DIGITS_MAX)
		return NULL;
	memcpy(buf, range->put + 1, put_len);
	memcpy(buf + put_len, *digits + range->drop, rest);
	*digits = buf;
	*count = put_len + rest;
	range = find_range(n, buf, put_len + rest);
	return range != NULL && range->put == NULL ? range : NULL;
}

/* Judge the digits of an E.164 number. */
static enum reason parse_e164(const struct rulebook *rb, const char *digits, size_t count, struct phone *ret,
                              const char **ret_hint)
{
	const struct numbering *n = &rb->numbering;
	char named[PHONE_SIZE];

	if (count > E164_DIGITS_MAX) {
		*ret_hint = "too many digits";
		return REASON_NUMBER_MALFORMED;
	}
	const struct number_range *range = find_range(n, digits, count);
	if (range != NULL && range->put != NULL)
		range = name_line(n, range, &digits, &count, named);
	if (range == NULL) {
		*ret_hint = n->expected;
		return REASON_NUMBER_MALFORMED;
	}
	ret->cls = range->cls;
	if (range->hint != NULL)
		*ret_hint = range->hint;
	if (range->cls == NUMBER_UNASSIGNED)
		return REASON_NUMBER_MALFORMED;
	if (count < range->min_digits || count > range->max_digits) {
		*ret_hint = count < range->min_digits ? "too few digits" : "too many digits";
		ret->cls = NUMBER_UNASSIGNED;
		return REASON_NUMBER_MALFORMED;
	}
	ret->territories = range->territories;
	ret->e164[0] = '+';
	memcpy(ret->e164 + 1, digits, count);
	ret->e164[1 + count] = '\0';
	return reason_of_class(rb, ret);
}

static const struct national_prefix *find_national(const struct numbering *n, const struct written *w)
{
	char key[2 + WRITTEN_MAX];
	uint16_t found;

	key[0] = (char)('0' + w->count / 10);
	key[1] = (char)('0' + w->count % 10);
	memcpy(key + 2, w->digits, w->count);
	found = prefix_tree_longest(n->national_tree, key, 2 + w->count);
	return found == PREFIX_NONE ? NULL : &n->nationals[found];
}

/* A number as it is written inside the country. A short one, which has no E.164
 * form, puts its digits into short_digits. */
static enum reason parse_national(const struct rulebook *rb, const struct written *w, struct phone *ret,
                                  const char **ret_hint, char short_digits[PHONE_SIZE])
{
	const struct national_prefix *prefix = find_national(&rb->numbering, w);
	char digits[PHONE_SIZE + WRITTEN_MAX];

	if (prefix == NULL) {
		*ret_hint = rb->numbering.expected;
		return REASON_NUMBER_MALFORMED;
	}
	if (prefix->put[0] == '\0') {
		ret->cls = prefix->cls;
		memcpy(short_digits, w->digits, w->count);
		short_digits[w->count] = '\0';
		return reason_of_class(rb, ret);
	}
	size_t put_len = strlen(prefix->put + 1), rest = w->count - prefix->drop;
	if (put_len >= PHONE_SIZE)
		return REASON_NUMBER_MALFORMED;
	memcpy(digits, prefix->put + 1, put_len);
	memcpy(digits + put_len, w->digits + prefix->drop, rest);
	enum reason reason = parse_e164(rb, digits, put_len + rest, ret, ret_hint);
	if (prefix->also == 0 || ret->e164[0] == '\0')
		return reason;
	ret->territories |= prefix->also;
	return reason_of_class(rb, ret);
}

static enum reason parse_any(const struct rulebook *rb, const char *text, size_t len, struct phone *ret,
                             const char **ret_hint, char short_digits[PHONE_SIZE])
{
	struct written w;
	size_t skip = 0;

	ret->e164[0] = '\0';
	ret->cls = NUMBER_UNASSIGNED;
	ret->territories = 0;
	*ret_hint = NULL;
	const char *wrong = read_written(&rb->numbering, text, len, &w);
	if (wrong != NULL) {
		*ret_hint = wrong;
		return REASON_NUMBER_MALFORMED;
	}
	if (w.plus || starts_with(w.digits, w.count, rb->numbering.international, &skip))
		return parse_e164(rb, w.digits + skip, w.count - skip, ret, ret_hint);
	return parse_national(rb, &w, ret, ret_hint, short_digits);
}

enum reason phone_parse(const struct rulebook *rb, const char *text, size_t len, struct phone *ret,
                        const char **ret_hint)
{
	char short_digits[PHONE_SIZE];
	const char *hint;
	enum reason reason = parse_any(rb, text, len, ret, &hint, short_digits);

	if (ret_hint != NULL)
		*ret_hint = hint;
	return reason;
}

bool phone_normalise(const struct rulebook *rb, const char *text, size_t len, struct phone *ret)
{
	char short_digits[PHONE_SIZE] = "";
	const char *hint;
	struct phone phone;

	if (parse_any(rb, text, len, &phone, &hint, short_digits) == REASON_NUMBER_MALFORMED)
		return false;
	if (phone.e164[0] == '\0')
		memcpy(phone.e164, short_digits, sizeof(phone.e164));
	*ret = phone;
	return true;
}

bool phone_is(const struct rulebook *rb, const char *e164, const char *text, size_t len)
{
	struct phone phone;
	if (len == strlen(e164) && memcmp(text, e164, len) == 0)
		return true;
	/* What is written in full and differs may be another name of the line. */
	return phone_normalise(rb, text, len, &phone) && strcmp(phone.e164, e164) == 0;
}

char *phone_mask(const char *number, char buf[PHONE_MASK_SIZE])
{
	size_t len = strlen(number), most = SHOWN_DIGITS;

	if (len >= PHONE_SIZE) /* no number at all: show nothing of it */
		number = "0000", len = 4;
	else if (phone_is_e164(number, len)) /* the digits of the country come to them */
		most += strncmp(number, "+33", 3) == 0 ? 1 : 2;
	return shown_number(number, len, most, buf, PHONE_MASK_SIZE);
}

bool phone_is_e164(const char *text, size_t len)
{
	if (len < 1 + E164_DIGITS_MIN || len > 1 + E164_DIGITS_MAX || text[0] != '+' || text[1] == '0')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

const struct caller_id_range *phone_caller_id_range(const struct rulebook *rb, const char *e164)
{
	const struct caller_id_range *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < rb->caller_id_count; i++) {
		size_t len = strlen(rb->caller_ids[i].prefix);
		if (strncmp(e164, rb->caller_ids[i].prefix, len) == 0 && (best == NULL || len > best_len)) {
			best = &rb->caller_ids[i];
			best_len = len;
		}
	}
	return best;
}
