#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/law/week.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "law.h"
#include "scene.h"
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the table ------------------------------------------------------------------------- */

struct seen {
	const struct rulebook *rb;
	bool reached[REASON_COUNT];
};

static void check_row(const struct table_row *row, void *arg)
{
	struct seen *seen = arg;

	seen->reached[scene_check_row(row, seen->rb)] = true;
}

/* No minute of any day is lawful in both places: a law of another hour than ours. */
static void check_place_unknown(struct seen *seen)
{
	static const char hours[] = "mon-fri 10:00-11:00";
	struct rulebook *rb = law_load(LAW_PATH);
	struct scene s;
	char err[80];

	for (size_t i = 0; i < rb->regime_count; i++)
		assert_int_equal(week_parse(hours, strlen(hours), &rb->regimes[i].week, err, sizeof(err)), 1);
	scene_sound(&s, rb, "0692000001 97110", law_instant("2026-11-24T10:00:00+04:00"));
	const struct decision *dec = scene_decide(&s);
	assert_string_equal(reason_name(dec->reason), "place-unknown");
	assert_int_equal(dec->until_ms, TIME_NONE);
	seen->reached[dec->reason] = true;
	scene_done(&s);
	rulebook_free(rb);
}

static void test_table(void **state)
{
	static const enum reason elsewhere[] = {
		REASON_JSON_MALFORMED, /* job_parse() */
		REASON_FIELD_MISSING,  REASON_JOB_TOO_LARGE,
		REASON_ERASED,         REASON_OUTCOME_UNKNOWN, /* the settling of what was taken */
		REASON_NOTHING_QUEUED,                         /* only a campaign's state */
	};
	struct seen seen = { .rb = *state };

	table_each("tests/tables/decide.txt", 6, check_row, &seen);
	check_place_unknown(&seen);
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		assert_int_equal(seen.reached[elsewhere[i]], 0);
		seen.reached[elsewhere[i]] = true;
	}
	for (int r = 0; r < REASON_COUNT; r++)
		if (!seen.reached[r])
			fail_msg("no row has the reason %s", reason_name((enum reason)r));
}

/* --- what a release says ------------------------------------------------------------------- */

/* Nothing may start from the least of: close - guard, and every end there is. */
static void test_not_after(void **state)
{
	static const struct {
		const char *differs, *not_after;
	} rows[] = {
		{ "", "2026-11-24T12:50:00+01:00" },
		{ "message_seconds=600; opt_out_at_seconds=10; r:ring_s=540", "2026-11-24T12:40:00+01:00" },
		{ "r:lead_s=3600", "2026-11-24T11:57:50+01:00" },
		{ "job.not_after=2026-11-24T10:00:01+01:00", "2026-11-24T10:00:01+01:00" },
		{ "job.not_after=2026-11-24T12:55:00+01:00", "2026-11-24T12:50:00+01:00" },
		{ "end=2026-11-24T11:00:00+01:00", "2026-11-24T11:00:00+01:00" },
		{ "consent.until=2026-11-24T10:30:00+01:00", "2026-11-24T10:30:00+01:00" },
		{ "consent.collected_at=2025-11-24T10:20:00+01:00", "2026-11-24T10:20:00+01:00" },
		{ "stale=2026-11-24T10:05:00+01:00", "2026-11-24T10:05:00+01:00" },
		{ "consent.slot=2026-11-24T09:50:00+01:00", "2026-11-24T10:05:00+01:00" },
		{ "consent=none; registry.until=2026-11-24T10:30:00+01:00", "2026-11-24T10:30:00+01:00" },
		{ "window=mon-fri 10:00-11:00", "2026-11-24T10:50:00+01:00" },
		{ "end=2026-11-24T11:00:00+01:00; job.not_after=2026-11-24T10:00:02+01:00; "
		  "stale=2026-11-24T10:00:03+01:00",
		  "2026-11-24T10:00:02+01:00" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		scene_sound(&s, *state, "+33140000001", law_instant("2026-11-24T10:00:00+01:00"));
		scene_differ(&s, rows[i].differs);
		const struct decision *dec = scene_decide(&s);
		if (dec->reason != REASON_ALLOWED || dec->not_after_ms != law_instant(rows[i].not_after))
			print_error("%s\n", rows[i].differs);
		assert_string_equal(reason_name(dec->reason), "allowed");
		assert_int_equal(dec->not_after_ms, law_instant(rows[i].not_after));
		scene_done(&s);
	}
}

/* From when on waiting is in vain, also for what waits. */
static void test_ends(void **state)
{
	static const struct {
		const char *differs, *reason, *ends, *why;
		bool any_hour;
	} rows[] = {
		{ "consent.until=2026-11-28T10:30:00+01:00", "allowed", "2026-11-28T10:30:00+01:00",
		  "consent-expired", false },
		{ "consent.until=2026-11-28", "allowed", "2026-11-28T00:00:00+01:00", "consent-expired",
		  false },
		{ "job.not_after=2026-11-27T10:00:01+01:00; consent.until=2026-11-28", "allowed",
		  "2026-11-27T10:00:01+01:00", "job-expired", false },
		{ "job.not_after=2026-11-29T10:00:01+01:00; consent.until=2026-11-28", "allowed",
		  "2026-11-28T00:00:00+01:00", "consent-expired", false },
		{ "window=mon-fri 15:00-16:00; consent.until=2026-11-28", "outside-campaign-hours",
		  "2026-11-28T00:00:00+01:00", "consent-expired", false },
		{ "status=paused; consent.until=2026-11-28", "campaign-paused", "2026-11-28T00:00:00+01:00",
		  "consent-expired", false },
		{ "consent.slot=2026-11-26T21:00:00+01:00", "not-before", "2026-11-26T21:15:00+01:00",
		  "consent-expired", true },
		{ "consent.slot=2026-11-26T21:00:00+01:00; r:lead_s=60", "not-before",
		  "2026-11-26T21:14:00+01:00", "consent-expired", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		scene_sound(&s, *state, "+33140000001", law_instant("2026-11-24T10:00:00+01:00"));
		scene_differ(&s, rows[i].differs);
		const struct decision *dec = scene_decide(&s);
		print_message("%s\n", rows[i].differs);
		assert_string_equal(reason_name(dec->reason), rows[i].reason);
		assert_int_equal(dec->ends_ms, law_instant(rows[i].ends));
		assert_string_equal(reason_name(dec->ends_why), rows[i].why);
		assert_int_equal(dec->any_hour, rows[i].any_hour);
		scene_done(&s);
	}
}

static void test_what_a_release_says(void **state)
{
	struct scene s;
	char place[PLACE_NAME_SIZE];

	scene_sound(&s, *state, "06 12 00 00 01", law_instant("2026-11-24T10:00:00+01:00"));
	json_object_set_new(s.job_json, "to", json_string("06 12 00 00 01"));
	json_object_del(s.job_json, "postcode");
	scene_differ(&s, "attempts=2026-11-01 2026-11-02; person-attempts=2026-11-01 2026-11-02 2026-11-03");
	const struct decision *dec = scene_decide(&s);
	assert_string_equal(dec->phone.e164, "+33612000001");
	assert_string_equal(place_name(*state, dec->place, place), "metropole+alsace-moselle");
	assert_string_equal(dec->proof, "form-v3/88121");
	assert_int_equal(dec->cap_count, 3);
	assert_int_equal(dec->close_ms, law_instant("2026-11-24T13:00:00+01:00"));
	assert_int_equal(dec->opens_ms, law_instant("2026-11-24T10:00:00+01:00"));
	assert_int_equal(dec->until_ms, TIME_NONE);
	assert_non_null(dec->view);
	scene_done(&s);
}

/* Every rule is told, in the order in which they are judged. */
static void test_trace(void **state)
{
	static const char *const order[] = { "campaign",   "number", "dates",   "duplicate", "cancel", "halt",
		                             "lists",      "law",    "consent", "history",   "cap",    "gap",
		                             "not-before", "start",  "window",  "brake",     "pause" };
	struct scene s;

	scene_sound(&s, *state, "+33140000001", law_instant("2026-11-28T10:00:00+01:00"));
	scene_differ(&s, "listed=opposition; consent=none; duplicate; status=paused");
	assert_string_equal(reason_name(scene_decide(&s)->reason), "duplicate");
	assert_int_equal(s.rulings.count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(s.rulings.list[i].name, order[i]);
	assert_int_equal(s.rulings.list[6].reason, REASON_OPPOSED_PLATFORM);
	assert_int_equal(s.rulings.list[8].reason, REASON_CONSENT_MISSING);
	assert_int_equal(s.rulings.list[14].reason, REASON_WEEKEND);
	assert_int_equal(s.rulings.list[16].reason, REASON_CAMPAIGN_PAUSED);
	scene_done(&s);
	/* Without a place, what needs one is left out. */
	scene_sound(&s, *state, "3200", law_instant("2026-11-28T10:00:00+01:00"));
	assert_string_equal(reason_name(scene_decide(&s)->reason), "number-class");
	assert_int_equal(s.rulings.count, 10);
	assert_int_equal(s.dec.place, 0);
	assert_null(s.dec.view);
	scene_done(&s);
}

/* --- the law of some days -------------------------------------------------------------------- */

static const struct law_list *list_of(const struct law *law, const char *name)
{
	for (size_t i = 0; i < law->list_count; i++)
		if (strcmp(law->lists[i].name, name) == 0)
			return &law->lists[i];
	return NULL;
}

static void test_law_read(void **state)
{
	static const char *const overrides[] = { "bloctel=required" };
	static const char *const laxer[] = { "opposition=if-present", "nonsense=required", "bloctel" };
	const struct rulebook *rb = *state;
	struct law law;
	int32_t day = law_date("2026-11-24");

	law_read(rb, day, day, NULL, 0, &law);
	assert_int_equal(law.known, 1);
	assert_int_equal(law.regime_count, 1);
	assert_int_equal(law.list_count, 2);
	assert_null(list_of(&law, "bloctel"));
	assert_int_equal(list_of(&law, "opposition")->mode, LIST_REQUIRED);
	assert_int_equal(list_of(&law, "anti-prospection")->max_age_days, 31);
	law_read(rb, day, day, overrides, 1, &law);
	assert_int_equal(list_of(&law, "bloctel")->mode, LIST_REQUIRED);
	assert_int_equal(list_of(&law, "bloctel")->max_age_days, 30);
	law_read(rb, day, day, laxer, 3, &law);
	assert_int_equal(list_of(&law, "opposition")->mode, LIST_REQUIRED);
	assert_int_equal(law.list_count, 2);
	/* Days on both sides of a change: both regimes, all their lists. */
	law_read(rb, law_date("2026-08-10"), law_date("2026-08-11"), NULL, 0, &law);
	assert_int_equal(law.regime_count, 2);
	assert_int_equal(list_of(&law, "bloctel")->mode, LIST_REQUIRED);
	law_read(rb, law_date("2026-08-12"), law_date("2026-08-12"), NULL, 0, &law);
	assert_null(list_of(&law, "bloctel"));
	law_read(rb, law_date("2023-02-28"), law_date("2023-03-01"), NULL, 0, &law);
	assert_int_equal(law.known, 0);
	law_read(rb, day, day - 1, NULL, 0, &law); /* no day is no law */
	assert_int_equal(law.known, 0);
}

/* A service message leaves a list out only where every regime that binds says so: on the
 * days around a change the stricter one counts, whichever comes first. */
static void test_lists_of_a_service(void **state)
{
	static const struct {
		const char *day;
		bool old_only, new_only, asked;
	} rows[] = {
		{ "2026-08-09", true, true, false },  { "2026-08-10", true, true, false },
		{ "2026-08-10", true, false, true },  { "2026-08-10", false, true, true },
		{ "2026-08-11", true, false, true },  { "2026-08-11", false, true, true },
		{ "2026-08-11", false, false, true }, { "2026-08-12", false, true, false },
		{ "2026-08-12", true, false, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rulebook *rb = law_load(LAW_PATH);
		struct law law;

		for (size_t r = 0; r < 2; r++)
			for (size_t l = 0; l < rb->regimes[r].list_count; l++) {
				struct list_rule *rule = &rb->regimes[r].lists[l];
				if (strcmp(rule->name, "bloctel") != 0)
					continue;
				rule->mode = LIST_REQUIRED;
				rule->prospecting_only = r == 0 ? rows[i].old_only : rows[i].new_only;
			}
		law_read(rb, law_date(rows[i].day), law_date(rows[i].day), NULL, 0, &law);
		assert_non_null(list_of(&law, "bloctel"));
		law_for_service(&law);
		if ((list_of(&law, "bloctel") != NULL) != rows[i].asked)
			print_error("row %zu\n", i);
		assert_int_equal(list_of(&law, "bloctel") != NULL, rows[i].asked);
		assert_non_null(list_of(&law, "opposition"));
		assert_non_null(list_of(&law, "anti-prospection"));
		rulebook_free(rb);
	}
}

/* More lists than can be asked: nobody knows, so that nothing goes out. */
static void test_too_many_lists(void **state)
{
	struct rulebook *rb = law_load(LAW_PATH);
	struct regime *regime = &rb->regimes[1];
	struct list_rule *kept = regime->lists, many[LAW_LISTS_MAX + 1];
	size_t kept_count = regime->list_count;
	char names[LAW_LISTS_MAX + 1][8];
	int32_t day = law_date("2026-11-24");

	for (size_t i = 0; i < COUNT(many); i++) {
		snprintf(names[i], sizeof(names[i]), "l%zu", i);
		many[i] = (struct list_rule){ .name = names[i], .mode = LIST_REQUIRED };
	}
	regime->lists = many;
	for (size_t n = LAW_LISTS_MAX; n <= LAW_LISTS_MAX + 1; n++) {
		struct law law;
		regime->list_count = n;
		law_read(rb, day, day, NULL, 0, &law);
		assert_int_equal(law.known, n == LAW_LISTS_MAX);
		assert_int_equal(law.list_count, LAW_LISTS_MAX);
		assert_string_equal(law.lists[0].article, "");
	}
	regime->lists = kept;
	regime->list_count = kept_count;
	rulebook_free(rb);
}

/* Of two lists with an age the younger end counts, in whatever order they stand. */
static void test_the_first_that_is_stale(void **state)
{
	const char *rule;
	struct law law;
	int64_t now_ms = law_instant("2026-08-10T09:00:00Z"), stale_ms;

	law_read(*state, law_date("2026-08-10"), law_date("2026-08-10"), NULL, 0, &law);
	for (int swapped = 0; swapped <= 1; swapped++) {
		struct list_fact facts[LAW_LISTS_MAX];
		for (size_t i = 0; i < law.list_count; i++) {
			bool older = strcmp(law.lists[i].name, swapped ? "bloctel" : "anti-prospection") == 0;
			facts[i] = (struct list_fact){
				.name = law.lists[i].name,
				.has_meta = true,
				.refreshed_ms =
				    law_instant(older ? "2026-07-20T00:00:00Z" : "2026-08-01T00:00:00Z"),
			};
		}
		assert_int_equal(lists_state(&law, facts, now_ms, &rule, &stale_ms), REASON_ALLOWED);
		assert_int_equal(stale_ms,
		                 law_instant(swapped ? "2026-08-19T00:00:00Z" : "2026-08-20T00:00:00Z"));
	}
}

/* A law of one thing less: no cap, no consent, no derogation for a time asked for, no
 * articles. What it does not ask does not stop a call. */
static void test_a_law_that_asks_less(void **state)
{
	static const struct {
		const char *label, *differs, *at, *reason, *until;
	} rows[] = {
		{ "no cap", "attempts=2026-11-20 2026-11-20 2026-11-20 2026-11-21",
		  "2026-11-24T10:00:00+01:00", "allowed", "" },
		{ "no consent", "consent=none", "2026-11-24T10:00:00+01:00", "allowed", "" },
		{ "no consent, and the registry cannot be read", "consent=none; registry-unknown",
		  "2026-11-24T10:00:00+01:00", "allowed", "" },
	};
	struct rulebook *rb = law_load(LAW_PATH);

	for (size_t r = 0; r < rb->regime_count; r++) {
		rb->regimes[r].cap.attempts = 0;
		rb->regimes[r].consent.required = false;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		scene_sound(&s, rb, "+33140000001", law_instant(rows[i].at));
		scene_differ(&s, rows[i].differs);
		const struct decision *dec = scene_decide(&s);
		if (strcmp(reason_name(dec->reason), rows[i].reason) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(reason_name(dec->reason), rows[i].reason);
		assert_int_equal(dec->cap_count, 0);
		scene_done(&s);
	}
	rulebook_free(rb);
}

/* Where a time that a person asked for opens no other hours, the window counts, and within
 * it the quarter of an hour from that time on. */
static void test_a_slot_that_opens_nothing(void **state)
{
	static const struct {
		const char *at, *slot, *reason, *until, *not_after;
	} rows[] = {
		{ "2026-11-24T18:00:00+01:00", "2026-11-24T18:00:00+01:00", "allowed", "",
		  "2026-11-24T18:15:00+01:00" },
		{ "2026-11-24T19:44:00+01:00", "2026-11-24T19:44:00+01:00", "allowed", "",
		  "2026-11-24T19:50:00+01:00" },
		{ "2026-11-28T21:00:00+01:00", "2026-11-28T21:00:00+01:00", "weekend",
		  "2026-11-30T10:00:00+01:00", "" },
		{ "2026-11-28T10:00:00+01:00", "2026-11-28T21:00:00+01:00", "not-before",
		  "2026-11-30T10:00:00+01:00", "" },
		{ "2026-11-24T18:15:00+01:00", "2026-11-24T18:00:00+01:00", "consent-expired", "", "" },
	};
	struct rulebook *rb = law_load(LAW_PATH);

	for (size_t r = 0; r < rb->regime_count; r++)
		rb->regimes[r].consent.slot_minutes = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		char differs[80];
		scene_sound(&s, rb, "+33140000001", law_instant(rows[i].at));
		snprintf(differs, sizeof(differs), "consent.slot=%s", rows[i].slot);
		scene_differ(&s, differs);
		const struct decision *dec = scene_decide(&s);
		assert_string_equal(reason_name(dec->reason), rows[i].reason);
		assert_int_equal(dec->any_hour, 0);
		assert_int_equal(dec->until_ms, *rows[i].until ? law_instant(rows[i].until) : TIME_NONE);
		assert_int_equal(dec->not_after_ms,
		                 *rows[i].not_after ? law_instant(rows[i].not_after) : TIME_NONE);
		/* The slot is where it ends, whatever the lead of the route. */
		if (strcmp(rows[i].reason, "consent-expired") != 0)
			assert_int_equal(dec->ends_ms, law_instant(rows[i].slot) + 15 * 60000);
		scene_done(&s);
	}
	rulebook_free(rb);
}

/* What an opposition to the advertiser needs to be lifted: a date, a law, a registry that
 * can be read, a place; and another list is still asked. */
static void test_what_lifts(void **state)
{
	static const struct {
		const char *label, *number, *at, *differs, *reason, *rule;
		bool undated, lifts;
		const char *besides;
	} rows[] = {
		{ "lifted", "+33140000001", "2026-11-24T10:00:00+01:00", "", "allowed", "", false, true,
		  NULL },
		{ "nobody knows when", "+33140000001", "2026-11-24T10:00:00+01:00", "", "opposed-advertiser",
		  "opposition:acme", true, false, NULL },
		{ "the registry cannot be read", "+33140000001", "2026-11-24T10:00:00+01:00",
		  "registry-unknown", "opposed-advertiser", "opposition:acme", false, false, NULL },
		{ "no law", "+33140000001", "2022-11-24T10:00:00+01:00", "", "opposed-advertiser",
		  "opposition:acme", false, false, NULL },
		{ "on another list besides", "+33140000001", "2026-11-24T10:00:00+01:00", "", "listed",
		  "anti-prospection", false, true, "anti-prospection" },
		{ "withdrawn since", "+33140000001", "2026-11-24T10:00:00+01:00",
		  "withdrawn=2026-11-01T00:00:00Z", "opposed-advertiser", "opposition:acme", false, false,
		  NULL },
		{ "two consents, the second of which is later", "+33140000001", "2026-11-24T10:00:00+01:00",
		  "consent.collected_at=2026-08-01T00:00:00Z; registry.via=web", "allowed", "", false, true,
		  NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s;
		scene_sound(&s, *state, rows[i].number, law_instant(rows[i].at));
		scene_differ(&s, "opposed=2026-08-31T10:00:00+02:00; consent.via=web");
		scene_differ(&s, rows[i].differs);
		s.opposition.dated = !rows[i].undated;
		s.facts.listed_besides = rows[i].besides;
		const struct decision *dec = scene_decide(&s);
		if (strcmp(reason_name(dec->reason), rows[i].reason) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(reason_name(dec->reason), rows[i].reason);
		assert_string_equal(dec->rule, rows[i].rule);
		assert_int_equal(dec->lifts, rows[i].lifts);
		scene_done(&s);
	}
	/* The number itself is none: only that somebody objected is known. */
	struct scene s;
	scene_sound(&s, *state, "3200", law_instant("2026-11-24T10:00:00+01:00"));
	scene_differ(&s, "opposed=2026-08-31T10:00:00+02:00; consent.via=web");
	assert_string_equal(reason_name(scene_decide(&s)->reason), "number-class");
	assert_int_equal(s.rulings.list[6].reason, REASON_OPPOSED_ADVERTISER);
	scene_done(&s);
}

static void test_law_dates(void **state)
{
	static const struct {
		const char *now, *first, *last;
	} rows[] = {
		{ "2026-11-24T12:00:00Z", "2026-11-24", "2026-11-24" },
		{ "2026-11-24T20:00:00Z", "2026-11-24", "2026-11-25" }, /* La Réunion is ahead */
		{ "2026-12-31T20:30:00Z", "2026-12-31", "2027-01-01" },
		{ "2028-02-29T03:59:59Z", "2028-02-28", "2028-02-29" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int32_t first, last;
		law_dates(*state, law_instant(rows[i].now), &first, &last);
		assert_int_equal(first, law_date(rows[i].first));
		assert_int_equal(last, law_date(rows[i].last));
	}
}

static void test_lists_state(void **state)
{
	static const struct {
		const char *opposition,
		    *anti; /* refreshed_at; "": no meta, "?": unreadable, "!": malformed, "-": lacks members */
		const char *reason, *rule, *stale;
	} rows[] = {
		{ "2026-11-24T06:00:00Z", "", "allowed", "", "" },
		{ "2026-11-24T06:00:00Z", "2026-11-01T00:00:00Z", "allowed", "", "2026-12-02T00:00:00Z" },
		{ "", "2026-11-01T00:00:00Z", "list-missing", "opposition", "" },
		{ "?", "", "list-stale", "opposition", "" },
		{ "2026-11-24T09:00:00.001Z", "", "list-stale", "opposition", "" },
		{ "2026-11-24T09:00:00Z", "", "allowed", "", "" },
		{ "2006-11-24T06:00:00Z", "", "allowed", "", "" }, /* live: without an age */
		{ "2026-11-24T06:00:00Z", "2026-10-24T09:00:00Z", "list-stale", "anti-prospection", "" },
		{ "2026-11-24T06:00:00Z", "2026-10-24T09:00:00.001Z", "allowed", "", "2026-11-24T09:00:00Z" },
		{ "2026-11-24T06:00:00Z", "?", "list-stale", "anti-prospection", "" },
		{ "2026-11-24T06:00:00Z", "!", "list-malformed", "anti-prospection", "" },
		{ "!", "?", "list-malformed", "opposition", "" },
		{ "-", "", "list-missing", "opposition", "" },
		{ "2026-11-24T06:00:00Z", "-", "list-missing", "anti-prospection", "" },
	};
	struct law law;
	int64_t now_ms = law_instant("2026-11-24T09:00:00Z"), stale_ms;

	law_read(*state, law_date("2026-11-24"), law_date("2026-11-24"), NULL, 0, &law);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct list_fact facts[LAW_LISTS_MAX];
		char stale[CIVIL_INSTANT_SIZE] = "";
		const char *rule;
		for (size_t l = 0; l < law.list_count; l++) {
			const char *at = l == 0 ? rows[i].opposition : rows[i].anti;
			facts[l] =
			    (struct list_fact){ .name = law.lists[l].name,
				                .has_meta = *at != '\0',
				                .refreshed_ms = strlen(at) > 1 ? law_instant(at) : TIME_NONE,
				                .malformed = *at == '!',
				                .lost = *at == '-' };
		}
		assert_string_equal(reason_name(lists_state(&law, facts, now_ms, &rule, &stale_ms)),
		                    rows[i].reason);
		assert_string_equal(rule, rows[i].rule);
		if (stale_ms != INT64_MAX && *rows[i].stale != '\0')
			civil_format_instant(stale_ms, stale);
		assert_string_equal(stale, rows[i].stale);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_not_after),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_what_a_release_says),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_law_read),
		cmocka_unit_test(test_lists_of_a_service),
		cmocka_unit_test(test_too_many_lists),
		cmocka_unit_test(test_the_first_that_is_stale),
		cmocka_unit_test(test_a_law_that_asks_less),
		cmocka_unit_test(test_a_slot_that_opens_nothing),
		cmocka_unit_test(test_what_lifts),
		cmocka_unit_test(test_law_dates),
		cmocka_unit_test(test_lists_state),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
