/* zone.h - a time zone as a value.
 *
 * Built once from the bytes of a TZif file (RFC 8536, 64-bit data) and the
 * POSIX rule in its footer, which holds after the last transition. Nothing here
 * reads TZ, calls setenv() or opens a file: the caller brings the bytes.
 *
 * Ours, because the C library has one zone for the whole process, taken from the
 * environment, and ICU is 36 MB. */
#ifndef LICET_CORE_TIME_ZONE_H
#define LICET_CORE_TIME_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct zone;

/* Build a zone from a TZif file's bytes. name is copied. Returns NULL, with one
 * line in err, if the data is not sound: every count and index is checked. */
struct zone *zone_new(const char *name, const void *data, size_t len, char *err, size_t err_size);
void zone_free(struct zone *zone);

const char *zone_name(const struct zone *zone);
/* SHA-256 of the bytes that it was built from, in hexadecimal. */
const char *zone_hash(const struct zone *zone);

/* A piece of time during which the offset does not change. */
struct zone_piece {
	int64_t start_s;  /* UTC seconds, inclusive; INT64_MIN at the beginning of time */
	int64_t end_s;    /* exclusive; INT64_MAX if nothing changes any more */
	int32_t offset_s; /* seconds east of UTC */
};

/* The piece that contains an instant. Always succeeds. */
struct zone_piece zone_piece_at(const struct zone *zone, int64_t utc_s);

/* The local date (day number) and the second of that day at an instant. */
int32_t zone_local_date(const struct zone *zone, int64_t utc_ms, int32_t *ret_second);

/* The instant at which it is the same local time that many days of the calendar later, to the
 * millisecond. A local time that comes twice gives the first of the two; one that is skipped
 * gives the first instant after the gap. */
int64_t zone_days_later_ms(const struct zone *zone, int64_t utc_ms, int days);

/* The first instant that belongs to a local date, in UTC ms. A date that the
 * zone skipped altogether gives the first instant after it. */
int64_t zone_date_start_ms(const struct zone *zone, int32_t date);

#endif
