#include "core/campaign/pace.h"
#include "test.h"

/* What a timer of 50 ms lets go in a minute: the rate, whatever the interval. */
static void test_the_rate_is_reached(void **state)
{
	static const struct {
		const char *label;
		double interval_ms;
		int64_t least, most;
	} rows[] = {
		{ "1000/s", 1, 60000, 60200 }, { "50/s", 20, 3000, 3010 },   { "5/s", 200, 300, 301 },
		{ "4/s", 250, 240, 241 },      { "3/s", 333.333, 180, 181 }, { "1/s", 1000, 60, 61 },
		{ "6/m", 10000, 6, 7 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		double at_ms = 0;
		int64_t released = 0, next_ms;

		/* Looks come late, and not evenly. */
		for (int64_t now_ms = 1000000; now_ms < 1060000; now_ms += 50 + now_ms % 7) {
			int64_t n = pace_budget(at_ms, rows[i].interval_ms, PACE_SLACK_MS, now_ms, &next_ms);

			if (n == 0)
				assert_true(next_ms > now_ms);
			else
				at_ms = (at_ms > (double)now_ms ? at_ms : (double)now_ms) +
				        (double)n * rows[i].interval_ms;
			released += n;
		}
		print_message("%s: %d\n", rows[i].label, (int)released);
		assert_in_range(released, rows[i].least, rows[i].most);
	}
}

static void test_idle_time_is_not_saved_up(void **state)
{
	int64_t next_ms;

	assert_int_equal(pace_budget(0, 1000, PACE_SLACK_MS, 5000000, &next_ms), 1);
	assert_int_equal(pace_budget(5001000, 1000, PACE_SLACK_MS, 5000000, &next_ms), 0);
	assert_int_equal(next_ms, 5001000);
	assert_int_equal(pace_budget(5001000, 1000, PACE_SLACK_MS, 5000799, &next_ms), 0);
	assert_int_equal(pace_budget(5001000, 1000, PACE_SLACK_MS, 5000800, &next_ms), 1);
}

static void test_slack_of_a_fast_clock(void **state)
{
	assert_true(pace_slack_ms(0) == PACE_SLACK_MS);
	assert_true(pace_slack_ms(1) == PACE_SLACK_MS);
	assert_true(pace_slack_ms(1000) > 10000);
}

static void test_shares(void **state)
{
	static const struct {
		const char *label;
		double route;
		struct pace_share own, others[2];
		size_t count;
		double want;
	} shares[] = {
		{ "no rate of the route", 0, { 1, 0 }, { { 1, 0 } }, 1, 0 },
		{ "alone", 10, { 1, 0 }, { { 0, 0 } }, 0, 10 },
		{ "one of two", 10, { 1, 0 }, { { 1, 0 } }, 1, 5 },
		{ "one against three", 10, { 1, 0 }, { { 3, 0 } }, 1, 2.5 },
		{ "another takes only a little", 10, { 1, 0 }, { { 1, 2 } }, 1, 8 },
		{ "two others, one of them slow", 12, { 1, 0 }, { { 1, 2 }, { 1, 0 } }, 2, 5 },
		{ "its own rate is less", 10, { 1, 3 }, { { 1, 0 } }, 1, 3 },
		{ "its own rate is more", 10, { 1, 30 }, { { 1, 0 } }, 1, 5 },
		{ "others want exactly their due", 10, { 1, 0 }, { { 1, 5 }, { 0, 0 } }, 1, 5 },
		{ "two slow ones", 10, { 1, 0 }, { { 5, 1 }, { 5, 2 } }, 2, 7 },
	};

	for (size_t i = 0; i < COUNT(shares); i++) {
		double got = pace_share(shares[i].route, shares[i].own, shares[i].others, shares[i].count);

		print_message("%s: %g\n", shares[i].label, got);
		assert_true(got > shares[i].want - 1e-9 && got < shares[i].want + 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rate_is_reached),
		cmocka_unit_test(test_idle_time_is_not_saved_up),
		cmocka_unit_test(test_slack_of_a_fast_clock),
		cmocka_unit_test(test_shares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
