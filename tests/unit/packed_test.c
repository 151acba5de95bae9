#include "chance.h"
#include "core/number/packed.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t number; /* 0: it is none */
	} rows[] = {
		{ "+33612345678", UINT64_C(33612345678) },
		{ "+1", 1 },
		{ "+999999999999999", UINT64_C(999999999999999) },
		{ "+9999999999999999", 0 }, /* sixteen digits */
		{ "33612345678", 0 },
		{ "+0612345678", 0 },
		{ "+336123x", 0 },
		{ "+", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = 0;

		assert_int_equal(packed_number(rows[i].text, &n), rows[i].number != 0);
		if (rows[i].number != 0)
			assert_int_equal(n, rows[i].number);
	}
}

/* Every number that was packed is found, its neighbours are not, and no half of two marks is one. */
static void test_what_goes_in_is_found(void **state)
{
	enum { COUNT = 20000, AROUND = 60000 };
	static bool in[AROUND];
	static uint64_t numbers[COUNT];
	const uint64_t base = UINT64_C(33612340000);
	char marks[PACKED_SPAN * PACKED_MARK];
	struct chance chance;
	size_t sum = 0;

	(void)state;
	chance_init(&chance);
	for (size_t i = 0; i < COUNT; i++) {
		size_t at = (size_t)chance_range(&chance, 0, AROUND - 1);

		in[at] = true;
		numbers[i] = base + at;
	}
	size_t kept = packed_sort(numbers, COUNT);

	for (size_t i = 0; i < AROUND; i++)
		sum += in[i];
	assert_int_equal(kept, sum);
	for (size_t at = 0, n; at < kept; at += n) {
		struct packed_slot slot, first;

		n = packed_bucket(numbers + at, kept - at, marks);
		packed_slot_of(numbers[at], &first);
		for (uint64_t number = numbers[at] / PACKED_SPAN * PACKED_SPAN, i = 0; i < PACKED_SPAN;
		     i++, number++) {
			packed_slot_of(number, &slot);
			assert_string_equal(slot.field, first.field);
			bool is = number >= base && number < base + AROUND && in[number - base];
			assert_int_equal(packed_has(marks, PACKED_MARK * n, &slot), is);
			/* As Redis searches: wherever it stands. */
			assert_int_equal(memmem(marks, PACKED_MARK * n, slot.mark, PACKED_MARK) != NULL, is);
		}
	}
	assert_int_equal(packed_sort(numbers, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_goes_in_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
