/* The points that the law leaves unclear and the answers taken: the table, and below
 * those that no single decision shows. */
#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/time/civil.h"
#include "io/rulebook/load.h"
#include "law.h"
#include "scene.h"
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Rows that this program's core does not decide: how long entries and proofs are kept. */
static const int later_work[] = { 32, 33 };
static const int by_function[] = { 1, 2, 29, 30 };

static void check_row(const struct table_row *row, void *arg)
{
	bool *seen = ((void **)arg)[1];
	int number;

	if (sscanf(row->columns[0], "s11 row %d:", &number) != 1 || number < 1 || number > 34)
		fail_msg("%s:%d: the label has no row of section 11", row->path, row->line);
	seen[number] = true;
	scene_check_row(row, ((void **)arg)[0]);
}

static void test_table(void **state)
{
	bool seen[35] = { false };
	void *arg[2] = { *state, seen };

	table_each("tests/tables/section11.txt", 6, check_row, arg);
	for (size_t i = 0; i < COUNT(later_work); i++)
		seen[later_work[i]] = true;
	for (size_t i = 0; i < COUNT(by_function); i++)
		seen[by_function[i]] = true;
	for (int i = 1; i <= 34; i++)
		if (!seen[i])
			fail_msg("no test for row %d of section 11", i);
}

/* s11 row 1: what was read through quotations says so, and nobody has signed it. */
static void test_row_1_secondary_and_unsigned(void **state)
{
	const struct rulebook *rb = *state;

	assert_int_equal(rb->regime_count, 2);
	assert_string_equal(rb->regimes[0].grade, "primary");
	assert_string_equal(rb->regimes[1].grade, "secondary");
	assert_string_equal(rb->approved_by, "");
	assert_string_equal(rb->approved_on, "");
}

/* s11 row 2: the new regime is nowhere laxer than the old, save for Bloctel. */
static void test_row_2_nothing_loosens(void **state)
{
	const struct rulebook *rb = *state;
	const struct regime *old = &rb->regimes[0], *new = &rb->regimes[1];

	for (int d = 0; d < 7; d++) {
		assert_int_equal(new->week.days[d].count, old->week.days[d].count);
		for (size_t i = 0; i < old->week.days[d].count; i++) {
			assert_int_equal(new->week.days[d].ranges[i].start_min,
			                 old->week.days[d].ranges[i].start_min);
			assert_int_equal(new->week.days[d].ranges[i].end_min,
			                 old->week.days[d].ranges[i].end_min);
		}
	}
	assert_in_range(new->cap.attempts, 1, old->cap.attempts);
	assert_in_range(new->cap.days, old->cap.days, 366);
	assert_in_range(new->refusal_days, old->refusal_days, 3660); /* row 3: never less than 60 */
	assert_int_equal(old->refusal_days, 60);
	assert_int_equal(new->consent.required, 1);
	assert_in_range(new->consent.max_age_days, 1, old->consent.max_age_days);
	assert_in_range(new->consent.mention_count, old->consent.mention_count, CONSENT_MENTIONS_MAX);
}

static enum list_mode bloctel_on(const struct rulebook *rb, const char *date)
{
	struct law law;

	law_read(rb, law_date(date), law_date(date), NULL, 0, &law);
	for (size_t i = 0; i < law.list_count; i++)
		if (strcmp(law.lists[i].name, "bloctel") == 0)
			return law.lists[i].mode;
	return LIST_UNUSED;
}

/* s11 row 29: Bloctel is asked until the opt-in regime, and not after. */
static void test_row_29_bloctel(void **state)
{
	assert_int_equal(bloctel_on(*state, "2023-03-01"), LIST_REQUIRED);
	assert_int_equal(bloctel_on(*state, "2026-08-10"), LIST_REQUIRED);
	assert_int_equal(bloctel_on(*state, "2026-08-11"), LIST_REQUIRED); /* row 30: both bind */
	assert_int_equal(bloctel_on(*state, "2026-08-12"), LIST_UNUSED);
	assert_int_equal(bloctel_on(*state, "2026-11-24"), LIST_UNUSED);
	assert_int_equal(((struct rulebook *)*state)->regimes[0].lists[2].max_age_days, 30);
}

/* s11 row 30: the law of the day in the callee's zone; a day around a change both. */
static void test_row_30_change_of_law(void **state)
{
	static const struct {
		const char *place, *now;
		size_t regimes;
	} rows[] = {
		{ "metropole", "2026-08-09T21:59:59Z", 1 },
		{ "metropole", "2026-08-09T22:00:00Z", 2 },
		{ "metropole", "2026-08-11T21:59:59Z", 2 },
		{ "metropole", "2026-08-11T22:00:00Z", 1 },
		{ "la-reunion", "2026-08-11T19:59:59Z", 2 },
		{ "la-reunion", "2026-08-11T20:00:00Z", 1 },
		{ "guadeloupe", "2026-08-12T03:59:59Z", 2 },
		{ "guadeloupe", "2026-08-12T04:00:00Z", 1 },
		{ "la-reunion+guadeloupe", "2026-08-11T20:00:00Z", 2 },
	};
	struct place_views views;

	place_views_init(&views, *state, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct place_view *view =
		    place_view_at(&views, law_place(*state, rows[i].place), law_instant(rows[i].now));
		if (view->law.regime_count != rows[i].regimes)
			print_error("%s %s\n", rows[i].place, rows[i].now);
		assert_int_equal(view->law.regime_count, rows[i].regimes);
		assert_int_equal(view->law.known, 1);
	}
}

/* The stricter of both decides on consent, cap and hours on these days. */
static void test_row_30_the_stricter_wins(void **state)
{
	static const struct {
		const char *at, *reason;
	} rows[] = {
		{ "2026-08-07T15:00:00+02:00", "consent-form" },
		{ "2026-08-10T15:00:00+02:00", "consent-form" },
		{ "2026-08-11T15:00:00+02:00", "consent-form" },
		{ "2026-08-12T15:00:00+02:00", "allowed" },
	};
	struct rulebook *rb = law_load(LAW_PATH);

	rb->regimes[1].consent.proof_required = false; /* laxer than before */
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		scene_sound(&s, rb, "+33140000001", law_instant(rows[i].at));
		scene_differ(&s, "consent.collected_at=2026-02-01T00:00:00Z; consent.proof=");
		assert_string_equal(reason_name(scene_decide(&s)->reason), rows[i].reason);
		scene_done(&s);
	}
	rulebook_free(rb);
}

/* Of two regimes that bind, a list is asked as the stricter asks it, whichever came first. */
static void test_row_30_the_stricter_list(void **state)
{
	static const struct {
		enum list_mode before, since, want;
		int age_before, age_since, age;
	} rows[] = {
		{ LIST_IF_PRESENT, LIST_REQUIRED, LIST_REQUIRED, 30, 31, 30 },
		{ LIST_REQUIRED, LIST_IF_PRESENT, LIST_REQUIRED, 31, 30, 30 },
		{ LIST_UNUSED, LIST_IF_PRESENT, LIST_IF_PRESENT, 1, 7, 7 },
		{ LIST_REQUIRED, LIST_UNUSED, LIST_REQUIRED, 9, 1, 9 },
		{ LIST_REQUIRED, LIST_REQUIRED, LIST_REQUIRED, 0, 7, 7 }, /* 0: no limit */
		{ LIST_REQUIRED, LIST_REQUIRED, LIST_REQUIRED, 7, 0, 7 },
	};
	struct rulebook *rb = law_load(LAW_PATH);
	int32_t day = law_date("2026-08-11");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct law law;
		rb->regimes[0].lists[2].mode = rows[i].before;
		rb->regimes[1].lists[2].mode = rows[i].since;
		rb->regimes[0].lists[2].max_age_days = rows[i].age_before;
		rb->regimes[1].lists[2].max_age_days = rows[i].age_since;
		law_read(rb, day, day, NULL, 0, &law);
		assert_int_equal(law.regime_count, 2);
		assert_string_equal(law.lists[2].name, "bloctel");
		assert_int_equal(law.lists[2].mode, rows[i].want);
		assert_int_equal(law.lists[2].max_age_days, rows[i].age);
	}
	rulebook_free(rb);
}

/* s11 row 31: what is found out, not what is said: the metas of the lists as Redis has them, the
 * gates that a clock or a Redis in doubt closes, a rulebook that cannot be read. */
static void test_row_31_lists(void **state)
{
	static const struct {
		const char *label, *refreshed_at; /* NULL: no meta */
		bool malformed;
		const char *reason, *rule;
	} rows[] = {
		{ "as it must be", "2026-11-24T06:00:00Z", false, "allowed", "" },
		{ "nobody declared it", NULL, false, "list-missing", "opposition" },
		{ "a member is no number", "2026-11-24T06:00:00Z", true, "list-malformed", "opposition" },
		{ "dated in the future", "2026-11-24T09:00:01Z", false, "list-stale", "opposition" },
		{ "a date that is none", "today", false, "list-stale", "opposition" },
	};
	static const struct {
		const char *refreshed_at, *reason;
	} scrubs[] = {
		{ "2026-10-24T09:00:00.001Z", "allowed" }, /* 31 days, less a millisecond */
		{ "2026-10-24T09:00:00Z", "list-stale" },
	};
	int64_t now_ms = law_instant("2026-11-24T10:00:00+01:00");
	int32_t today = law_date("2026-11-24");
	struct law law;

	law_read(*state, today, today, NULL, 0, &law);
	assert_string_equal(law.lists[0].name, "opposition");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct list_fact facts[LAW_LISTS_MAX] = { { .name = "opposition",
			                                    .has_meta = rows[i].refreshed_at != NULL,
			                                    .malformed = rows[i].malformed,
			                                    .refreshed_ms = TIME_NONE } };
		struct scene s;
		if (rows[i].refreshed_at != NULL)
			civil_parse_instant(rows[i].refreshed_at, strlen(rows[i].refreshed_at),
			                    &facts[0].refreshed_ms);
		scene_sound(&s, *state, "+33140000001", now_ms);
		s.facts.lists =
		    lists_state(&law, facts, now_ms, &s.facts.lists_rule, &s.facts.lists_stale_ms);
		const struct decision *dec = scene_decide(&s);
		if (strcmp(reason_name(dec->reason), rows[i].reason) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(reason_name(dec->reason), rows[i].reason);
		assert_string_equal(dec->rule, rows[i].rule);
		scene_done(&s);
	}
	for (size_t i = 0; i < COUNT(scrubs); i++) {
		struct list_fact facts[LAW_LISTS_MAX] = {
			{ .name = "opposition", .has_meta = true, .refreshed_ms = now_ms },
			{ .name = "anti-prospection",
			  .has_meta = true,
			  .refreshed_ms = law_instant(scrubs[i].refreshed_at) },
		};
		const char *rule;
		int64_t stale_ms;
		assert_string_equal(reason_name(lists_state(&law, facts, now_ms, &rule, &stale_ms)),
		                    scrubs[i].reason);
	}
}

static void test_row_31_no_rulebook(void **state)
{
	char err[200] = "";

	(void)state;
	assert_null(rulebook_load("/nonexistent/fr.conf", LAW_ZONE_DIR, err, sizeof(err)));
	assert_null(rulebook_load("tests/tables/section11.txt", LAW_ZONE_DIR, err, sizeof(err)));
	assert_null(rulebook_load(LAW_PATH, "/nonexistent", err, sizeof(err)));
	assert_string_not_equal(err, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "s11 rows that one decision shows", test_table, NULL, NULL, NULL },
		{ "s11 row 1: secondary and unsigned", test_row_1_secondary_and_unsigned, NULL, NULL, NULL },
		{ "s11 row 2: nothing loosens", test_row_2_nothing_loosens, NULL, NULL, NULL },
		{ "s11 row 29: Bloctel", test_row_29_bloctel, NULL, NULL, NULL },
		{ "s11 row 30: a change of law", test_row_30_change_of_law, NULL, NULL, NULL },
		{ "s11 row 30: the stricter wins", test_row_30_the_stricter_wins, NULL, NULL, NULL },
		{ "s11 row 30: the stricter list", test_row_30_the_stricter_list, NULL, NULL, NULL },
		{ "s11 row 31: lists", test_row_31_lists, NULL, NULL, NULL },
		{ "s11 row 31: no rulebook", test_row_31_no_rulebook, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
