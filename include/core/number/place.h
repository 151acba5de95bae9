/* place.h - where a callee may be: a set of territories.
 *
 * A place's name is its territories joined by "+", in the rulebook's order. */
#ifndef LICET_CORE_NUMBER_PLACE_H
#define LICET_CORE_NUMBER_PLACE_H

#include "core/law/rulebook.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACE_NAME_SIZE 512

/* Write a place's name; an empty set gives "". Returns buf. */
char *place_name(const struct rulebook *rb, uint32_t place, char buf[PLACE_NAME_SIZE]);

/* Read a place's name, in any order of territories. Returns false for an
 * unknown or repeated territory or an empty name. */
bool place_parse(const struct rulebook *rb, const char *name, size_t len, uint32_t *ret_place);

/* What the code of an address says. */
enum address {
	ADDRESS_NONE,      /* no code was given */
	ADDRESS_MALFORMED, /* it cannot be one: too long, too short, not these characters */
	ADDRESS_UNKNOWN,   /* it may be one, and nobody knows of where: it could be anywhere */
	ADDRESS_ELSEWHERE, /* of another country, or of a territory without rules */
	ADDRESS_KNOWN      /* of the territories in *ret_place */
};

/* Read a code as people write it: with spaces, dashes and small letters, with what the
 * rulebook says may stand before ("F-") and after ("CEDEX 08"). The longest matching prefix
 * tells where it is. *ret_place is left alone unless it is known. code may be NULL. */
enum address place_of_postcode(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place);
enum address place_of_insee(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place);

/* Join what the number says with what the codes say (0: none was given). Codes that agree
 * with each other and with the number narrow; what contradicts is united with all the rest. */
uint32_t place_join(uint32_t by_number, uint32_t by_postcode, uint32_t by_insee);

/* Where a callee is, by the territories of the number (0: none) and the codes of the address (NULL: not
 * given). Returns ADDRESS_KNOWN and the place; ADDRESS_UNKNOWN and everywhere, since nobody knows where a
 * code is; ADDRESS_ELSEWHERE and 0: somewhere no rule is written for; ADDRESS_MALFORMED and 0.
 * *ret_field is "postcode" or "insee", whichever is unknown or malformed; else NULL. */
enum address place_of_callee(const struct rulebook *rb, uint32_t by_number, const char *postcode,
                             const char *insee, uint32_t *ret_place, const char **ret_field);

/* What was expected of that field, "postcode" or "insee", where it is malformed. */
const char *place_expected(const char *field);

/* Every territory of the rulebook: where somebody is of whose address nothing is known. */
uint32_t place_anywhere(const struct rulebook *rb);

/* True if every territory of the place has rules that somebody wrote. */
bool place_is_covered(const struct rulebook *rb, uint32_t place);

#endif
