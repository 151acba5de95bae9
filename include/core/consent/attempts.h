/* attempts.h - when a number or a person was called lately.
 *
 * A value is two bytes an attempt, oldest first: the day since 2000, big endian, and in its highest bit
 * whether the person was reached. Who reads one asks attempts_day() and attempts_reached(). A day d counts while today - d <= days (D223-9: thirty calendar
 * days, sliding).
 *
 * In Redis the values of all numbers and persons of an advertiser stand in one hash of
 * at most 65,536 fields, each a bucket of many: a field of its own for each would take
 * five times the memory. A bucket is a row of records, a record is a mark of five bytes
 * from 128 up and then two bytes below 128 for each attempt, so that a mark is found by
 * plain search and the attempts end where the next mark begins. src/lua/00_common.lua
 * reads and writes the same. That a call reached somebody takes no byte more. */
#ifndef LICET_CORE_CONSENT_ATTEMPTS_H
#define LICET_CORE_CONSENT_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTEMPTS_BYTES_MAX 64

/* The day of the attempt that begins at value, and whether it reached the person: it was answered, went
 * to voicemail, was submitted, or nobody knows. */
int32_t attempts_day(const uint8_t *value);
bool attempts_reached(const uint8_t *value);
/* One attempt, to two bytes. */
void attempts_put(uint8_t *ret, int32_t day, bool reached);

/* How many attempts count on a day. */
int attempts_count(const uint8_t *value, size_t len, int32_t today, int days);

/* The first day, today or later, on which fewer than cap of them count; today if
 * cap is 0, which is none. */
int32_t attempts_free_day(const uint8_t *value, size_t len, int32_t today, int days, int cap);

/* Care beyond the law: the first day, today or later, that lies gap days behind every call that
 * reached the person. today if gap is 0, which is none. */
int32_t attempts_gap_day(const uint8_t *value, size_t len, int32_t today, int gap);

/* The value with one more attempt, of which nobody knows yet whether it reaches; days that count no more are dropped. Returns
 * its length. */
size_t attempts_add(const uint8_t *value, size_t len, int32_t today, int days,
                    uint8_t ret[ATTEMPTS_BYTES_MAX]);

/* The value with one attempt of that day less, one that reached nobody before one that did; the same
 * if there is none. Returns its length. */
size_t attempts_remove(uint8_t *value, size_t len, int32_t day);

/* --- as Redis keeps them ------------------------------------------------------- */

#define ATTEMPTS_MARK 5
struct attempts_slot {
	char field[5];            /* of the hash: four hexadecimal digits */
	char mark[ATTEMPTS_MARK]; /* in the bucket; not terminated */
};
/* Where a number (E.164, with the plus) has its record: exact, no two numbers share one. */
void attempts_slot_of_number(const char *e164, struct attempts_slot *ret);
/* Where a person has it. Made of 50 bits of a hash: two persons who share one would be
 * called less often, never more. */
void attempts_slot_of_person(const char *person, struct attempts_slot *ret);

/* The packed attempts of a mark. Returns false if it is not in the bucket. */
bool attempts_find(const char *bucket, size_t len, const char mark[ATTEMPTS_MARK], const char **ret,
                   size_t *ret_len);
/* Days are packed modulo 8,192: today tells which are meant. Returns the length; of too
 * long a text the newest. */
size_t attempts_unpack(const char *packed, size_t len, int32_t today, uint8_t ret[ATTEMPTS_BYTES_MAX]);
size_t attempts_pack(const uint8_t *value, size_t len, char ret[ATTEMPTS_BYTES_MAX]);

#endif
