/* civil.h - calendar dates without a clock and without a zone.
 *
 * A date is a day number: days since 1970-01-01 in the proleptic Gregorian
 * calendar, negative before. An instant is UTC milliseconds since the epoch,
 * without leap seconds. Years 1 to 9999 are supported; everything that parses
 * refuses the rest.
 *
 * Ours, because the C library knows instants in a zone, and no dates; the law is
 * written in dates. */
#ifndef LICET_CORE_TIME_CIVIL_H
#define LICET_CORE_TIME_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_NONE INT64_MIN /* no instant; nobody knows */

#define DAY_MS INT64_C(86400000)

enum weekday { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY };

struct civil {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

int32_t civil_to_days(struct civil date);
struct civil civil_from_days(int32_t days);
enum weekday civil_weekday(int32_t days);
bool civil_is_leap(int year);
int civil_month_days(int year, int month);

/* Western Easter Sunday of a year, as a day number. */
int32_t civil_easter(int year);

/* Parse exactly "YYYY-MM-DD". Returns false for anything else, 31 February
 * included. */
bool civil_parse_date(const char *text, size_t len, int32_t *ret_days);

/* Parse an RFC 3339 instant with an offset: "2026-11-24T09:59:50+01:00",
 * "…Z", fractions of a second allowed (kept to the millisecond), "T" or one
 * space between date and time. A time without an offset is refused: nobody
 * could say when it is. */
bool civil_parse_instant(const char *text, size_t len, int64_t *ret_ms);

/* "2026-11-24T08:59:50Z": whole seconds, rounded down. buf holds at least 21
 * bytes; returns buf. */
#define CIVIL_INSTANT_SIZE 24
char *civil_format_instant(int64_t ms, char buf[CIVIL_INSTANT_SIZE]);

/* "2026-11-24"; returns buf. */
#define CIVIL_DATE_SIZE 16
char *civil_format_date(int32_t days, char buf[CIVIL_DATE_SIZE]);

#endif
