#include "chance.h"
#include "core/law/window.h"
#include "law.h"
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)

/* --- rows ------------------------------------------------------------------------ */

static void check_window(const struct table_row *row, void *arg)
{
	const struct rulebook *rb = arg;
	uint32_t place = law_place(rb, row->columns[1]);
	int64_t now_ms = law_instant(row->columns[2]), at_ms;
	char next[CIVIL_INSTANT_SIZE] = "", close[CIVIL_INSTANT_SIZE] = "";
	const char *rule = NULL;
	enum reason reason = window_why(rb, place, NULL, now_ms, &rule);

	if (window_next_open(rb, place, NULL, now_ms, WINDOW_HORIZON_DAYS, &at_ms))
		civil_format_instant(at_ms, next);
	if (window_next_close(rb, place, NULL, now_ms, &at_ms))
		civil_format_instant(at_ms, close);
	table_assert_string(row, "reason", reason_name(reason), row->columns[3]);
	table_assert_string(row, "next opening", next, row->columns[4]);
	table_assert_string(row, "close", close, row->columns[5]);
	assert_int_equal(window_is_open(rb, place, NULL, now_ms), reason == REASON_ALLOWED);
	assert_non_null(rule);
}

static void test_windows(void **state)
{
	table_each("tests/tables/windows.txt", 6, check_window, *state);
}

static void check_holiday(const struct table_row *row, void *arg)
{
	const struct holiday *h =
	    window_holiday_on(arg, law_place(arg, row->columns[1]), law_date(row->columns[2]));

	table_assert_string(row, "holiday", h != NULL ? h->name : "", row->columns[3]);
	if (h != NULL)
		assert_string_not_equal(h->article, "");
}

static void test_holidays(void **state)
{
	table_each("tests/tables/holidays.txt", 4, check_holiday, *state);
}

/* How many days a year are closed as holidays, and holiday_date_in() agrees with
 * window_holiday_on() on which. */
static void test_days_of_a_year(void **state)
{
	static const struct {
		const char *territory;
		size_t days;
	} rows[] = {
		{ "metropole", 11 },
		{ "alsace-moselle", 13 },
		{ "guadeloupe", 15 },
		{ "saint-martin", 13 },
		{ "guyane", 12 },
		{ "saint-barthelemy", 12 },
		{ "martinique", 14 },
		{ "la-reunion", 12 },
		{ "mayotte", 24 }, /* Miradj falls twice; three of its movable days are national ones */
		{ "saint-pierre-et-miquelon", 11 },
	};
	const struct rulebook *rb = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t place = law_place(rb, rows[i].territory);
		size_t days = 0;
		for (int32_t d = law_date("2027-01-01"); d <= law_date("2027-12-31"); d++)
			days += window_holiday_on(rb, place, d) != NULL;
		if (days != rows[i].days)
			print_error("%s\n", rows[i].territory);
		assert_int_equal(days, rows[i].days);
	}
	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];
		for (size_t j = 0; j < t->holiday_count; j++) {
			int32_t date;
			for (size_t nth = 0; holiday_date_in(&t->holidays[j], 2027, nth, &date); nth++) {
				assert_non_null(window_holiday_on(rb, t->address_bit, date));
				assert_int_equal(civil_from_days(date).year, 2027);
			}
		}
	}
}

/* A holiday on 29 February is one only in leap years, and a rule that ended, or is not
 * yet in force, gives no date. */
static void test_holiday_dates(void **state)
{
	struct holiday leap = {
		.kind = HOLIDAY_FIXED, .month = 2, .day = 29, .from_year = 1, .to_year = 9999
	};
	int32_t dates[] = { law_date("2027-03-10"), law_date("2027-06-16"), law_date("2028-02-27") };
	struct holiday listed = {
		.kind = HOLIDAY_LISTED, .from_year = 2027, .to_year = 2028, .dates = dates, .date_count = 3
	};
	int32_t date = 0;

	assert_int_equal(holiday_date_in(&leap, 2027, 0, &date), 0);
	assert_int_equal(holiday_date_in(&leap, 2100, 0, &date), 0);
	assert_int_equal(holiday_date_in(&leap, 2028, 1, &date), 0);
	assert_int_equal(date, 0);
	assert_int_equal(holiday_date_in(&leap, 2028, 0, &date), 1);
	assert_int_equal(date, law_date("2028-02-29"));
	assert_int_equal(holiday_date_in(&listed, 2027, 1, &date), 1);
	assert_int_equal(date, dates[1]);
	assert_int_equal(holiday_date_in(&listed, 2028, 0, &date), 1);
	assert_int_equal(date, dates[2]);
	assert_int_equal(holiday_date_in(&listed, 2027, 2, &date), 0);
	assert_int_equal(holiday_date_in(&listed, 2026, 0, &date), 0);
}

/* Listed holidays hold what they do not reach only while their rule is in force. */
static void test_known_while_in_force(void **state)
{
	struct rulebook *rb = law_load(LAW_PATH);
	uint32_t mayotte = law_place(rb, "mayotte");
	size_t listed = 0;

	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t i = 0; (mayotte & TERRITORY_BIT(t)) != 0 && i < rb->territories[t].holiday_count;
		     i++)
			if (rb->territories[t].holidays[i].kind == HOLIDAY_LISTED) {
				rb->territories[t].holidays[i].to_year = 2028;
				listed++;
			}
	assert_int_not_equal(listed, 0);
	assert_int_equal(window_holidays_known(rb, mayotte, law_date("2028-12-31")), 1);
	assert_int_equal(window_holidays_known(rb, mayotte, law_date("2029-01-01")), 1);
	rulebook_free(rb);
}

/* Hours that go on over midnight, every day: no end within the horizon, and no seam. */
static void test_always_open(void **state)
{
	static const char whole[] = "mon-sun 0:00-24:00";
	struct rulebook *rb = law_load(LAW_PATH);
	int64_t now_ms = law_instant("2027-11-24T23:59:00+01:00"), at_ms = 0;
	uint32_t paris = law_place(rb, "metropole"), both = law_place(rb, "metropole+la-reunion");
	const char *rule;

	for (size_t i = 0; i < rb->regime_count; i++)
		rb->regimes[i].week = law_week(whole);
	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t i = 0; i < rb->territories[t].holiday_count; i++)
			rb->territories[t].holidays[i].to_year = 0;
	assert_int_equal(window_next_close(rb, paris, NULL, now_ms, &at_ms), 1);
	assert_int_equal(at_ms, now_ms + WINDOW_HORIZON_DAYS * DAY_MS);
	assert_int_equal(window_next_close(rb, both, NULL, now_ms, &at_ms), 1);
	assert_int_equal(at_ms, now_ms + WINDOW_HORIZON_DAYS * DAY_MS);
	/* With hours of its own that touch at midnight there is one close, of the second day. */
	struct week own = law_week("wed 20:00-24:00; thu 0:00-1:00");
	assert_int_equal(window_next_close(rb, paris, &own, now_ms, &at_ms), 1);
	assert_int_equal(at_ms, law_instant("2027-11-25T01:00:00+01:00"));
	/* An article that nobody wrote is none, not a crash. */
	for (size_t i = 0; i < rb->regime_count; i++) {
		free(rb->regimes[i].week_article);
		rb->regimes[i].week_article = NULL;
		rb->regimes[i].week = law_week("mon-fri 10:00-12:00");
	}
	assert_int_equal(window_why(rb, paris, NULL, now_ms, &rule), REASON_OUTSIDE_HOURS);
	assert_string_equal(rule, "");
	rulebook_free(rb);
}

/* As many zones as a rulebook may have: a place is open only where the last one is, too. */
static void test_every_zone_counts(void **state)
{
	const struct rulebook *rb = *state;
	struct territory territories[TERRITORY_MAX] = { 0 };
	struct rulebook wide = *rb;
	static const char path[] = LAW_ZONE_DIR "/Europe/Paris", far_path[] = LAW_ZONE_DIR "/Pacific/Apia";
	size_t len, far_len;
	char *bytes = law_read_file(path, &len), *far_bytes = law_read_file(far_path, &far_len), err[160];
	struct zone *zones[TERRITORY_MAX][TERRITORY_ZONES_MAX];
	int64_t now_ms = law_instant("2026-11-24T11:00:00+01:00"), at_ms;

	for (size_t t = 0; t < TERRITORY_MAX; t++) {
		for (size_t z = 0; z < TERRITORY_ZONES_MAX; z++) {
			bool last = t == TERRITORY_MAX - 1 && z == TERRITORY_ZONES_MAX - 1;
			char name[32];
			snprintf(name, sizeof(name), "Made/Up%zu-%zu", t, z);
			zones[t][z] =
			    zone_new(name, last ? far_bytes : bytes, last ? far_len : len, err, sizeof(err));
			assert_non_null(zones[t][z]);
		}
		territories[t] = (struct territory){ .zones = zones[t], .zone_count = TERRITORY_ZONES_MAX };
	}
	wide.territories = territories;
	wide.territory_count = TERRITORY_MAX;
	assert_int_equal(window_is_open(&wide, UINT32_MAX >> 1, NULL, now_ms), 1);
	assert_int_equal(window_is_open(&wide, UINT32_MAX, NULL, now_ms), 0);
	assert_int_equal(window_next_close(&wide, UINT32_MAX, NULL, now_ms, &at_ms), 0);
	for (size_t t = 0; t < TERRITORY_MAX; t++)
		for (size_t z = 0; z < TERRITORY_ZONES_MAX; z++)
			zone_free(zones[t][z]);
	free(bytes);
	free(far_bytes);
}

/* A place without zones is open never, and says so. */
static void test_no_zone(void **state)
{
	int64_t at_ms = 42, now_ms = law_instant("2026-11-24T11:00:00+01:00");

	assert_int_equal(window_next_open(*state, 0, NULL, now_ms, WINDOW_HORIZON_DAYS, &at_ms), 0);
	assert_int_equal(window_next_close(*state, 0, NULL, now_ms, &at_ms), 0);
	assert_int_equal(window_is_open(*state, 0, NULL, now_ms), 0);
	assert_int_equal(at_ms, 42);
}

static void test_known(void **state)
{
	uint32_t mayotte = law_place(*state, "mayotte"), both = law_place(*state, "metropole+mayotte");

	assert_int_equal(window_holidays_known(*state, mayotte, law_date("2028-12-31")), 1);
	assert_int_equal(window_holidays_known(*state, mayotte, law_date("2029-01-01")), 0);
	assert_int_equal(window_holidays_known(*state, both, law_date("2029-01-01")), 0);
	assert_int_equal(window_holidays_known(*state, law_place(*state, "metropole"),
	                                       law_date("2099-01-01")),
	                 1);
}

static void test_rules_of_why(void **state)
{
	uint32_t place = law_place(*state, "metropole+alsace-moselle");
	const char *rule;

	assert_int_equal(window_why(*state, place, NULL, law_instant("2027-03-26T10:00:00+01:00"), &rule),
	                 REASON_HOLIDAY);
	assert_string_equal(rule, "Vendredi saint");
	assert_int_equal(window_why(*state, place, NULL, law_instant("2026-11-24T09:00:00+01:00"), &rule),
	                 REASON_OUTSIDE_HOURS);
	assert_string_equal(rule, "D223-9 C. conso. (décret 2026-662)");
	assert_int_equal(window_why(*state, 0, NULL, law_instant("2026-11-24T09:00:00+01:00"), &rule),
	                 REASON_PLACE_UNKNOWN);
	/* A holiday on a Saturday is told as the holiday. */
	assert_int_equal(window_why(*state, place, NULL, law_instant("2027-05-01T11:00:00+02:00"), &rule),
	                 REASON_HOLIDAY);
}

/* --- the campaign's own hours ------------------------------------------------------- */

static void test_own_hours(void **state)
{
	static const struct {
		const char *label, *own, *at, *reason, *next, *close;
	} rows[] = {
		{ "before its range", "mon-fri 10:30-12:00", "2026-11-24T10:15:00+01:00",
		  "outside-campaign-hours", "2026-11-24T09:30:00Z", "" },
		{ "in its range", "mon-fri 10:30-12:00", "2026-11-24T11:00:00+01:00", "allowed",
		  "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z" },
		{ "the law closes first", "mon-fri 9:00-24:00", "2026-11-24T19:00:00+01:00", "allowed",
		  "2026-11-24T18:00:00Z", "2026-11-24T19:00:00Z" },
		{ "the law is told first", "mon-fri 9:00-12:00", "2026-11-24T09:30:00+01:00", "outside-hours",
		  "2026-11-24T09:00:00Z", "" },
		{ "one day a week", "thu 17:00-19:30", "2026-11-27T10:00:00+01:00", "outside-campaign-hours",
		  "2026-12-03T16:00:00Z", "" },
		{ "never lawful", "sat,sun 10:00-12:00", "2026-11-24T11:00:00+01:00",
		  "outside-campaign-hours", "", "" },
	};
	uint32_t place = law_place(*state, "metropole");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct week own = law_week(rows[i].own);
		int64_t now_ms = law_instant(rows[i].at), at_ms;
		char next[CIVIL_INSTANT_SIZE] = "", close[CIVIL_INSTANT_SIZE] = "";
		const char *rule;
		if (window_next_open(*state, place, &own, now_ms, WINDOW_HORIZON_DAYS, &at_ms))
			civil_format_instant(at_ms, next);
		if (window_next_close(*state, place, &own, now_ms, &at_ms))
			civil_format_instant(at_ms, close);
		if (strcmp(next, rows[i].next) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(reason_name(window_why(*state, place, &own, now_ms, &rule)),
		                    rows[i].reason);
		assert_string_equal(next, rows[i].next);
		assert_string_equal(close, rows[i].close);
	}
}

/* --- both nights of the clock change -------------------------------------------------- */

/* A law that allows the night, since ours does not. */
static void set_hours(struct rulebook *rb, const char *hours)
{
	for (size_t i = 0; i < rb->regime_count; i++)
		rb->regimes[i].week = law_week(hours);
}

static void test_nights(void **state)
{
	static const struct {
		const char *label, *hours, *now, *next, *close;
	} rows[] = {
		{ "spring, the hour that never comes", "sun 2:00-3:00", "2026-03-28T12:00:00Z",
		  "2026-04-05T00:00:00Z", "2026-04-05T01:00:00Z" },
		{ "spring, half of it comes", "sun 2:30-3:30", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z",
		  "2026-03-29T01:30:00Z" },
		{ "spring, across it", "sun 1:30-3:30", "2026-03-28T12:00:00Z", "2026-03-29T00:30:00Z",
		  "2026-03-29T01:30:00Z" },
		{ "autumn, the first of two", "sun 2:00-2:30", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z",
		  "2026-10-25T00:30:00Z" },
		{ "autumn, the second of two", "sun 2:00-2:30", "2026-10-25T00:30:00Z",
		  "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z" },
		{ "autumn, both in one", "sun 2:00-3:00", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z",
		  "2026-10-25T02:00:00Z" },
		{ "across midnight", "mon 22:00-24:00; tue 0:00-2:00", "2026-11-23T12:00:00Z",
		  "2026-11-23T21:00:00Z", "2026-11-24T01:00:00Z" },
		{ "around the clock, to a holiday", "mon-sun 0:00-24:00", "2026-11-24T12:00:00Z",
		  "2026-11-24T12:00:00Z", "2026-12-24T23:00:00Z" },
	};
	uint32_t place = law_place(*state, "metropole");
	struct rulebook *rb = law_load(LAW_PATH);

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t next_ms = 0, close_ms = 0;
		char buf[CIVIL_INSTANT_SIZE];
		set_hours(rb, rows[i].hours);
		assert_int_equal(window_next_open(rb, place, NULL, law_instant(rows[i].now), 400, &next_ms),
		                 1);
		if (strcmp(civil_format_instant(next_ms, buf), rows[i].next) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(civil_format_instant(next_ms, buf), rows[i].next);
		assert_int_equal(window_next_close(rb, place, NULL, next_ms, &close_ms), 1);
		assert_string_equal(civil_format_instant(close_ms, buf), rows[i].close);
	}
	rulebook_free(rb);
}

/* --- regimes ---------------------------------------------------------------------------- */

/* Within a day of a change both regimes bind, and the stricter hours win. */
static void test_change_of_regime(void **state)
{
	static const struct {
		const char *at;
		int open;
	} rows[] = {
		{ "2026-08-07T10:30:00+02:00", 1 }, { "2026-08-10T10:30:00+02:00", 0 },
		{ "2026-08-10T11:30:00+02:00", 1 }, { "2026-08-11T10:30:00+02:00", 0 },
		{ "2026-08-11T11:30:00+02:00", 1 }, { "2026-08-12T10:30:00+02:00", 0 },
	};
	struct rulebook *rb = law_load(LAW_PATH);
	const struct regime *bind[REGIME_MAX];
	uint32_t place = law_place(rb, "metropole");

	rb->regimes[1].week = law_week("mon-fri 11:00-12:00");
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(window_is_open(rb, place, NULL, law_instant(rows[i].at)), rows[i].open);
	assert_int_equal(rulebook_regimes_on(rb, law_date("2026-08-09"), bind), 1);
	assert_int_equal(rulebook_regimes_on(rb, law_date("2026-08-10"), bind), 2);
	assert_int_equal(rulebook_regimes_on(rb, law_date("2026-08-11"), bind), 2);
	assert_int_equal(rulebook_regimes_on(rb, law_date("2026-08-12"), bind), 1);
	assert_string_equal(bind[0]->id, "fr-2026");
	assert_int_equal(rulebook_regimes_on(rb, law_date("2023-02-28"), bind), 0);
	rulebook_free(rb);
}

/* --- properties --------------------------------------------------------------------------- */

static uint32_t random_place(struct chance *c, const struct rulebook *rb)
{
	uint32_t place = TERRITORY_BIT(chance_range(c, 0, (int64_t)rb->territory_count - 1));

	while (chance_range(c, 0, 2) == 0)
		place |= TERRITORY_BIT(chance_range(c, 0, (int64_t)rb->territory_count - 1));
	return place;
}

static int64_t random_instant(struct chance *c)
{
	int64_t ms =
	    chance_range(c, law_instant("2023-03-02T00:00:00Z"), law_instant("2028-11-01T00:00:00Z"));

	return chance_range(c, 0, 1) == 0 ? ms : ms / (15 * MINUTE_MS) * 15 * MINUTE_MS;
}

/* The definition, one territory and zone after the other, without any search. */
static bool is_open_by_definition(const struct rulebook *rb, uint32_t place, int64_t now_ms)
{
	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];
		for (size_t j = 0; (place & t->address_bit) != 0 && j < t->zone_count; j++) {
			int32_t second, date = zone_local_date(t->zones[j], now_ms, &second);
			bool in_hours = (second >= 10 * 3600 && second < 13 * 3600) ||
			                (second >= 14 * 3600 && second < 20 * 3600);
			if (!in_hours || civil_weekday(date) >= SATURDAY ||
			    window_holiday_on(rb, place, date) != NULL ||
			    !window_holidays_known(rb, place, date))
				return false;
		}
	}
	return true;
}

static void check_searches(const struct rulebook *rb, uint32_t place, int64_t now_ms)
{
	int64_t next_ms, close_ms;
	bool open = window_is_open(rb, place, NULL, now_ms);

	assert_int_equal(open, is_open_by_definition(rb, place, now_ms));
	if (window_next_open(rb, place, NULL, now_ms, WINDOW_HORIZON_DAYS, &next_ms)) {
		assert_int_equal(window_is_open(rb, place, NULL, next_ms), 1);
		if (open)
			assert_int_equal(next_ms, now_ms);
		else
			assert_int_equal(window_is_open(rb, place, NULL, next_ms - 1), 0);
		for (int64_t at = now_ms; at < next_ms && at < now_ms + 5 * DAY_MS; at += 7 * MINUTE_MS)
			assert_int_equal(window_is_open(rb, place, NULL, at), 0);
	}
	assert_int_equal(window_next_close(rb, place, NULL, now_ms, &close_ms), open);
	if (!open)
		return;
	assert_int_equal(window_is_open(rb, place, NULL, close_ms), 0);
	for (int64_t at = now_ms; at < close_ms; at += MINUTE_MS)
		assert_int_equal(window_is_open(rb, place, NULL, at), 1);
	assert_int_equal(window_is_open(rb, place, NULL, close_ms - 1), 1);
}

static void test_searches_agree(void **state)
{
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 4000; i++) {
		uint32_t place = random_place(&c, *state);
		check_searches(*state, place, random_instant(&c));
	}
}

static void test_union_is_stricter(void **state)
{
	const struct rulebook *rb = *state;
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 50000; i++) {
		uint32_t place = random_place(&c, rb);
		int64_t now_ms = random_instant(&c);
		if (!window_is_open(rb, place, NULL, now_ms))
			continue;
		for (size_t t = 0; t < rb->territory_count; t++) {
			if ((place & TERRITORY_BIT(t)) != 0)
				assert_int_equal(window_is_open(rb, TERRITORY_BIT(t), NULL, now_ms), 1);
		}
	}
}

static void test_a_holiday_never_opens(void **state)
{
	struct rulebook *stricter = law_load(LAW_PATH);
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 50000; i++) {
		size_t t = (size_t)chance_range(&c, 0, (int64_t)stricter->territory_count - 1);
		struct holiday *h =
		    &stricter->territories[t].holidays[0]; /* New Year moves; it is given back below */
		struct holiday kept = *h;
		uint32_t place = TERRITORY_BIT(t);
		int64_t now_ms = random_instant(&c);
		int32_t second, date = zone_local_date(stricter->territories[t].zones[0], now_ms, &second);
		struct civil civil = civil_from_days(date);
		h->month = civil.month;
		h->day = civil.day;
		bool open = window_is_open(stricter, place, NULL, now_ms);
		*h = kept;
		assert_int_equal(open, 0);
		h->kind = HOLIDAY_LISTED; /* no day at all: New Year opens, and only New Year */
		bool without = window_is_open(stricter, place, NULL, now_ms);
		*h = kept;
		if (window_is_open(stricter, place, NULL, now_ms))
			assert_int_equal(without, 1);
	}
	rulebook_free(stricter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_holidays),
		cmocka_unit_test(test_days_of_a_year),
		cmocka_unit_test(test_holiday_dates),
		cmocka_unit_test(test_known_while_in_force),
		cmocka_unit_test(test_always_open),
		cmocka_unit_test(test_every_zone_counts),
		cmocka_unit_test(test_no_zone),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_rules_of_why),
		cmocka_unit_test(test_own_hours),
		cmocka_unit_test(test_nights),
		cmocka_unit_test(test_change_of_regime),
		cmocka_unit_test(test_searches_agree),
		cmocka_unit_test(test_union_is_stricter),
		cmocka_unit_test(test_a_holiday_never_opens),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
