/* attempts.h - when a number or a person was called lately.
 *
 * Two bytes a day, days since 1970, big endian, oldest first: the value that is
 * kept in Redis. A day d counts while today - d <= days (D223-9: thirty calendar
 * days, sliding). */
#ifndef LICET_CORE_ATTEMPTS_H
#define LICET_CORE_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

#define ATTEMPTS_BYTES_MAX 64

/* How many attempts count on a day. */
int attempts_count(const uint8_t *value, size_t len, int32_t today, int days);

/* The first day, today or later, on which fewer than cap of them count; today if
 * cap is 0, which is none. */
int32_t attempts_free_day(const uint8_t *value, size_t len, int32_t today, int days, int cap);

/* The value with one more attempt; days that count no more are dropped. Returns
 * its length. */
size_t attempts_add(const uint8_t *value, size_t len, int32_t today, int days,
                    uint8_t ret[ATTEMPTS_BYTES_MAX]);

#endif
