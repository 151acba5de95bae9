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

/* What an address says: the longest matching prefix. Returns false if the code
 * is not of the right shape or unknown. */
bool place_of_postcode(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place);
bool place_of_insee(const struct rulebook *rb, const char *code, size_t len, uint32_t *ret_place);

/* Join what the number says with what the address says (0: no address): the
 * address narrows when it agrees, else both are united. */
uint32_t place_join(uint32_t by_number, uint32_t by_address);

/* True if every territory of the place has rules that somebody wrote. */
bool place_is_covered(const struct rulebook *rb, uint32_t place);

#endif
