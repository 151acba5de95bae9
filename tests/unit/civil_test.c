#include "chance.h"
#include "core/time/civil.h"
#include "test.h"

#include <string.h>

static void test_days(void **state)
{
	static const struct {
		struct civil date;
		int32_t days;
		enum weekday weekday;
	} rows[] = {
		{ { 1970, 1, 1 }, 0, THURSDAY },       { { 1969, 12, 31 }, -1, WEDNESDAY },
		{ { 2000, 2, 29 }, 11016, TUESDAY },   { { 2000, 3, 1 }, 11017, WEDNESDAY },
		{ { 2026, 8, 11 }, 20676, TUESDAY },   { { 2026, 11, 23 }, 20780, MONDAY },
		{ { 1, 1, 1 }, -719162, MONDAY },      { { 9999, 12, 31 }, 2932896, FRIDAY },
		{ { 2026, 12, 31 }, 20818, THURSDAY }, { { 2027, 1, 1 }, 20819, FRIDAY },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct civil back = civil_from_days(rows[i].days);
		assert_int_equal(civil_to_days(rows[i].date), rows[i].days);
		assert_int_equal(back.year, rows[i].date.year);
		assert_int_equal(back.month, rows[i].date.month);
		assert_int_equal(back.day, rows[i].date.day);
		assert_int_equal(civil_weekday(rows[i].days), rows[i].weekday);
	}
}

/* Every day of four centuries follows the one before. */
static void test_every_day(void **state)
{
	struct civil date = { 1800, 1, 1 };
	int32_t days = civil_to_days(date);

	for (; date.year < 2201; days++) {
		struct civil got = civil_from_days(days);
		assert_int_equal(got.year * 10000 + got.month * 100 + got.day,
		                 date.year * 10000 + date.month * 100 + date.day);
		assert_int_equal(civil_to_days(date), days);
		if (date.day++ == civil_month_days(date.year, date.month)) {
			date.day = 1;
			if (date.month++ == 12) {
				date.month = 1;
				date.year++;
			}
		}
	}
}

/* Long before any calendar, and as far as days are counted: there and back. */
static void test_far_days(void **state)
{
	static const struct {
		int32_t days;
		struct civil date;
	} rows[] = {
		{ -719528, { 0, 1, 1 } },  { -719529, { -1, 12, 31 } }, { -719468, { 0, 3, 1 } },
		{ -719469, { 0, 2, 29 } }, { -865565, { -400, 3, 1 } }, { -865566, { -400, 2, 29 } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct civil date = civil_from_days(rows[i].days);
		assert_int_equal(date.year, rows[i].date.year);
		assert_int_equal(date.month, rows[i].date.month);
		assert_int_equal(date.day, rows[i].date.day);
		assert_int_equal(civil_to_days(rows[i].date), rows[i].days);
	}
	for (int32_t days = -INT32_C(2000000000); days < INT32_C(2000000000); days += 99999989)
		assert_int_equal(civil_to_days(civil_from_days(days)), days);
}

static void test_leap_years(void **state)
{
	assert_int_equal(civil_is_leap(2024), 1);
	assert_int_equal(civil_is_leap(2026), 0);
	assert_int_equal(civil_is_leap(2100), 0);
	assert_int_equal(civil_is_leap(2000), 1);
	assert_int_equal(civil_month_days(2028, 2), 29);
	assert_int_equal(civil_month_days(2027, 2), 28);
}

static void test_easter(void **state)
{
	static const char *const sundays[] = {
		"1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23",
		"2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16",
		"2029-04-01", "2030-04-21", "2038-04-25", "2049-04-18", "2076-04-19", "2285-03-22",
	};
	char buf[CIVIL_DATE_SIZE];

	for (size_t i = 0; i < COUNT(sundays); i++) {
		int32_t day;
		assert_int_equal(civil_parse_date(sundays[i], 10, &day), 1);
		assert_string_equal(civil_format_date(civil_easter(civil_from_days(day).year), buf),
		                    sundays[i]);
	}
	for (int year = 1583; year <= 9999; year++)
		assert_int_equal(civil_weekday(civil_easter(year)), SUNDAY);
}

static void test_parse_date(void **state)
{
	static const char *const bad[] = { "2026-02-29", "2026-02-31",  "2026-13-01",  "2026-00-10",
		                           "2026-01-00", "0000-01-01",  "2026-1-01",   "26-01-01",
		                           "2026/01/01", "2026-01-01 ", " 2026-01-01", "",
		                           "+026-01-01", "2026-01-0x" };
	int32_t day = 42;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(civil_parse_date(bad[i], strlen(bad[i]), &day), 0);
	assert_int_equal(day, 42);
	assert_int_equal(civil_parse_date("2028-02-29", 10, &day), 1);
}

static void test_parse_instant(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-24T09:59:50+01:00", INT64_C(1795510790000) },
		{ "2026-11-24 09:59:50+01:00", INT64_C(1795510790000) },
		{ "2026-11-24T08:59:50.5Z", INT64_C(1795510790500) },
		{ "2026-11-24T08:59:50.0019999Z", INT64_C(1795510790001) },
		{ "2026-11-23T23:29:50-09:30", INT64_C(1795510790000) },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2028-02-29T00:00:00-00:00", INT64_C(1835395200000) },
	};
	static const char *const bad[] = {
		"2026-11-24T09:59:50",
		"2026-11-24T09:59:50+0100",
		"2026-11-24T09:59+01:00",
		"2026-11-24T24:00:00Z",
		"2026-11-24T09:60:00Z",
		"2026-11-24T09:59:60Z",
		"2026-11-24T09:59:50.Z",
		"2026-11-24T09:59:50.5",
		"2026-11-24T09:59:50.5/",
		"2026-11-24T09:59:50.",
		"2026-11-24T09:59:50+24:00",
		"2026-11-24T09:59:50+01:60",
		"2026-11-24  09:59:50Z",
		"2026-02-29T09:59:50Z",
		"2026-11-24T09:59:50ZZ",
		"2026-11-24T09:59:50 Z",
		"2026-11-24T09:59:50+01:0x",
		"2026-11-24",
		"",
	};
	int64_t ms;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(civil_parse_instant(good[i].text, strlen(good[i].text), &ms), 1);
		assert_int_equal(ms, good[i].ms);
	}
	ms = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (civil_parse_instant(bad[i], strlen(bad[i]), &ms))
			fail_msg("accepted: %s", bad[i]);
	}
	assert_int_equal(ms, 42);
}

static void test_format(void **state)
{
	char buf[CIVIL_INSTANT_SIZE], date[CIVIL_DATE_SIZE];

	assert_string_equal(civil_format_instant(INT64_C(1795510790999), buf), "2026-11-24T08:59:50Z");
	assert_string_equal(civil_format_instant(-1, buf), "1969-12-31T23:59:59Z");
	assert_string_equal(civil_format_instant(0, buf), "1970-01-01T00:00:00Z");
	assert_string_equal(civil_format_date(-1, date), "1969-12-31");
}

static void test_round_trip(void **state)
{
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 100000; i++) {
		char buf[CIVIL_INSTANT_SIZE];
		int64_t ms = chance_range(&c, INT64_C(-62135596800), INT64_C(253402300799)) * 1000, back = 0;
		civil_format_instant(ms, buf);
		assert_int_equal(civil_parse_instant(buf, strlen(buf), &back), 1);
		assert_int_equal(back, ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),          cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_far_days),      cmocka_unit_test(test_leap_years),
		cmocka_unit_test(test_easter),        cmocka_unit_test(test_parse_date),
		cmocka_unit_test(test_parse_instant), cmocka_unit_test(test_format),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
