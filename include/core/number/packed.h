/* packed.h - a scrub list as Redis keeps it: a hash of buckets, two bytes a number.
 *
 * A bucket has the numbers that share all but their lowest eleven bits; its field is what they share, in
 * decimal. A number's mark in it is two bytes: 128 and the upper four of those bits, then the lower seven.
 * Since only a first byte is above 127, a search for a mark finds no half of two others. Five million
 * members take 16 MB so, as members of a set 341. src/lua/06_lists.lua reads the same. Pure. */
#ifndef LICET_CORE_NUMBER_PACKED_H
#define LICET_CORE_NUMBER_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKED_SPAN 2048 /* numbers that share a bucket */
#define PACKED_MARK 2    /* bytes of one */

struct packed_slot {
	char field[24]; /* of the hash, NUL-terminated */
	char mark[PACKED_MARK];
};

/* The digits of an E.164 number with the plus, at most 15. Returns false for anything else. */
bool packed_number(const char *e164, uint64_t *ret);
/* Where a number stands. */
void packed_slot_of(uint64_t number, struct packed_slot *ret);
/* Is that mark in a bucket of len bytes? NULL: there is no such bucket. */
bool packed_has(const char *bucket, size_t len, const struct packed_slot *slot);
/* Sort numbers, and leave out what stands twice. Returns how many are left. */
size_t packed_sort(uint64_t *numbers, size_t count);
/* The first bucket of sorted numbers: its marks into ret, of PACKED_SPAN * PACKED_MARK bytes. Returns how
 * many of the numbers it took; count is at least 1. */
size_t packed_bucket(const uint64_t *numbers, size_t count, char *ret);

#endif
