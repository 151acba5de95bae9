#include "io/host/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void the_wall_is_the_wall(void **state)
{
	const struct clock_source clock = { 0 };
	int64_t before_ms = (int64_t)time(NULL) * 1000;
	int64_t now_ms = clock_now_ms(&clock);

	assert_in_range(now_ms, before_ms, before_ms + 60000);
	assert_int_equal(clock_from_wall(&clock, 1234567890123), 1234567890123);
}

static void a_simulation_starts_at_its_base_and_has_a_speed(void **state)
{
	static const struct {
		const char *label;
		double speed;
		int64_t wall_ms, want_ms;
	} rows[] = {
		{ "the beginning", 1, 1000000, 5000 },
		{ "real time", 1, 1000700, 5700 },
		{ "a thousand times", 1000, 1003000, 5000 + 3000000 },
		{ "slow", 0.5, 1000100, 5050 },
		{ "frozen", 0, 1009999, 5000 },
		{ "before the beginning", 10, 999000, -5000 },
		{ "a year of a fast rehearsal", 86400, 1365000, 5000 + INT64_C(365000) * 86400 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct clock_source clock = { .simulated = true,
			                            .sim_base_ms = 5000,
			                            .real_base_ms = 1000000,
			                            .speed = rows[i].speed };

		if (clock_from_wall(&clock, rows[i].wall_ms) != rows[i].want_ms)
			fail_msg("%s", rows[i].label);
	}
}

static void simulating_begins_now(void **state)
{
	struct clock_source clock = { 0 };
	int64_t before_ms = clock_wall_ms();

	clock_simulate(&clock, 777, 2);
	assert_true(clock.simulated);
	assert_in_range(clock.real_base_ms, before_ms, before_ms + 60000);
	assert_in_range(clock_now_ms(&clock), 777, 777 + 2 * 60000);
}

static void the_monotonic_clock_never_goes_back(void **state)
{
	int64_t last_ms = clock_monotonic_ms();

	for (int i = 0; i < 1000; i++) {
		int64_t now_ms = clock_monotonic_ms();

		assert_in_range(now_ms, last_ms, last_ms + 60000);
		last_ms = now_ms;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wall_is_the_wall),
		cmocka_unit_test(a_simulation_starts_at_its_base_and_has_a_speed),
		cmocka_unit_test(simulating_begins_now),
		cmocka_unit_test(the_monotonic_clock_never_goes_back),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
