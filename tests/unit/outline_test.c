/* outline_test.c - the pace of a forecast and where it is from, its band, its days. */
#include "core/forecast/outline.h"
#include "core/time/civil.h"
#include "law.h"
#include "test.h"

#define HOUR_MS INT64_C(3600000)

static void test_where_the_pace_is_from(void **state)
{
	static const struct {
		const char *label;
		struct forecast_limits l;
		enum rate_source from;
		double interval_ms, known_ms;
	} rows[] = {
		{ "nothing is known", { .given_ms = 0 }, RATE_NONE, 0, 0 },
		{ "its own rate",
		  { .campaign_ms = 100, .campaign_known_ms = 7, .history_ms = 900 },
		  RATE_CAMPAIGN,
		  100,
		  7 },
		{ "the route is slower",
		  { .campaign_ms = 100, .route_ms = 200, .route_known_ms = 9 },
		  RATE_ROUTE,
		  200,
		  9 },
		{ "the route is faster",
		  { .campaign_ms = 100, .route_ms = 50, .route_known_ms = 9 },
		  RATE_CAMPAIGN,
		  100,
		  0 },
		{ "who asks wants it slower",
		  { .campaign_ms = 100, .campaign_known_ms = 7, .given_ms = 300 },
		  RATE_GIVEN,
		  300,
		  7 },
		{ "as lately", { .history_ms = 500, .measured_ms = 20 }, RATE_HISTORY, 500, 0 },
		{ "as in the last minutes", { .measured_ms = 20 }, RATE_MEASURED, 20, 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forecast_pace pace;
		same_int(rows[i].label, forecast_pace_of(&rows[i].l, &pace), rows[i].from);
		same_int(rows[i].label, (int64_t)pace.interval_ms, (int64_t)rows[i].interval_ms);
		same_int(rows[i].label, (int64_t)pace.known_ms, (int64_t)rows[i].known_ms);
	}
}

/* Three hours of 100, 200 and 300; 1200 jobs wait in one place on a Monday at ten. */
static struct forecast *scene(const struct rulebook *rb, const struct campaign *c, struct forecast_limits *l,
                              int64_t now_ms)
{
	static struct history h;
	struct forecast *f = forecast_new(rb, c, now_ms);
	struct forecast_class class = {
		.place = TERRITORY_BIT(0), .from_ms = INT64_MIN, .until_ms = INT64_MAX, .count = 1200
	};
	memset(&h, 0, sizeof(h));
	history_note(&h, "2027-01-08T09Z:released", 100);
	history_note(&h, "2027-01-08T10Z:released", 200);
	history_note(&h, "2027-01-08T13Z:released", 300);
	*l = (struct forecast_limits){ 0 };
	forecast_limit_history(l, &h, now_ms);
	assert_non_null(f);
	assert_true(forecast_add(f, &class));
	return f;
}

static void test_the_band(void **state)
{
	struct campaign c = { .start_ms = INT64_MIN, .end_ms = INT64_MAX, .guard_s = 600 };
	int64_t now_ms = law_instant("2027-01-11T09:00:00Z");
	struct forecast_limits l;
	struct forecast_band band;
	struct forecast_pace pace;
	struct forecast_result r, again;
	struct forecast *f = scene(*state, &c, &l, now_ms);
	assert_int_equal(l.history_hours, 3);
	assert_int_equal(forecast_pace_of(&l, &pace), RATE_HISTORY);
	assert_int_equal((int64_t)(HOUR_MS / pace.interval_ms + 0.5), 200);
	assert_true(forecast_band(f, &c, now_ms, &l, &band));
	assert_int_equal((int64_t)(band.early_per_h + 0.5), 250);
	assert_int_equal((int64_t)(band.late_per_h + 0.5), 150);
	assert_true(forecast_run(f, &pace, &r));
	int64_t finish_ms = forecast_finish(&r, &c, now_ms), released = r.released;
	assert_true(band.early_ms < finish_ms && finish_ms < band.late_ms);
	assert_int_equal(released, 1200);
	/* A run changes nothing of the next one. */
	assert_true(forecast_run(f, &pace, &again));
	assert_int_equal(forecast_finish(&again, &c, now_ms), finish_ms);
	assert_int_equal(again.released, released);
	assert_int_equal(again.left, 0);
	/* A rate that it has bounds the better hours, and the worse ones stay what they were. */
	l.campaign_ms = HOUR_MS / 180.0;
	assert_true(forecast_band(f, &c, now_ms, &l, &band));
	assert_int_equal((int64_t)(band.early_per_h + 0.5), 180);
	assert_int_equal((int64_t)(band.late_per_h + 0.5), 150);
	/* Without a history both ends are the same. */
	l.history_ms = l.fast_ms = l.slow_ms = 0;
	assert_true(forecast_band(f, &c, now_ms, &l, &band));
	assert_int_equal(band.early_ms, band.late_ms);
	forecast_free(f);
}

static void test_days(void **state)
{
	struct campaign c = { .start_ms = INT64_MIN, .end_ms = INT64_MAX, .guard_s = 600 };
	int64_t now_ms = law_instant("2027-01-08T09:00:00Z"), sum = 0;
	struct forecast_limits l;
	struct forecast_pace pace = { HOUR_MS / 100.0, 0 };
	struct forecast_result r;
	struct forecast_day day = { .date = INT32_MIN };
	struct forecast *f = scene(*state, &c, &l, now_ms);
	size_t weekends = 0;
	assert_true(forecast_run(f, &pace, &r));
	while (forecast_day_next(*state, &r, &day)) {
		sum += day.released;
		assert_int_equal(day.left, 1200 - sum);
		weekends += strcmp(day.closed, "weekend") == 0;
		assert_true(*day.closed == '\0' || day.released == 0);
	}
	assert_int_equal(sum, 1200);
	assert_int_equal(weekends, 2);
	assert_string_equal(forecast_closed(*state, &r.places[0], 1,
	                                    civil_to_days((struct civil){ 2027, 1, 1 })),
	                    "Jour de l'an");
	forecast_free(f);
}

static void test_retries(void **state)
{
	struct campaign c = { .retry_max = 2 };
	struct forecast_retry how[RETRY_OUTCOMES];
	int64_t ended[RETRY_OUTCOMES] = { 10 };
	c.retry_ms[0] = HOUR_MS;
	assert_true(forecast_retries(&c, 19, ended, how) == 0);
	assert_true(forecast_retries(&c, 40, ended, how) == 0.25);
	assert_int_equal(how[0].delay_ms, HOUR_MS);
	assert_true(how[0].share > 0.2 && how[0].share < 0.25); /* two retries at most */
	c.retry_max = 0;
	assert_true(forecast_retries(&c, 40, ended, how) == 0 && how[0].share == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_the_pace_is_from),
		cmocka_unit_test(test_the_band),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_retries),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
