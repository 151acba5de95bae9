/* The model of a forecast, by hand-computed rows and by properties. */
#include "chance.h"
#include "core/forecast/forecast.h"
#include "core/job/job.h"
#include "core/law/week.h"
#include "core/law/window.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define GUARD_S 600

/* Jobs of one kind; times are instants or "". */
struct row_class {
	const char *place, *from, *until;
	int64_t count;
	bool any_hour;
};

static void add(struct forecast *f, const struct rulebook *rb, const struct row_class *c)
{
	struct forecast_class class = { .place = law_place(rb, c->place),
		                        .from_ms = *c->from != '\0' ? law_instant(c->from) : INT64_MIN,
		                        .until_ms = *c->until != '\0' ? law_instant(c->until) : INT64_MAX,
		                        .why = REASON_JOB_EXPIRED,
		                        .any_hour = c->any_hour,
		                        .count = c->count };

	assert_true(forecast_add(f, &class));
}

static const struct {
	const char *label, *now, *rate, *window, *end;
	struct row_class classes[3];
	int64_t released;
	const char *last;
	enum reason why;
	int64_t never;
} rows[] = {
	{ "nothing waits", "2026-11-24T09:00:00+01:00", "", "", "", { { 0 } }, 0, "", 0, 0 },
	{ "no rate: at the opening",
	  "2026-11-24T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole", "", "", 5000, false } },
	  5000,
	  "2026-11-24T09:00:00Z",
	  0,
	  0 },
	{ "60/h from 10:00, one at once, one a minute",
	  "2026-11-24T09:00:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 11, false } },
	  11,
	  "2026-11-24T09:09:59Z",
	  0,
	  0 },
	{ "the guard of ten minutes: 171 go before 12:50, the next at 14:00",
	  "2026-11-24T09:00:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 172, false } },
	  172,
	  "2026-11-24T13:00:00Z",
	  0,
	  0 },
	{ "over a weekend",
	  "2026-11-27T19:30:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 30, false } },
	  30,
	  "2026-11-30T09:07:59Z",
	  0,
	  0 },
	{ "over Toussaint and the weekend before it, into winter time",
	  "2027-10-29T19:30:00+02:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 22, false } },
	  22,
	  "2027-11-02T09:00:00Z",
	  0,
	  0 },
	{ "over Easter, into summer time",
	  "2027-03-26T19:39:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 13, false } },
	  13,
	  "2027-03-30T08:00:00Z",
	  0,
	  0 },
	{ "Good Friday rests where the callee may be in Alsace",
	  "2027-03-26T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole+alsace-moselle", "", "", 10, false } },
	  10,
	  "2027-03-30T08:00:00Z",
	  0,
	  0 },
	{ "hours of the campaign's own",
	  "2026-11-24T09:00:00+01:00",
	  "60/h",
	  "mon-fri 11:00-11:30",
	  "",
	  { { "metropole", "", "", 22, false } },
	  22,
	  "2026-11-25T10:00:00Z",
	  0,
	  0 },
	{ "the end comes first",
	  "2026-11-24T09:00:00+01:00",
	  "60/h",
	  "",
	  "2026-11-24T10:30:30+01:00",
	  { { "metropole", "", "", 50, false } },
	  31,
	  "2026-11-24T09:29:59Z",
	  REASON_CAMPAIGN_ENDED,
	  19 },
	{ "two places share one rate, and one stays open at noon",
	  "2026-11-24T09:59:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "", 170, false }, { "la-reunion", "", "", 20, false } },
	  190,
	  "2026-11-24T12:08:59Z",
	  0,
	  0 },
	{ "some are not due yet",
	  "2026-11-24T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole", "2026-11-25T15:30:00+01:00", "", 3, false }, { "metropole", "", "", 3, false } },
	  6,
	  "2026-11-25T14:30:00Z",
	  0,
	  0 },
	{ "some end before their place opens",
	  "2026-11-24T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole", "", "2026-11-24T09:30:00+01:00", 4, false }, { "metropole", "", "", 6, false } },
	  6,
	  "2026-11-24T09:00:00Z",
	  REASON_JOB_EXPIRED,
	  4 },
	{ "some end before their turn: half of those that are left at 10:30",
	  "2026-11-24T09:00:00+01:00",
	  "60/h",
	  "",
	  "",
	  { { "metropole", "", "2026-11-24T10:30:00+01:00", 50, false }, { "metropole", "", "", 50, false } },
	  65,
	  "2026-11-24T10:03:59Z",
	  REASON_JOB_EXPIRED,
	  35 },
	{ "they would be due after they end",
	  "2026-11-24T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole", "2026-11-25T15:30:00+01:00", "2026-11-25T10:00:00+01:00", 3, false } },
	  0,
	  "",
	  REASON_JOB_EXPIRED,
	  3 },
	{ "a precise time out of hours",
	  "2026-11-24T09:00:00+01:00",
	  "",
	  "",
	  "",
	  { { "metropole", "2026-11-28T21:00:00+01:00", "2026-11-28T21:15:00+01:00", 2, true } },
	  2,
	  "2026-11-28T20:00:00Z",
	  0,
	  0 },
};

static void campaign_of(struct campaign *c, const char *window, const char *end)
{
	char err[100];

	*c = (struct campaign){ .guard_s = GUARD_S, .start_ms = INT64_MIN, .end_ms = INT64_MAX };
	c->has_window = *window != '\0' && week_parse(window, strlen(window), &c->window, err, sizeof(err));
	if (*end != '\0')
		c->end_ms = law_instant(end);
}

static void test_rows(void **state)
{
	const struct rulebook *rb = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct campaign c;
		struct forecast_pace pace = { 0 };
		struct forecast_result r;
		char last[CIVIL_INSTANT_SIZE] = "";

		print_message("%s\n", rows[i].label);
		campaign_of(&c, rows[i].window, rows[i].end);
		if (*rows[i].rate != '\0')
			assert_true(rate_parse(rows[i].rate, &pace.interval_ms));
		struct forecast *f = forecast_new(rb, &c, law_instant(rows[i].now));

		assert_non_null(f);
		for (size_t k = 0; k < 3 && rows[i].classes[k].count > 0; k++)
			add(f, rb, &rows[i].classes[k]);
		assert_true(forecast_run(f, &pace, &r));
		if (r.last_ms != TIME_NONE)
			civil_format_instant(r.last_ms, last);
		assert_int_equal(r.released, rows[i].released);
		assert_string_equal(last, rows[i].last);
		assert_int_equal(r.never_count, rows[i].never);
		assert_int_equal(r.never[rows[i].why], rows[i].never);
		assert_int_equal(r.left, 0);
		assert_int_equal(r.end_first, rows[i].why == REASON_CAMPAIGN_ENDED);
		forecast_free(f);
	}
}

/* Whatever waits: nothing is lost, cells add up, nothing goes out where it is closed, and
 * more rate is never later. */
static void test_properties(void **state)
{
	static const char *const places[] = { "metropole", "alsace-moselle", "la-reunion", "martinique",
		                              "metropole+alsace-moselle" };
	const struct rulebook *rb = *state;
	struct chance chance;

	chance_init(&chance);
	for (int i = 0; i < 300; i++) {
		struct campaign c;
		struct forecast_result r[2];
		struct forecast *f[2];
		int64_t now_ms = law_instant("2026-09-01T00:00:00Z") +
		                 chance_range(&chance, 0, 400) * DAY_MS + chance_range(&chance, 0, DAY_MS),
			total = 0;
		double interval_ms = (double)chance_range(&chance, 500, 600000);

		campaign_of(&c, "", "");
		if (chance_range(&chance, 0, 2) == 0)
			c.end_ms = now_ms + chance_range(&chance, 1, 20 * DAY_MS);
		for (int k = 0; k < 2; k++)
			f[k] = forecast_new(rb, &c, now_ms);
		for (int64_t n = chance_range(&chance, 1, 12); n > 0; n--) {
			struct forecast_class class = {
				.place = law_place(rb, places[chance_range(&chance, 0, 4)]),
				.from_ms = chance_range(&chance, 0, 1)
				               ? INT64_MIN
				               : now_ms + chance_range(&chance, -1000, 5 * DAY_MS),
				.until_ms = chance_range(&chance, 0, 1)
				                ? INT64_MAX
				                : now_ms + chance_range(&chance, 1, 9 * DAY_MS),
				.why = REASON_CONSENT_EXPIRED,
				.count = chance_range(&chance, 1, 400),
			};

			total += class.count;
			for (int k = 0; k < 2; k++)
				assert_true(forecast_add(f[k], &class));
		}
		for (int k = 0; k < 2; k++) {
			struct forecast_pace pace = { .interval_ms = k == 0 ? interval_ms : interval_ms / 2 };
			int64_t released = 0, left = 0;

			assert_true(forecast_run(f[k], &pace, &r[k]));
			assert_int_equal(r[k].total, total);
			assert_int_equal(r[k].released + r[k].never_count + r[k].left, total);
			for (size_t n = 0; n < r[k].cell_count; n++) {
				released += r[k].cells[n].released;
				assert_null(window_holiday_on(rb, r[k].cells[n].place, r[k].cells[n].date));
				assert_true(civil_weekday(r[k].cells[n].date) < SATURDAY);
			}
			for (size_t n = 0; n < r[k].place_count; n++)
				left += r[k].totals[n];
			assert_int_equal(released, r[k].released);
			assert_int_equal(left, total);
			assert_true(r[k].last_ms == TIME_NONE || r[k].last_ms < c.end_ms);
		}
		assert_true(r[1].released >= r[0].released);
		for (int k = 0; k < 2; k++)
			forecast_free(f[k]);
	}
}

/* A class that a test changes in one thing. */
static struct forecast_class class_of(const struct rulebook *rb, const char *place, int64_t count)
{
	return (struct forecast_class){ .place = law_place(rb, place),
		                        .from_ms = INT64_MIN,
		                        .until_ms = INT64_MAX,
		                        .why = REASON_ALLOWED,
		                        .count = count };
}

/* How many are due, and when the next are: of that place, of those that ever go. */
static void test_due(void **state)
{
	const struct rulebook *rb = *state;
	struct campaign c;
	int64_t now_ms = law_instant("2026-11-24T09:00:00+01:00"), next_ms = 42;
	struct forecast_class class = class_of(rb, "metropole", 5);
	uint32_t place = class.place;

	campaign_of(&c, "", "");
	struct forecast *f = forecast_new(rb, &c, now_ms);
	assert_int_equal(forecast_due(f, place, now_ms, &next_ms), 0);
	assert_int_equal(next_ms, INT64_MAX);
	assert_true(forecast_add(f, &class));
	class.from_ms = now_ms + 3 * 3600000;
	class.count = 7;
	assert_true(forecast_add(f, &class));
	class.from_ms = now_ms + 2 * 3600000;
	class.count = 11;
	assert_true(forecast_add(f, &class));
	class.never = true;
	assert_true(forecast_add(f, &class));
	class = class_of(rb, "la-reunion", 13);
	assert_true(forecast_add(f, &class));
	class.count = 0;
	assert_true(forecast_add(f, &class)); /* none: nothing changes */
	class.count = -3;
	assert_true(forecast_add(f, &class));
	assert_int_equal(forecast_due(f, place, now_ms, &next_ms), 5);
	assert_int_equal(next_ms, now_ms + 2 * 3600000);
	assert_int_equal(forecast_due(f, place, now_ms + 2 * 3600000, &next_ms), 16);
	assert_int_equal(next_ms, now_ms + 3 * 3600000);
	assert_int_equal(forecast_due(f, place, now_ms + 3 * 3600000, &next_ms), 23);
	assert_int_equal(next_ms, INT64_MAX);
	assert_int_equal(forecast_due(f, law_place(rb, "la-reunion"), now_ms, &next_ms), 13);
	forecast_free(f);
	forecast_free(NULL);
}

/* Classes that differ in one thing are two; those that differ in none are one. */
static void test_what_makes_a_class(void **state)
{
	const struct rulebook *rb = *state;
	struct campaign c;
	struct forecast_pace pace = { 0 };
	struct forecast_result r;
	int64_t now_ms = law_instant("2026-11-24T09:00:00+01:00"), until_ms = now_ms + 1800000;

	campaign_of(&c, "", "");
	struct forecast *f = forecast_new(rb, &c, now_ms);
	for (int twice = 0; twice < 2; twice++) {
		struct forecast_class base = class_of(rb, "metropole", 1), other;
		assert_true(forecast_add(f, &base));
		other = base;
		other.never = true;
		other.why = REASON_CONSENT_MISSING;
		other.count = 10;
		assert_true(forecast_add(f, &other));
		other.why = REASON_DUPLICATE;
		other.count = 100;
		assert_true(forecast_add(f, &other));
		other = base;
		other.until_ms = until_ms;
		other.why = REASON_JOB_EXPIRED;
		other.count = 1000;
		assert_true(forecast_add(f, &other));
		other.why = REASON_CONSENT_EXPIRED;
		other.count = 10000;
		assert_true(forecast_add(f, &other));
		other.any_hour = true;
		other.count = 100000;
		assert_true(forecast_add(f, &other));
	}
	/* They ended before now: refused when their turn comes. */
	struct forecast_class past = class_of(rb, "metropole", 1000000);
	past.until_ms = now_ms - 1;
	past.why = REASON_JOB_EXPIRED;
	assert_true(forecast_add(f, &past));
	forecast_end(f, REASON_CANCELLED, 7);
	assert_true(forecast_run(f, &pace, &r));
	assert_int_equal(r.released, 200002);
	assert_int_equal(r.never[REASON_CONSENT_MISSING], 20);
	assert_int_equal(r.never[REASON_DUPLICATE], 200);
	assert_int_equal(r.never[REASON_JOB_EXPIRED], 1002000);
	assert_int_equal(r.never[REASON_CONSENT_EXPIRED], 20000);
	assert_int_equal(r.never[REASON_CANCELLED], 7);
	assert_int_equal(r.total, r.released + r.never_count);
	/* The place, and what it had of both kinds: once, though two lines of it wait. */
	assert_int_equal(r.place_count, 1);
	assert_int_equal(r.totals[0], r.total - 7);
	forecast_free(f);
}

/* A place that is shown though nothing waits there comes first. */
static void test_places_in_order(void **state)
{
	const struct rulebook *rb = *state;
	struct campaign c;
	struct forecast_pace pace = { 0 };
	struct forecast_result r;
	struct forecast_class class = class_of(rb, "metropole", 3);

	campaign_of(&c, "", "");
	struct forecast *f = forecast_new(rb, &c, law_instant("2026-11-24T09:00:00+01:00"));
	assert_true(forecast_place(f, law_place(rb, "la-reunion")));
	assert_true(forecast_add(f, &class));
	assert_true(forecast_place(f, law_place(rb, "metropole")));
	assert_true(forecast_run(f, &pace, &r));
	assert_int_equal(r.place_count, 2);
	assert_int_equal(r.places[0], law_place(rb, "la-reunion"));
	assert_int_equal(r.totals[0], 0);
	assert_int_equal(r.places[1], law_place(rb, "metropole"));
	assert_int_equal(r.totals[1], 3);
	forecast_free(f);
}

/* What no opening comes for, and what is left at the horizon. */
static void test_no_opening(void **state)
{
	static const struct {
		const char *label, *place, *now, *rate;
		int64_t from_days; /* 0: at once */
		bool any_hour;
		int64_t released, left;
		enum reason why;
		int64_t never;
	} cases[] = {
		{ "beyond the listed holidays", "mayotte", "2029-02-06T11:00:00+03:00", "", 0, false, 0, 0,
		  REASON_LAW_UNKNOWN, 5 },
		{ "no territory has that place", "", "2026-11-24T09:00:00+01:00", "", 0, false, 0, 0,
		  REASON_PLACE_UNKNOWN, 5 },
		{ "due behind the horizon", "metropole", "2026-11-24T09:00:00+01:00", "", 500, false, 0, 5,
		  REASON_ALLOWED, 0 },
		{ "the same, at a precise time", "metropole", "2026-11-24T09:00:00+01:00", "", 500, true, 0,
		  5, REASON_ALLOWED, 0 },
		{ "never due", "metropole", "2026-11-24T09:00:00+01:00", "", INT64_MAX, false, 0, 5,
		  REASON_ALLOWED, 0 },
		{ "a rate of one a day", "metropole", "2026-11-24T09:00:00+01:00", "1/d", 0, false, 5, 0,
		  REASON_ALLOWED, 0 },
	};
	const struct rulebook *rb = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct campaign c;
		struct forecast_pace pace = { 0 };
		struct forecast_result r;
		int64_t now_ms = law_instant(cases[i].now);
		struct forecast_class class = class_of(rb, "metropole", 5);

		print_message("%s\n", cases[i].label);
		campaign_of(&c, "", "");
		class.place = *cases[i].place != '\0' ? law_place(rb, cases[i].place) : 0;
		class.any_hour = cases[i].any_hour;
		if (cases[i].from_days == INT64_MAX)
			class.from_ms = INT64_MAX;
		else if (cases[i].from_days > 0)
			class.from_ms = now_ms + cases[i].from_days * DAY_MS;
		if (*cases[i].rate != '\0')
			assert_true(rate_parse(cases[i].rate, &pace.interval_ms));
		struct forecast *f = forecast_new(rb, &c, now_ms);
		assert_true(forecast_add(f, &class));
		assert_true(forecast_run(f, &pace, &r));
		assert_int_equal(r.released, cases[i].released);
		assert_int_equal(r.left, cases[i].left);
		assert_int_equal(r.never_count, cases[i].never);
		assert_int_equal(r.never[cases[i].why], cases[i].never);
		assert_int_equal(r.end_first, 0);
		forecast_free(f);
	}
}

/* Before 1970 minutes are counted downwards all the same. */
static void test_long_ago(void **state)
{
	const struct rulebook *rb = *state;
	struct campaign c;
	int64_t now_ms = -10 * DAY_MS, next_ms;
	struct forecast_class class = class_of(rb, "metropole", 2);

	campaign_of(&c, "", "");
	struct forecast *f = forecast_new(rb, &c, now_ms);
	class.from_ms = now_ms + 60001;
	class.until_ms = now_ms + 3600000 + 59999;
	class.why = REASON_JOB_EXPIRED;
	assert_true(forecast_add(f, &class));
	assert_int_equal(forecast_due(f, class.place, now_ms + 119999, &next_ms), 0);
	assert_int_equal(next_ms, now_ms + 120000);
	forecast_free(f);
}

static void test_too_many_kinds(void **state)
{
	const struct rulebook *rb = *state;
	struct campaign c;
	struct forecast_pace pace = { .interval_ms = 1 };
	struct forecast_result r;
	int64_t now_ms = law_instant("2026-11-24T09:00:00+01:00"), count = 300000;

	campaign_of(&c, "", "");
	struct forecast *f = forecast_new(rb, &c, now_ms);

	for (int64_t i = 0; i < count; i++) {
		struct forecast_class class = { .place =
			                            law_place(rb, i % 2 == 0 ? "metropole" : "la-reunion"),
			                        .from_ms = now_ms + i % 40000 * 60000,
			                        .until_ms = now_ms + (40000 + i * 7 % 49999) * 60000,
			                        .why = REASON_JOB_EXPIRED,
			                        .count = 1 };

		assert_true(forecast_add(f, &class));
	}
	assert_true(forecast_run(f, &pace, &r));
	assert_true(r.coarse);
	assert_int_equal(r.released + r.never_count + r.left, count);
	assert_true(r.released > count / 2);
	forecast_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_what_makes_a_class),
		cmocka_unit_test(test_places_in_order),
		cmocka_unit_test(test_no_opening),
		cmocka_unit_test(test_long_ago),
		cmocka_unit_test(test_too_many_kinds),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
