/* Whether a campaign stands still, until when, and how many of its jobs may go. */
#include "chance.h"
#include "core/time/civil.h"
#include "law.h"
#include "standing_bench.h"
#include "test.h"

#include <stdlib.h>

static void test_nothing_in_the_way(void **state)
{
	struct bench *b = malloc(sizeof(*b));
	struct standing s;
	struct stop stop;
	const char *rule;

	bench_sound(b, *state);
	bench_judge(b);
	standing_of(&b->in, &s);
	assert_string_equal(s.state, "running");
	assert_int_equal(s.because, REASON_ALLOWED);
	assert_int_equal(s.budget, 1000); /* the backlog of a route */
	for (int scope = STOPS_INTAKE; scope <= STOPS_RELEASE; scope++)
		assert_int_equal(standing_stop(&b->in, (enum stop_scope)scope, &stop), 0);
	assert_int_equal(gates_first(&b->gates, &rule), REASON_ALLOWED);
	free(b);
}

/* A campaign of which nothing waits does not stand still because of a list. */
static void test_nothing_waits(void **state)
{
	static const struct {
		int64_t intake, taken, unknown;
		const char *state, *because;
	} rows[] = {
		{ 0, 0, 0, "waiting", "nothing-queued" }, { 9, 0, 0, "done", "nothing-queued" },
		{ 9, 1, 0, "running", "allowed" },        { 9, 0, 2, "waiting", "outcome-unknown" },
		{ 9, 1, 2, "running", "allowed" },
	};
	struct bench *b = malloc(sizeof(*b));
	struct standing s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bench_sound(b, *state);
		b->jobs = (struct jobs_now){ .later_first_ms = TIME_NONE,
			                     .intake = rows[i].intake,
			                     .taken = rows[i].taken,
			                     .unknown = rows[i].unknown };
		b->refreshed_at = NULL;
		b->route.tripped = "12 of 20 failed";
		b->route.room = 0;
		bench_judge(b);
		standing_of(&b->in, &s);
		assert_string_equal(s.state, rows[i].state);
		assert_string_equal(reason_name(s.because), rows[i].because);
	}
	free(b);
}

/* Of several places the one that opens first tells, and a time of its own if that is sooner. */
static void test_until(void **state)
{
	struct bench *b = malloc(sizeof(*b));
	struct standing s;

	bench_sound(b, *state);
	b->in.now_ms = law_instant("2026-11-28T11:00:00+01:00"); /* a Saturday */
	b->no_queue = true;
	b->helds[1] = (struct held_now){ .place = law_place(*state, "la-reunion"), .count = 3 };
	b->jobs.held_count = 2;
	bench_judge(b);
	standing_of(&b->in, &s);
	assert_int_equal(s.until_ms, law_instant("2026-11-30T10:00:00+04:00"));
	b->jobs.later = 1;
	b->jobs.later_first_ms = law_instant("2026-11-29T10:00:00Z");
	b->jobs.later_why = REASON_CAP_REACHED;
	standing_of(&b->in, &s);
	assert_int_equal(s.because, REASON_CAP_REACHED);
	assert_int_equal(s.until_ms, b->jobs.later_first_ms);
	/* What no time will mend comes before. */
	b->in.now_ms = law_instant(BENCH_NOW);
	b->helds[0].stuck = REASON_CONSENT_SCOPE;
	b->helds[0].stuck_rule = "product";
	standing_of(&b->in, &s);
	assert_int_equal(s.because, REASON_CONSENT_SCOPE);
	assert_int_equal(s.until_ms, TIME_NONE);
	free(b);
}

static void test_start_until(void **state)
{
	struct bench *b = malloc(sizeof(*b));
	struct standing s;

	bench_sound(b, *state);
	bench_change(b, "start=2026-11-28T00:00:00Z"); /* a Saturday */
	bench_judge(b);
	standing_of(&b->in, &s);
	assert_int_equal(s.until_ms, law_instant("2026-11-30T10:00:00+01:00"));
	b->jobs.held_count = 0;
	standing_of(&b->in, &s);
	assert_int_equal(s.until_ms, law_instant("2026-11-28T00:00:00Z"));
	free(b);
}

/* How many may go: the tightest limit, and what comes after it. */
static void test_budget(void **state)
{
	static const struct {
		const char *label, *changes;
		int64_t ready, reserved, room, taken, own_ready;
		int64_t budget;
		const char *reason, *rule;
	} rows[] = {
		{ "backlog alone", "r:backlog=100", 40, 10, INT64_MAX, 0, 0, 50, "route-full", "main" },
		{ "canary", "r:canary=20", 0, 5, 20, 0, 0, 15, "route-breaker", "canary" },
		{ "canary, less than the backlog", "r:backlog=8", 0, 0, 20, 0, 0, 8, "route-full", "main" },
		{ "concurrent", "concurrent=10", 0, 0, INT64_MAX, 4, 3, 3, "route-full", "concurrent" },
		{ "concurrent, on their way", "concurrent=10", 0, 2, INT64_MAX, 4, 3, 1, "route-full",
		  "concurrent" },
		{ "concurrent, over", "concurrent=2", 0, 0, INT64_MAX, 4, 3, 0, "route-full", "concurrent" },
		{ "concurrent of the route", "r:concurrent=10", 3, 0, INT64_MAX, 4, 3, 3, "route-full",
		  "concurrent of the route" },
		{ "concurrent of the route, on their way", "r:concurrent=10", 3, 2, INT64_MAX, 4, 3, 1,
		  "route-full", "concurrent of the route" },
		{ "concurrent of the route, over", "r:concurrent=2", 3, 0, INT64_MAX, 4, 3, 0, "route-full",
		  "concurrent of the route" },
		{ "a rate that lets one go", "rate=1/h", 0, 0, INT64_MAX, 0, 0, 1, "rate-limit", "campaign" },
		{ "the route's rate", "r:rate=1/h", 0, 0, INT64_MAX, 0, 0, 1, "rate-limit", "main" },
		{ "the route's rate is on its way", "r:rate=1/h", 0, 1, INT64_MAX, 0, 0, 0, "rate-limit",
		  "main" },
	};
	struct bench *b = malloc(sizeof(*b));

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct brake brake;

		bench_sound(b, *state);
		bench_change(b, rows[i].changes);
		b->route.ready = rows[i].ready;
		b->route.reserved = rows[i].reserved;
		b->route.room = rows[i].room;
		b->jobs.taken = rows[i].taken;
		b->jobs.ready = rows[i].own_ready;
		b->route.out = rows[i].taken + rows[i].own_ready;
		bench_judge(b);
		standing_brake(&b->in, &brake);
		same_int(rows[i].label, brake.budget, rows[i].budget);
		same_text(rows[i].label, reason_name(brake.reason), rows[i].reason);
		same_text(rows[i].label, brake.rule, rows[i].rule);
	}
	free(b);
}

/* Never below nothing, whatever the numbers. */
static void test_budget_is_a_count(void **state)
{
	struct chance c;
	struct bench *b = malloc(sizeof(*b));

	chance_init(&c);
	for (int i = 0; i < 2000; i++) {
		struct brake brake;

		bench_sound(b, *state);
		if (chance_range(&c, 0, 1) == 0)
			bench_change(b, "concurrent=7");
		if (chance_range(&c, 0, 1) == 0)
			bench_change(b, "rate=5/s");
		if (chance_range(&c, 0, 1) == 0)
			bench_change(b, "r:rate=300/h");
		b->route.ready = (int64_t)chance_range(&c, 0, 2999) - 100;
		b->route.reserved = (int64_t)chance_range(&c, 0, 499);
		b->route.room = chance_range(&c, 0, 1) == 0 ? INT64_MAX : (int64_t)chance_range(&c, 0, 49);
		b->route.claimed = (int)chance_range(&c, 0, 10) - 1;
		b->jobs.taken = (int64_t)chance_range(&c, 0, 19);
		b->jobs.pace_ms = (double)b->in.now_ms + chance_range(&c, 0, 9999) - 5000;
		bench_judge(b);
		standing_brake(&b->in, &brake);
		assert_in_range(brake.budget, 0, 1100);
		assert_int_not_equal(brake.reason, REASON_ALLOWED);
		if (b->route.claimed > b->sit.c.priority)
			assert_int_equal(brake.budget, 0);
	}
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_in_the_way),
		cmocka_unit_test(test_nothing_waits),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_start_until),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_is_a_count),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
