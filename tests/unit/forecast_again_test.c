/* Calls that are tried again, and releases by the hour: by hand-computed rows, and that nothing is lost. */
#include "chance.h"
#include "core/forecast/again.h"
#include "core/forecast/hours.h"
#include "law.h"
#include "test.h"

#include <string.h>

#define MIN_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)

static void a_share_comes_back_after_its_delay(void **state)
{
	/* busy: a quarter after 30 minutes; no-answer: a tenth after 4 hours. */
	struct again a = { .how = { [0] = { 0.25, 30 * MIN_MS }, [1] = { 0.1, 4 * HOUR_MS } } };
	struct again_batch b;

	assert_true(again_is_on(&a));
	assert_int_equal(again_next(&a), INT64_MAX);
	again_add(&a, 3, 1000, 10);
	assert_int_equal(again_next(&a), 1000 + 30 * MIN_MS);
	assert_false(again_take(&a, 999 + 30 * MIN_MS, &b));
	assert_true(again_take(&a, 1000 + 30 * MIN_MS, &b));
	assert_int_equal(b.count, 2);
	assert_int_equal(b.line, 3);
	assert_int_equal(again_next(&a), 1000 + 4 * HOUR_MS);
	/* What was less than a whole job is not lost: 2.5 and 2.5 are 5. */
	again_add(&a, 3, 2000, 10);
	assert_true(again_take(&a, HOUR_MS, &b));
	assert_int_equal(b.count, 3);
	again_done(&a);
}

static void without_a_share_nothing_comes_back(void **state)
{
	struct again a = { 0 };

	assert_false(again_is_on(&a));
	again_add(&a, 0, 0, 1000000);
	assert_int_equal(again_next(&a), INT64_MAX);
	again_done(&a);
}

static const struct {
	const char *label;
	struct hours_pace pace;
	int64_t n, want[3];
} rows[] = {
	{ "all at once, in the second hour", { 0, 0, 0, HOUR_MS + 5 }, 70, { 0, 70, 0 } },
	{ "one a minute from the beginning of the first", { 0, 60000, 60000, 0 }, 130, { 60, 60, 10 } },
	{ "one a minute, half an hour late", { 30 * 60000, 60000, 60000, 30 * 60000 }, 40, { 30, 10, 0 } },
	{ "before the first hour: not counted", { -HOUR_MS, 60000, 60000, -HOUR_MS }, 61, { 1, 0, 0 } },
	{ "none", { 0, 60000, 60000, 0 }, 0, { 0, 0, 0 } },
};

static void releases_are_counted_by_the_hour(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t hours[FORECAST_HOURS] = { 0 };

		hours_note(hours, 0, &rows[i].pace, rows[i].n);
		for (int h = 0; h < 3; h++)
			if (hours[h] != rows[i].want[h])
				fail_msg("%s: hour %d has %lld, want %lld", rows[i].label, h,
				         (long long)hours[h], (long long)rows[i].want[h]);
	}
}

/* A campaign of the law of France, without a rate. */
static struct forecast *model(const struct rulebook *rb, struct campaign *c, const char *now, int64_t jobs,
                              const struct forecast_retry *how)
{
	*c = (struct campaign){ .start_ms = INT64_MIN, .end_ms = INT64_MAX, .guard_s = 600 };
	struct forecast *f = forecast_new(rb, c, law_instant(now));
	struct forecast_class class = { .place = law_place(rb, "metropole"),
		                        .from_ms = INT64_MIN,
		                        .until_ms = INT64_MAX,
		                        .count = jobs };

	assert_true(forecast_add(f, &class));
	if (how != NULL)
		forecast_retry(f, how);
	return f;
}

static void what_comes_back_goes_through_the_windows(void **state)
{
	const struct forecast_retry busy[RETRY_OUTCOMES] = { { 0.1, 4 * HOUR_MS } };
	struct forecast_pace pace = { 0 };
	struct forecast_result r;
	struct campaign c;
	struct forecast *f = model(*state, &c, "2026-11-24T09:00:00+01:00", 1000, busy);

	assert_true(forecast_run(f, &pace, &r));
	/* 1000 at 10:00, 100 of them again at 14:00, 10 at 18:00, 1 at 22:00: that is the next morning. */
	assert_int_equal(r.total, 1000);
	assert_int_equal(r.again, 111);
	assert_int_equal(r.released, 1111);
	assert_int_equal(r.left, 0);
	assert_int_equal(r.last_ms, law_instant("2026-11-25T10:00:00+01:00"));
	assert_int_equal(r.hours[1], 1000);
	assert_int_equal(r.hours[5], 100);
	assert_int_equal(r.hours[9], 10);
	assert_int_equal(r.hours[25], 1);
	forecast_free(f);
}

static void nothing_is_lost(void **state)
{
	struct chance chance;

	chance_init(&chance);
	for (int i = 0; i < 50; i++) {
		struct forecast_retry how[RETRY_OUTCOMES] = { { (double)chance_range(&chance, 0, 19) / 100,
			                                        chance_range(&chance, 1, 300) * MIN_MS },
			                                      { (double)chance_range(&chance, 0, 19) / 100,
			                                        chance_range(&chance, 1, 3000) * MIN_MS } };
		struct forecast_pace pace = { .interval_ms =
			                          chance_range(&chance, 0, 1) == 0
			                              ? 0
			                              : (double)chance_range(&chance, 100, 20000) };
		struct forecast_result r;
		struct campaign c;
		int64_t jobs = chance_range(&chance, 1, 20000);
		struct forecast *f = model(*state, &c, "2026-11-24T09:00:00+01:00", jobs, how);

		assert_true(forecast_run(f, &pace, &r));
		assert_int_equal(r.released + r.left + r.never_count, jobs + r.again);
		double share = how[0].share + how[1].share, expected = (double)jobs * share / (1 - share);
		assert_true((double)r.again <= expected + 1);
		assert_true((double)r.again >= expected * 0.9 - 30);
		forecast_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_comes_back_after_its_delay),
		cmocka_unit_test(without_a_share_nothing_comes_back),
		cmocka_unit_test(releases_are_counted_by_the_hour),
		cmocka_unit_test(what_comes_back_goes_through_the_windows),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
