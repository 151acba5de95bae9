#include "chance.h"
#include "core/consent/attempts.h"
#include "core/time/civil.h"
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
		at += 10;
		attempts_put(ret + n, law_date(day), *at == '*');
		at += *at == '*';
		n += 2;
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
		attempts_put(value + len, day, false);
		len += 2;
	}
	assert_int_equal(attempts_count(value, len, today, 30), 100);
	len = attempts_add(value, len, today, 30, ret);
	assert_int_equal(len, ATTEMPTS_BYTES_MAX);
	assert_int_equal(attempts_count(ret, len, today, 30), 32);
	assert_int_equal(attempts_day(ret + len - 2), today);
	assert_int_equal(attempts_day(ret), today - 20 + 69 / 10);
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
			int32_t day =
			    (int32_t)chance_range(&c, 0, 9) == 0
				? (int32_t)chance_range(&c, law_date("2000-01-01"), law_date("2089-09-18"))
				: (int32_t)chance_range(&c, today - 70, today + 1);
			attempts_put(value + j, day, chance_range(&c, 0, 1) == 0);
		}
		int32_t free = attempts_free_day(value, len, today, days, cap);
		assert_in_range(attempts_count(value, len, free, days), 0, cap - 1);
		if (free > today)
			assert_in_range(attempts_count(value, len, free - 1, days), cap, 32);
		else
			assert_int_equal(free, today);
	}
}

static void test_remove(void **state)
{
	uint8_t value[64];
	size_t len = days_of("2026-11-01 2026-11-02 2026-11-02 2026-11-03", value);

	len = attempts_remove(value, len, law_date("2026-11-02"));
	assert_int_equal(len, 6);
	assert_int_equal(attempts_remove(value, len, law_date("2026-11-09")), 6);
	len = attempts_remove(value, len, law_date("2026-11-02"));
	assert_int_equal(attempts_count(value, len, law_date("2026-11-03"), 30), 2);
	assert_int_equal(attempts_remove(value, 0, law_date("2026-11-02")), 0);
}

/* --- as Redis keeps them ------------------------------------------------------------ */

static bool same_slot(const struct attempts_slot *a, const struct attempts_slot *b)
{
	return strcmp(a->field, b->field) == 0 && memcmp(a->mark, b->mark, ATTEMPTS_MARK) == 0;
}

static void test_slots(void **state)
{
	struct attempts_slot slot, longest, person;

	attempts_slot_of_number("+33612345678", &slot);
	assert_string_equal(slot.field, "b14e");
	assert_memory_equal(slot.mark, "\x80\x80\x9f\xa6\xf3", ATTEMPTS_MARK);
	attempts_slot_of_number("+999999999999999", &longest);
	attempts_slot_of_person("p-77", &person);
	/* Numbers are below 2^34, persons are not. */
	assert_int_equal((unsigned char)longest.mark[0] & 0x40, 0);
	assert_int_equal((unsigned char)person.mark[0] & 0x40, 0x40);
	for (int i = 0; i < ATTEMPTS_MARK; i++)
		assert_in_range((unsigned char)longest.mark[i], 128, 255);
}

/* Two numbers never share a record. */
static void test_slots_differ(void **state)
{
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 20000; i++) {
		char a[17], b[17];
		struct attempts_slot x, y;
		int64_t n = chance_range(&c, 1000000, 999999999999999),
			m = n ^ (int64_t)1 << chance_range(&c, 0, 45);

		snprintf(a, sizeof(a), "+%lld", (long long)n);
		snprintf(b, sizeof(b), "+%lld", (long long)m);
		attempts_slot_of_number(a, &x);
		attempts_slot_of_number(b, &y);
		assert_int_equal(same_slot(&x, &y), false);
	}
}

/* What is packed into a bucket among others is found again, whatever stands beside it. */
static void test_buckets(void **state)
{
	struct chance c;
	int32_t today = law_date("2026-11-24");

	chance_init(&c);
	for (int round = 0; round < 2000; round++) {
		char bucket[4096];
		struct attempts_slot slots[20];
		uint8_t values[20][ATTEMPTS_BYTES_MAX];
		size_t lens[20], len = 0, count = (size_t)chance_range(&c, 0, 20);

		for (size_t i = 0; i < count; i++) {
			char name[17];

			snprintf(name, sizeof(name), "+%lld",
			         (long long)chance_range(&c, 1000000, 999999999999999));
			attempts_slot_of_number(name, &slots[i]);
			lens[i] = 2 * (size_t)chance_range(&c, 1, 6);
			for (size_t j = 0; j < lens[i]; j += 2) {
				int32_t day = (int32_t)chance_range(&c, today - 400, today + 1);

				attempts_put(values[i] + j, day, chance_range(&c, 0, 1) == 0);
			}
			memcpy(bucket + len, slots[i].mark, ATTEMPTS_MARK);
			len += ATTEMPTS_MARK;
			len += attempts_pack(values[i], lens[i], bucket + len);
		}
		for (size_t i = 0; i < count; i++) {
			uint8_t got[ATTEMPTS_BYTES_MAX];
			const char *packed;
			size_t packed_len;

			assert_int_equal(attempts_find(bucket, len, slots[i].mark, &packed, &packed_len),
			                 true);
			assert_int_equal(attempts_unpack(packed, packed_len, today, got), lens[i]);
			assert_memory_equal(got, values[i], lens[i]);
		}
		/* A bucket that was cut, or one of another's making. */
		const char *packed;
		size_t packed_len;

		assert_int_equal(attempts_find(bucket, len, "\x81\x82\x83\x84\x85", &packed, &packed_len),
		                 false);
		for (size_t cut = 0; cut < len && cut < 40; cut++)
			attempts_find(bucket, cut, slots[0].mark, &packed, &packed_len);
	}
}

/* Days are packed modulo 16,384: some weeks ahead and forty years back are told apart. */
static void test_days_around_today(void **state)
{
	static const char *const todays[] = { "2014-11-09", "2014-11-10", "2026-11-24", "2059-09-18",
		                              "2059-09-19" };
	static const int ago[] = { -399, -1, 0, 1, 30, 400, 7790 };

	for (size_t i = 0; i < sizeof(todays) / sizeof(todays[0]); i++)
		for (size_t k = 0; k < sizeof(ago) / sizeof(ago[0]); k++) {
			int32_t today = law_date(todays[i]), day = today - ago[k];
			uint8_t value[2], got[ATTEMPTS_BYTES_MAX];
			char packed[ATTEMPTS_BYTES_MAX];

			for (int reached = 0; reached < 2 && day >= law_date("2000-01-01"); reached++) {
				attempts_put(value, day, reached);
				size_t len = attempts_pack(value, 2, packed);
				assert_int_equal(attempts_unpack(packed, len, today, got), 2);
				assert_memory_equal(got, value, 2);
				assert_int_equal(attempts_day(got), day);
				assert_int_equal(attempts_reached(got), reached);
			}
		}
}

/* Whom a call reached is left alone; whom it did not, not. The cap counts both. */
static void test_gap(void **state)
{
	static const struct {
		const char *label, *attempts, *today;
		int gap;
		const char *free;
	} rows[] = {
		{ "nobody was called", "", "2026-11-24", 1, "2026-11-24" },
		{ "reached today", "2026-11-24*", "2026-11-24", 1, "2026-11-25" },
		{ "not reached today", "2026-11-24", "2026-11-24", 1, "2026-11-24" },
		{ "reached yesterday", "2026-11-23*", "2026-11-24", 1, "2026-11-24" },
		{ "three days", "2026-11-22* 2026-11-24", "2026-11-24", 3, "2026-11-25" },
		{ "the last counts", "2026-11-20* 2026-11-23*", "2026-11-24", 7, "2026-11-30" },
		{ "in any order", "2026-11-23* 2026-11-20*", "2026-11-24", 7, "2026-11-30" },
		{ "no care", "2026-11-24*", "2026-11-24", 0, "2026-11-24" },
		{ "over the year's end", "2026-12-31*", "2026-12-31", 1, "2027-01-01" },
		{ "a day ahead: it is tomorrow there", "2026-11-25*", "2026-11-24", 1, "2026-11-26" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t value[64];
		char free[CIVIL_DATE_SIZE];
		size_t len = days_of(rows[i].attempts, value);
		int32_t today = law_date(rows[i].today);

		civil_format_date(attempts_gap_day(value, len, today, rows[i].gap), free);
		if (strcmp(free, rows[i].free) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(free, rows[i].free);
		assert_int_equal(attempts_count(value, len, law_date("2026-12-31"), 60), len / 2);
		len = attempts_remove(value, len, law_date("2026-11-24"));
		assert_int_equal(attempts_count(value, len, law_date("2026-12-31"), 60), len / 2);
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
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_slots_differ),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_days_around_today),
		cmocka_unit_test(test_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
