#include "core/attempts.h"

#include "chance.h"
#include "core/civil.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* The value of some days, "2026-11-01 2026-11-02"; returns its length. */
static size_t days_of(const char *text, uint8_t *ret)
{
	size_t n = 0;

	for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
		char day[11];
		snprintf(day, sizeof(day), "%.10s", at);
		int32_t date = law_date(day);
		ret[n++] = (uint8_t)(date >> 8);
		ret[n++] = (uint8_t)(date & 0xff);
		at += 10;
	}
	return n;
}

/* D223-9: four in thirty calendar days, sliding. */
static void test_rows(void **state)
{
	static const struct {
		const char *label, *attempts, *today;
		int count;
		const char *free;
	} rows[] = {
		{ "never called", "", "2026-11-24", 0, "2026-11-24" },
		{ "three", "2026-11-01 2026-11-02 2026-11-03", "2026-11-04", 3, "2026-11-04" },
		{ "1, 2, 3 and 4 November make 2 December", "2026-11-01 2026-11-02 2026-11-03 2026-11-04",
		  "2026-11-05", 4, "2026-12-02" },
		{ "the thirtieth day after still counts", "2026-11-01 2026-11-02 2026-11-03 2026-11-04",
		  "2026-12-01", 4, "2026-12-02" },
		{ "the day after does not", "2026-11-01 2026-11-02 2026-11-03 2026-11-04", "2026-12-02", 3,
		  "2026-12-02" },
		{ "four on one day", "2026-11-04 2026-11-04 2026-11-04 2026-11-04", "2026-11-04", 4,
		  "2026-12-05" },
		{ "two drop out together", "2026-11-01 2026-11-01 2026-11-20 2026-11-21 2026-11-22",
		  "2026-11-24", 5, "2026-12-02" },
		{ "more than the cap, imported", "2026-11-01 2026-11-02 2026-11-03 2026-11-04 2026-11-05",
		  "2026-11-24", 5, "2026-12-03" },
		{ "over the year's end", "2026-12-10 2026-12-20 2026-12-30 2026-12-31", "2027-01-01", 4,
		  "2027-01-10" },
		{ "over 29 February", "2028-02-01 2028-02-02 2028-02-28 2028-02-29", "2028-03-01", 4,
		  "2028-03-03" },
		{ "the same in a year without one", "2027-02-01 2027-02-02 2027-02-27 2027-02-28",
		  "2027-03-01", 4, "2027-03-04" },
		{ "the night when summer time ends", "2026-10-24 2026-10-25 2026-10-26 2026-10-27",
		  "2026-11-23", 4, "2026-11-24" },
		{ "the night when it begins", "2027-03-27 2027-03-28 2027-03-29 2027-03-30", "2027-04-26", 4,
		  "2027-04-27" },
		{ "tomorrow counts: it is that day elsewhere", "2026-11-22 2026-11-23 2026-11-24 2026-11-25",
		  "2026-11-24", 4, "2026-12-23" },
		{ "in any order", "2026-11-04 2026-11-01 2026-11-03 2026-11-02", "2026-11-05", 4,
		  "2026-12-02" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t value[64];
		char free[CIVIL_DATE_SIZE];
		size_t len = days_of(rows[i].attempts, value);
		int32_t today = law_date(rows[i].today);
		civil_format_date(attempts_free_day(value, len, today, 30, 4), free);
		if (strcmp(free, rows[i].free) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(free, rows[i].free);
		assert_int_equal(attempts_count(value, len, today, 30), rows[i].count);
		/* A byte too many is none. */
		value[len] = 0xff;
		assert_int_equal(attempts_count(value, len + 1, today, 30), rows[i].count);
		assert_int_equal(attempts_free_day(value, len + 1, today, 30, 4),
		                 attempts_free_day(value, len, today, 30, 4));
	}
}

static void test_nothing(void **state)
{
	uint8_t one[1] = { 7 }, ret[ATTEMPTS_BYTES_MAX];
	int32_t today = law_date("2026-11-24");

	assert_int_equal(attempts_count(NULL, 0, today, 30), 0);
	assert_int_equal(attempts_count(one, 1, today, 30), 0);
	assert_int_equal(attempts_free_day(NULL, 0, today, 30, 4), today);
	assert_int_equal(attempts_free_day(NULL, 0, today, 30, 0), today); /* no cap */
	assert_int_equal(attempts_add(NULL, 0, today, 30, ret), 2);
	assert_int_equal(attempts_add(one, 1, today, 30, ret), 2);
	assert_int_equal(attempts_count(ret, 2, today, 30), 1);
}

static void test_add_drops_the_old(void **state)
{
	uint8_t value[64], ret[ATTEMPTS_BYTES_MAX], want[64];
	size_t len = days_of("2026-10-24 2026-10-25 2026-11-23", value);

	len = attempts_add(value, len, law_date("2026-11-24"), 30, ret);
	assert_int_equal(len, days_of("2026-10-25 2026-11-23 2026-11-24", want));
	assert_memory_equal(ret, want, len);
}

/* The value stays within its size, and the newest days are kept. */
static void test_more_than_fit(void **state)
{
	uint8_t value[400], ret[ATTEMPTS_BYTES_MAX];
	int32_t today = law_date("2026-11-24");
	size_t len = 0;

	for (int i = 0; i < 100; i++) {
		int32_t day = today - 20 + i / 10;
		value[len++] = (uint8_t)(day >> 8);
		value[len++] = (uint8_t)(day & 0xff);
	}
	assert_int_equal(attempts_count(value, len, today, 30), 100);
	len = attempts_add(value, len, today, 30, ret);
	assert_int_equal(len, ATTEMPTS_BYTES_MAX);
	assert_int_equal(attempts_count(ret, len, today, 30), 32);
	assert_int_equal(ret[len - 2] << 8 | ret[len - 1], today);
	assert_int_equal(ret[0] << 8 | ret[1], today - 20 + 69 / 10);
	assert_int_equal(attempts_free_day(ret, len, today, 30, 4), today - 20 + 99 / 10 + 31);
}

/* Whatever is stored, the day found is free and the one before is not. */
static void test_free_day_is_the_first(void **state)
{
	struct chance c;
	int32_t today = law_date("2026-11-24");

	chance_init(&c);
	for (int i = 0; i < 50000; i++) {
		uint8_t value[64];
		size_t len = (size_t)chance_range(&c, 0, 64);
		int days = (int)chance_range(&c, 1, 60), cap = (int)chance_range(&c, 1, 6);
		for (size_t j = 0; j + 1 < len; j += 2) {
			int32_t day = (int32_t)chance_range(&c, 0, 9) == 0
			                  ? (int32_t)chance_range(&c, 0, 65535)
			                  : (int32_t)chance_range(&c, today - 70, today + 1);
			value[j] = (uint8_t)(day >> 8);
			value[j + 1] = (uint8_t)(day & 0xff);
		}
		int32_t free = attempts_free_day(value, len, today, days, cap);
		assert_in_range(attempts_count(value, len, free, days), 0, cap - 1);
		if (free > today)
			assert_in_range(attempts_count(value, len, free - 1, days), cap, 32);
		else
			assert_int_equal(free, today);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_add_drops_the_old),
		cmocka_unit_test(test_more_than_fit),
		cmocka_unit_test(test_free_day_is_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
