/* spelled.h - dates and times as people and spreadsheets write them.
 *
 * French and English: 18/04/2026 13:37, 18.4.26, 18 avril 2026 à 13h37, samedi 1er août 2026,
 * 18-avr.-26, April 18, 2026 1:37 PM, 2026-04-18 13:37:05, 2026-04-18T13:37:05.000Z, 20260418, and the
 * serial numbers of Excel (46130,5674). Blanks may be no-break ones. Nothing is guessed: of a date that is
 * two dates, such as 05/04/2026, the caller says which part comes first. */
#ifndef LICET_CORE_TIME_SPELLED_H
#define LICET_CORE_TIME_SPELLED_H

#include "core/time/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPELLED_SIZE 64 /* bytes of the longest that is read */

/* Which part comes first where only numbers stand. SPELLED_EITHER: nobody knows; what is two dates then is none. */
enum spelled_order { SPELLED_DAY_FIRST, SPELLED_MONTH_FIRST, SPELLED_EITHER };

struct spelled {
	int32_t date;     /* day number, of a year from 1900 to 2199 */
	int32_t second;   /* of that day; -1: no time of day was written */
	bool has_offset;  /* an offset from UTC was written */
	int32_t offset_s; /* seconds east of UTC */
	bool is_serial;   /* a number of days since 1899-12-30, as Excel counts on all systems today */
};

/* Returns false, and leaves *ret alone, for what is no date in that order. */
bool spelled_parse(const char *text, enum spelled_order order, struct spelled *ret);

/* What can be read from a text without knowing the order. */
enum spelled_fit {
	SPELLED_NO_DATE,
	SPELLED_PLAIN,            /* the same in either order */
	SPELLED_ONLY_DAY_FIRST,   /* 18/04/2026 */
	SPELLED_ONLY_MONTH_FIRST, /* 04/18/2026 */
	SPELLED_TWO_DATES,        /* 05/04/2026 */
};
enum spelled_fit spelled_fit(const char *text);

/* Of a local time that comes twice, when clocks go back. */
enum spelled_twice { SPELLED_FIRST, SPELLED_SECOND };

/* The instant in UTC ms of a date with a time of day, in its own offset or else in that zone. Returns false
 * for a local time that the zone skipped, when clocks went forward. */
bool spelled_instant(const struct spelled *s, const struct zone *zone, enum spelled_twice which,
                     int64_t *ret_ms);

/* "2026-04-18T13:37:00+02:00", the local time of the zone with its offset then. Returns buf. */
#define SPELLED_INSTANT_SIZE 32
char *spelled_format(int64_t ms, const struct zone *zone, char buf[SPELLED_INSTANT_SIZE]);

#endif
