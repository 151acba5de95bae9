/* arrivals_test.c - since when a job of a queue was seen, and how long things took. */
#include "core/schedule/arrivals.h"
#include "core/schedule/durations.h"
#include "test.h"

static void test_a_job_is_as_old_as_the_first_look_that_reached_it(void **state)
{
	struct arrivals a = { 0 };
	assert_int_equal(arrivals_seen_ms(&a, 0, 77), 77);
	arrivals_look(&a, 0, 10, 1000);
	arrivals_look(&a, 0, 10, 2000); /* nothing came */
	arrivals_look(&a, 0, 15, 3000);
	assert_int_equal(arrivals_seen_ms(&a, 0, 77), 1000);
	assert_int_equal(arrivals_seen_ms(&a, 9, 77), 1000);
	assert_int_equal(arrivals_seen_ms(&a, 10, 77), 3000);
	assert_int_equal(arrivals_seen_ms(&a, 15, 77), 77);
	/* The head went; what came meanwhile is as old as this look. */
	arrivals_look(&a, 12, 8, 4000);
	assert_int_equal(arrivals_seen_ms(&a, 12, 77), 3000);
	assert_int_equal(arrivals_seen_ms(&a, 15, 77), 4000);
	/* All went. */
	arrivals_look(&a, 20, 0, 5000);
	assert_int_equal(a.count, 0);
	arrivals_look(&a, 20, 1, 6000);
	assert_int_equal(arrivals_seen_ms(&a, 20, 77), 6000);
	/* The campaign was made anew. */
	arrivals_look(&a, 0, 3, 7000);
	assert_int_equal(arrivals_seen_ms(&a, 2, 77), 7000);
}

/* A job is looked at many times while others come; none is ever said to be younger than it is. */
static void test_many_looks(void **state)
{
	struct arrivals a = { 0 };
	int64_t taken = 0, came_ms[2000];
	for (int64_t i = 0; i < 2000; i++) {
		came_ms[i] = i * 10;
		arrivals_look(&a, taken, i + 1 - taken, i * 10);
		taken += i % 3 != 0 && taken < i;
		assert_in_range(a.count, 1, ARRIVALS_MAX);
		for (int64_t p = taken; p <= i; p++)
			assert_true(arrivals_seen_ms(&a, p, 1 << 30) <= came_ms[p]);
	}
}

static void test_durations(void **state)
{
	struct durations d = { 0 };
	for (size_t i = 1; i < DURATIONS_STEPS; i++)
		assert_true(durations_limit_ms(i) > durations_limit_ms(i - 1));
	durations_note(&d, 0, 1);
	durations_note(&d, -5, 1);
	durations_note(&d, 50, 1); /* a limit is in its step */
	durations_note(&d, 51, 2);
	durations_note(&d, 3600001, 1);
	assert_int_equal(d.steps[0], 3);
	assert_int_equal(d.steps[1], 2);
	assert_int_equal(d.steps[DURATIONS_STEPS], 1);
	assert_int_equal(d.count, 6);
	assert_int_equal((int64_t)d.sum_ms, 50 + 2 * 51 + 3600001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_job_is_as_old_as_the_first_look_that_reached_it),
		cmocka_unit_test(test_many_looks),
		cmocka_unit_test(test_durations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
