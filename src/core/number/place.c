/* place.c - where a callee may be; see place.h. */
#include "core/number/place.h"

#include <assert.h>
#include <string.h>

char *place_name(const struct rulebook *rb, uint32_t place, char buf[PLACE_NAME_SIZE])
{
	size_t used = 0;

	for (size_t i = 0; i < rb->territory_count; i++) {
		if ((place & TERRITORY_BIT(i)) == 0)
			continue;
		size_t len = strlen(rb->territories[i].name);
		assert(used + len + 2 <= PLACE_NAME_SIZE); /* the loader sees to it that all fit */
		if (used > 0)
			buf[used++] = '+';
		memcpy(buf + used, rb->territories[i].name, len);
		used += len;
	}
	buf[used] = '\0';
	return buf;
}

static bool find_territory(const struct rulebook *rb, const char *name, size_t len, uint32_t *ret_bit)
{
	for (size_t i = 0; i < rb->territory_count; i++) {
		const char *known = rb->territories[i].name;
		if (strlen(known) == len && memcmp(known, name, len) == 0) {
			*ret_bit = TERRITORY_BIT(i);
			return true;
		}
	}
	return false;
}

bool place_parse(const struct rulebook *rb, const char *name, size_t len, uint32_t *ret_place)
{
	uint32_t place = 0;
	const char *end = name + len;

	for (;;) {
		const char *plus = memchr(name, '+', (size_t)(end - name));
		const char *stop = plus != NULL ? plus : end;
		uint32_t bit;
		if (!find_territory(rb, name, (size_t)(stop - name), &bit) || (place & bit) != 0)
			return false;
		place |= bit;
		if (plus == NULL)
			break;
		name = plus + 1;
	}
	*ret_place = place;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* --- codes of addresses -------------------------------------------------------------- */

#define CODE_MAX 16

/* Bytes of what people put between the characters of a code: a space, a no-break or thin
 * one, a dash or a dot. 0: none of these. */
static size_t separator_len(const char *text, size_t len)
{
	const unsigned char *u = (const unsigned char *)text;

	if (text[0] == ' ' || text[0] == '\t' || text[0] == '-' || text[0] == '.')
		return 1;
	if (len >= 2 && u[0] == 0xC2 && u[1] == 0xA0)
		return 2;
	return len >= 3 && u[0] == 0xE2 && u[1] == 0x80 && ((u[2] >= 0x80 && u[2] <= 0x95) || u[2] == 0xAF)
	           ? 3
	           : 0;
}

static bool begins_with(const char *text, const char *with)
{
	return with[0] != '\0' && strncmp(text, with, strlen(with)) == 0;
}

/* Take away what may stand before and after the code itself. */
static const char *bare_code(const struct rulebook *rb, char *code)
{
	for (size_t i = 0; i < rb->code_after_count; i++) {
		char *after = strstr(code, rb->code_after[i]);
		if (after != NULL && after > code)
			*after = '\0';
	}
	for (size_t i = 0; i < rb->code_before_count; i++) {
		const char *rest = code + strlen(rb->code_before[i]);
		if (begins_with(code, rb->code_before[i]) && is_digit(rest[0]))
			return rest;
	}
	return code;
}

/* The characters of a code alone, in capitals. Returns false if there are others. */
static bool read_code(const char *text, size_t len, char ret[CODE_MAX * 2 + 1])
{
	size_t used = 0, skip;

	for (size_t i = 0; i < len;) {
		if ((skip = separator_len(text + i, len - i)) > 0) {
			i += skip;
			continue;
		}
		if ((!is_digit(text[i]) && !is_letter(text[i])) || used == CODE_MAX * 2)
			return false;
		ret[used++] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
		i++;
	}
	ret[used] = '\0';
	return true;
}

struct address_plan {
	const struct address_prefix *prefixes;
	size_t count, length;
	bool letters; /* besides those of a prefix */
};

/* What follows the prefix is digits, or letters too where codes have them. */
static bool may_be_code(const struct address_plan *plan, const char *code, size_t prefix_len)
{
	for (size_t i = prefix_len; i < plan->length; i++)
		if (!is_digit(code[i]) && !plan->letters)
			return false;
	return true;
}

static enum address find_address(const struct rulebook *rb, const struct address_plan *plan, const char *text,
                                 size_t len, uint32_t *ret_place)
{
	const struct address_prefix *best = NULL;
	char written[CODE_MAX * 2 + 1];
	size_t best_len = 0;

	if (text == NULL)
		return ADDRESS_NONE;
	if (plan->length == 0 || !read_code(text, len, written))
		return ADDRESS_MALFORMED;
	const char *code = bare_code(rb, written);
	if (strlen(code) != plan->length)
		return ADDRESS_MALFORMED;
	for (size_t i = 0; i < plan->count; i++) {
		size_t prefix_len = strlen(plan->prefixes[i].prefix);
		if (begins_with(code, plan->prefixes[i].prefix) && (best == NULL || prefix_len > best_len)) {
			best = &plan->prefixes[i];
			best_len = prefix_len;
		}
	}
	if (!may_be_code(plan, code, best_len))
		return ADDRESS_MALFORMED;
	if (best == NULL)
		return ADDRESS_UNKNOWN;
	if (best->territories == 0)
		return ADDRESS_ELSEWHERE;
	*ret_place = best->territories;
	return ADDRESS_KNOWN;
}

enum address place_of_postcode(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place)
{
	struct address_plan plan = { rb->postcodes, rb->postcode_count, (size_t)rb->postcode_length,
		                     rb->postcode_letters };

	return find_address(rb, &plan, code, len, ret_place);
}

enum address place_of_insee(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place)
{
	struct address_plan plan = { rb->insee, rb->insee_count, (size_t)rb->insee_length, false };

	return find_address(rb, &plan, code, len, ret_place);
}

uint32_t place_join(uint32_t by_number, uint32_t by_postcode, uint32_t by_insee)
{
	uint32_t all = by_number | by_postcode | by_insee, both = by_number;

	if (by_postcode != 0)
		both &= by_postcode;
	if (by_insee != 0)
		both &= by_insee;
	return both != 0 ? both : all;
}

enum address place_of_callee(const struct rulebook *rb, uint32_t by_number, const char *postcode,
                             const char *insee, uint32_t *ret_place, const char **ret_field)
{
	uint32_t by_postcode = 0, by_insee = 0;
	enum address p =
	    place_of_postcode(rb, postcode, postcode != NULL ? strlen(postcode) : 0, &by_postcode);
	enum address i = place_of_insee(rb, insee, insee != NULL ? strlen(insee) : 0, &by_insee);

	*ret_place = 0;
	*ret_field = NULL;
	if (p == ADDRESS_MALFORMED || i == ADDRESS_MALFORMED) {
		*ret_field = p == ADDRESS_MALFORMED ? "postcode" : "insee";
		return ADDRESS_MALFORMED;
	}
	uint32_t place = place_join(by_number, by_postcode, by_insee);

	if (p == ADDRESS_ELSEWHERE || i == ADDRESS_ELSEWHERE || !place_is_covered(rb, place))
		return ADDRESS_ELSEWHERE;
	if (p == ADDRESS_UNKNOWN || i == ADDRESS_UNKNOWN) {
		*ret_field = p == ADDRESS_UNKNOWN ? "postcode" : "insee";
		*ret_place = place_anywhere(rb);
		return ADDRESS_UNKNOWN;
	}
	*ret_place = place;
	return ADDRESS_KNOWN;
}

const char *place_expected(const char *field)
{
	return strcmp(field, "postcode") == 0 ? "expected a postcode of a territory in the rulebook"
	                                      : "expected the INSEE code of a commune in the rulebook";
}

uint32_t place_anywhere(const struct rulebook *rb)
{
	uint32_t place = 0;

	for (size_t i = 0; i < rb->territory_count; i++)
		place |= TERRITORY_BIT(i);
	return place;
}

bool place_is_covered(const struct rulebook *rb, uint32_t place)
{
	if (place == 0)
		return false;
	for (size_t i = 0; i < rb->territory_count; i++) {
		if ((place & TERRITORY_BIT(i)) != 0 && !rb->territories[i].covered)
			return false;
	}
	return true;
}
