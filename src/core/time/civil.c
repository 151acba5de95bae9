/* civil.c - calendar dates without a clock and without a zone; see civil.h. */
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 of a year's 1 March and the like, after Howard Hinnant's
 * "chrono-compatible low-level date algorithms": the year begins in March, so
 * that the leap day comes last. */
int32_t civil_to_days(struct civil date)
{
	int32_t year = date.month <= 2 ? date.year - 1 : date.year;
	int32_t era = (year >= 0 ? year : year - 399) / 400;
	int32_t of_era = year - era * 400;
	int32_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil civil_from_days(int32_t days)
{
	int64_t shifted = (int64_t)days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int32_t day_of_era = (int32_t)(shifted - era * 146097);
	int32_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t month = (5 * day_of_year + 2) / 153; /* 0: March */
	struct civil date;

	date.day = day_of_year - (153 * month + 2) / 5 + 1;
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = (int)(era * 400) + year_of_era + (date.month <= 2 ? 1 : 0);
	return date;
}

enum weekday civil_weekday(int32_t days)
{
	/* 1970-01-01 was a Thursday. */
	int32_t day = (int32_t)(((int64_t)days + THURSDAY) % 7);

	return (enum weekday)(day < 0 ? day + 7 : day);
}

bool civil_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_days(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && civil_is_leap(year) ? 29 : days[month - 1];
}

/* The anonymous Gregorian algorithm (Meeus, Jones, Butcher). */
int32_t civil_easter(int year)
{
	int a = year % 19, b = year / 100, c = year % 100;
	int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int m = (a + 11 * h + 22 * l) / 451;
	int n = h + l - 7 * m + 114;

	return civil_to_days((struct civil){ .year = year, .month = n / 31, .day = n % 31 + 1 });
}

/* Exactly count digits; -1 for anything else. */
static int read_digits(const char *text, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

bool civil_parse_date(const char *text, size_t len, int32_t *ret_days)
{
	struct civil date;

	if (len != 10 || text[4] != '-' || text[7] != '-')
		return false;
	date.year = read_digits(text, 4);
	date.month = read_digits(text + 5, 2);
	date.day = read_digits(text + 8, 2);
	if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
	    date.day > civil_month_days(date.year, date.month))
		return false;
	*ret_days = civil_to_days(date);
	return true;
}

/* ".5", ".123456": one digit or more, kept to the millisecond. Moves *pos past
 * them; without a dot there is nothing to read. */
static bool parse_fraction(const char *text, size_t len, size_t *pos, int *ret_ms)
{
	int ms = 0, weight = 100;
	size_t i = *pos;

	if (i >= len || text[i] != '.') {
		*ret_ms = 0;
		return true;
	}
	for (i++; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		ms += weight * (text[i] - '0');
		weight /= 10;
	}
	if (i == *pos + 1)
		return false;
	*pos = i;
	*ret_ms = ms;
	return true;
}

/* "Z", "+01:00" or "-09:30", and nothing after it. */
static bool parse_offset(const char *text, size_t len, int *ret_minutes)
{
	int hours, minutes;

	if (len == 1 && text[0] == 'Z') {
		*ret_minutes = 0;
		return true;
	}
	if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	hours = read_digits(text + 1, 2);
	minutes = read_digits(text + 4, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret_minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
	return true;
}

bool civil_parse_instant(const char *text, size_t len, int64_t *ret_ms)
{
	int32_t days;
	int hour, minute, second, ms, offset_min;
	size_t pos = 19;

	if (len < 20 || !civil_parse_date(text, 10, &days) || (text[10] != 'T' && text[10] != ' ') ||
	    text[13] != ':' || text[16] != ':')
		return false;
	hour = read_digits(text + 11, 2);
	minute = read_digits(text + 14, 2);
	second = read_digits(text + 17, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (!parse_fraction(text, len, &pos, &ms) || !parse_offset(text + pos, len - pos, &offset_min))
		return false;
	*ret_ms = days * DAY_MS + ((hour * 60 + minute - offset_min) * 60 + second) * INT64_C(1000) + ms;
	return true;
}

static int32_t floor_days(int64_t ms)
{
	int64_t days = ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);

	return (int32_t)days;
}

char *civil_format_instant(int64_t ms, char buf[CIVIL_INSTANT_SIZE])
{
	int32_t days = floor_days(ms);
	struct civil date = civil_from_days(days);
	unsigned second = (unsigned)((ms - days * DAY_MS) / 1000);

	snprintf(buf, CIVIL_INSTANT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)date.year % 10000u,
	         (unsigned)date.month % 100u, (unsigned)date.day % 100u, second / 3600 % 24, second / 60 % 60,
	         second % 60);
	return buf;
}

char *civil_format_date(int32_t days, char buf[CIVIL_DATE_SIZE])
{
	struct civil date = civil_from_days(days);

	snprintf(buf, CIVIL_DATE_SIZE, "%04u-%02u-%02u", (unsigned)date.year % 10000u,
	         (unsigned)date.month % 100u, (unsigned)date.day % 100u);
	return buf;
}
