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

/* What follows the prefix is digits, or letters too where codes have them. */
static bool find_prefix(const struct address_prefix *prefixes, size_t count, bool letters, const char *code,
                        size_t len, uint32_t *ret_place)
{
	const struct address_prefix *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < count; i++) {
		size_t prefix_len = strlen(prefixes[i].prefix);
		if (prefix_len <= len && memcmp(prefixes[i].prefix, code, prefix_len) == 0 &&
		    (best == NULL || prefix_len > best_len)) {
			best = &prefixes[i];
			best_len = prefix_len;
		}
	}
	if (best == NULL)
		return false;
	for (size_t i = best_len; i < len; i++) {
		if (!is_digit(code[i]) && !(letters && is_letter(code[i])))
			return false;
	}
	*ret_place = best->territories;
	return true;
}

bool place_of_postcode(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place)
{
	return rb->postcode_length > 0 && len == (size_t)rb->postcode_length &&
	       find_prefix(rb->postcodes, rb->postcode_count, rb->postcode_letters, code, len, ret_place);
}

bool place_of_insee(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place)
{
	return rb->insee_length > 0 && len == (size_t)rb->insee_length &&
	       find_prefix(rb->insee, rb->insee_count, false, code, len, ret_place);
}

uint32_t place_join(uint32_t by_number, uint32_t by_address)
{
	uint32_t both = by_number & by_address;

	if (by_address == 0)
		return by_number;
	return both != 0 ? both : by_number | by_address;
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
