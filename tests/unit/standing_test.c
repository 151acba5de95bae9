/* What stands in a campaign's way, with everything else that may stand there: all pairs. */
#include "core/campaign/standing.h"

#include "chance.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW "2026-11-24T10:30:00+01:00" /* a Tuesday, in the morning window of Paris */
#define PLACES 2

/* A campaign in whose way nothing stands: ten jobs in an open place, five on the queue. */
struct bench {
	const struct rulebook *rb;
	struct definition definition;
	char changes[1024];
	size_t changes_len;
	const char *halt_name, *halt_why;
	const char *refreshed_at;
	bool list_malformed, no_law, no_queue;
	struct situation sit;
	struct gates gates;
	struct route_now route;
	struct jobs_now jobs;
	struct held_now helds[PLACES];
	struct place_views views;
	struct standing_input in;
};

static void sound(struct bench *b, const struct rulebook *rb)
{
	memset(b, 0, sizeof(*b));
	b->rb = rb;
	definition_sound(&b->definition);
	b->refreshed_at = "2026-11-24T06:00:00Z";
	b->gates = (struct gates){ .policy = "", .replicas = "", .unreadable = "" };
	b->route = (struct route_now){ .tripped = "", .room = INT64_MAX, .claimed = -1 };
	b->helds[0] = (struct held_now){ .place = law_place(rb, "metropole"), .count = 10 };
	b->jobs = (struct jobs_now){ .queue = 5, .held = 10, .later_first_ms = TIME_NONE, .blocked = "" };
	b->jobs.helds = b->helds;
	b->jobs.held_count = 1;
	b->in = (struct standing_input){ .gates = &b->gates,
		                         .sit = &b->sit,
		                         .wrong_key = "",
		                         .route = &b->route,
		                         .jobs = &b->jobs,
		                         .views = &b->views,
		                         .pace_slack_ms = 200,
		                         .now_ms = law_instant(NOW) };
}

static void change(struct bench *b, const char *text)
{
	size_t len = strlen(text) + 1;
	char *word = b->changes + b->changes_len;

	assert_in_range(b->changes_len + len, 0, sizeof(b->changes));
	memcpy(word, text, len);
	b->changes_len += len;
	definition_set(&b->definition, word);
}

/* What the shell does: read, meet others, give the lists, judge. */
static void judge(struct bench *b)
{
	static const char *const refreshed = "refreshed_at";
	const char *names[] = { refreshed };
	const struct fields meta = { .names = names,
		                     .values = &b->refreshed_at,
		                     .count = b->refreshed_at != NULL ? 1 : 0 };
	const struct fields halts = { .names = &b->halt_name,
		                      .values = &b->halt_why,
		                      .count = b->halt_name != NULL ? 1 : 0 };
	const struct situation_input in = { .rb = b->rb,
		                            .id = b->definition.id,
		                            .def = &b->definition.def.fields,
		                            .advertiser = &b->definition.advertiser.fields,
		                            .source = &b->definition.source.fields,
		                            .route = &b->definition.route.fields };

	situation_read(&in, b->in.now_ms, &b->sit);
	for (size_t i = 0; i < b->sit.law.list_count; i++)
		if (strcmp(b->sit.law.lists[i].name, "opposition") == 0)
			situation_set_list(&b->sit, i, &meta, b->list_malformed);
	situation_judge_lists(&b->sit, b->in.now_ms);
	situation_set_halts(&b->sit, &halts);
	if (b->no_law)
		b->sit.law.known = false;
	if (b->no_queue)
		b->jobs.queue = 0;
	place_views_init(&b->views, b->rb, b->sit.c.has_window ? &b->sit.c.window : NULL);
}

/* --- everything that may stand in the way ---------------------------------------------- */

static void set_told(struct bench *b)
{
	b->gates.told = REASON_CLOCK_DOUBT;
	b->gates.told_rule = "told by licetd";
}
static void set_clock(struct bench *b)
{
	b->gates.clock_doubt = true;
}
static void set_memory(struct bench *b)
{
	b->gates.memory_full = true;
}
static void set_aof(struct bench *b)
{
	b->gates.policy = "appendonly is off";
}
static void set_fsync(struct bench *b)
{
	b->gates.policy = "appendfsync is no";
}
static void set_replicas(struct bench *b)
{
	b->gates.replicas = "0 of 1 replicas";
}
static void set_log(struct bench *b)
{
	b->gates.log = "lags";
}
static void set_noperm(struct bench *b)
{
	b->gates.unreadable = "NOPERM";
}
static void set_library(struct bench *b)
{
	b->gates.unreadable = "library";
}
static void set_wrong_key(struct bench *b)
{
	b->in.wrong_key = "licet:campaign:x:later";
}
static void set_mismatch(struct bench *b)
{
	b->gates.mismatch = true;
}
static void set_unsigned(struct bench *b)
{
	b->gates.unsigned_law = true;
}
static void set_fault(struct bench *b)
{
	change(b, "sector=weapons");
}
static void halt(struct bench *b, const char *name)
{
	b->halt_name = name;
	b->halt_why = "by ops";
}
static void set_halt_all(struct bench *b)
{
	halt(b, "all");
}
static void set_halt_advertiser(struct bench *b)
{
	halt(b, "advertiser:acme");
}
static void set_halt_source(struct bench *b)
{
	halt(b, "source:web-2026");
}
static void set_halt_route(struct bench *b)
{
	halt(b, "route:main");
}
static void set_blocked(struct bench *b)
{
	b->jobs.blocked = "licet:stats";
}
static void set_blocked_list(struct bench *b)
{
	b->jobs.blocked = b->jobs.blocked_list = "bloctel";
}
static void set_stopped(struct bench *b)
{
	change(b, "status=stopped");
}
static void set_ended(struct bench *b)
{
	change(b, "end=2026-11-24T07:00:00Z");
}
static void set_paused(struct bench *b)
{
	change(b, "status=paused");
}
static void set_history(struct bench *b)
{
	change(b, "a:attempts_before");
}
static void set_list_missing(struct bench *b)
{
	b->refreshed_at = NULL;
}
static void set_list_future(struct bench *b)
{
	b->refreshed_at = "2026-12-24T06:00:00Z";
}
static void set_list_malformed(struct bench *b)
{
	b->list_malformed = true;
}
static void set_breaker(struct bench *b)
{
	b->route.tripped = "12 of 20 failed";
	b->route.room = 0;
}
static void set_closed(struct bench *b)
{
	change(b, "r:status=closed");
}
static void set_start(struct bench *b)
{
	change(b, "start=2026-12-01T09:00:00Z");
}
static void set_no_law(struct bench *b)
{
	b->no_law = true;
}

/* Places: nothing is on the queue then, for its jobs could be anywhere. */
static void set_hours(struct bench *b)
{
	b->in.now_ms = law_instant("2026-11-24T09:00:00+01:00");
	b->no_queue = true;
}
static void set_weekend(struct bench *b)
{
	b->in.now_ms = law_instant("2026-11-28T11:00:00+01:00");
	b->no_queue = true;
}
static void set_guard(struct bench *b)
{
	b->in.now_ms = law_instant("2026-11-24T12:55:00+01:00");
	b->no_queue = true;
}
static void set_own_hours(struct bench *b)
{
	change(b, "window=mon-fri 11:00-12:00");
	b->no_queue = true;
}
static void set_stuck(struct bench *b)
{
	b->helds[0].stuck = REASON_CONSENT_FORM;
	b->helds[0].stuck_rule = "form";
	b->no_queue = true;
}

static void set_backlog(struct bench *b)
{
	b->route.ready = 1000;
}
static void set_canary(struct bench *b)
{
	b->route.room = 0;
}
static void set_concurrent(struct bench *b)
{
	change(b, "concurrent=3");
	b->jobs.taken = 3;
}
static void set_priority(struct bench *b)
{
	b->route.claimed = 9;
}
static void set_rate(struct bench *b)
{
	change(b, "rate=1/h");
	b->jobs.pace_ms = (double)b->in.now_ms + 1800000;
}
static void set_route_rate(struct bench *b)
{
	change(b, "r:rate=1/h");
	b->route.pace_ms = (double)b->in.now_ms + 900000;
}

enum kind { STOP, PLACE, BRAKE };
/* In the order of the judge; those of one rank are never set together. */
static const struct {
	const char *label;
	void (*set)(struct bench *b);
	int rank;
	enum kind kind;
	const char *because, *rule, *state; /* rule NULL: not compared */
	bool intake, ready, person;
} gates[] = {
	{ "told", set_told, 0, STOP, "clock-doubt", "told by licetd", "waiting", true, false, true },
	{ "clock", set_clock, 1, STOP, "clock-doubt", "Redis TIME", "waiting", true, true, true },
	{ "memory", set_memory, 2, STOP, "redis-full", "maxmemory", "waiting", true, false, true },
	{ "aof", set_aof, 3, STOP, "redis-policy", "appendonly is off", "waiting", true, false, true },
	{ "fsync", set_fsync, 3, STOP, "redis-policy", "appendfsync is no", "waiting", true, false, true },
	{ "replicas", set_replicas, 4, STOP, "redis-policy", "0 of 1 replicas", "waiting", true, false,
	  true },
	{ "log", set_log, 5, STOP, "log-unwritable", "lags", "waiting", true, true, true },
	{ "noperm", set_noperm, 6, STOP, "facts-unknown", "NOPERM", "waiting", true, false, true },
	{ "library", set_library, 6, STOP, "facts-unknown", "library", "waiting", true, false, true },
	{ "wrong key", set_wrong_key, 7, STOP, "facts-unknown", "licet:campaign:x:later", "waiting", true,
	  false, true },
	{ "mismatch", set_mismatch, 8, STOP, "law-unknown", "rulebook-mismatch", "waiting", true, true,
	  true },
	{ "unsigned", set_unsigned, 9, STOP, "law-unknown", "rulebook unsigned", "waiting", true, false,
	  true },
	{ "fault", set_fault, 10, STOP, "campaign-rejected", NULL, "rejected", true, true, true },
	{ "halt all", set_halt_all, 11, STOP, "halted", "all", "waiting", true, true, true },
	{ "halt advertiser", set_halt_advertiser, 11, STOP, "halted", "advertiser:acme", "waiting", true,
	  true, true },
	{ "halt source", set_halt_source, 11, STOP, "halted", "source:web-2026", "waiting", true, true,
	  true },
	{ "halt route", set_halt_route, 11, STOP, "halted", "route:main", "waiting", true, true, true },
	{ "blocked", set_blocked, 12, STOP, "facts-unknown", "licet:stats", "waiting", false, false, true },
	{ "blocked list", set_blocked_list, 12, STOP, "list-malformed", "bloctel", "waiting", false, false,
	  true },
	{ "stopped", set_stopped, 13, STOP, "campaign-ended", "status", "stopped", false, true, true },
	{ "ended", set_ended, 14, STOP, "campaign-ended", "end", "ended", false, true, true },
	{ "paused", set_paused, 15, STOP, "campaign-paused", "status", "paused", false, true, true },
	{ "history", set_history, 16, STOP, "history-unknown", "attempts_before", "waiting", false, false,
	  true },
	{ "list missing", set_list_missing, 17, STOP, "list-missing", "opposition", "waiting", false, true,
	  true },
	{ "list future", set_list_future, 17, STOP, "list-stale", "opposition", "waiting", false, true,
	  true },
	{ "list malformed", set_list_malformed, 17, STOP, "list-malformed", "opposition", "waiting", false,
	  true, true },
	{ "breaker", set_breaker, 18, STOP, "route-breaker", "12 of 20 failed", "waiting", false, true,
	  true },
	{ "route closed", set_closed, 19, STOP, "route-full", "main", "waiting", false, false, true },
	{ "start", set_start, 20, STOP, "campaign-not-started", "start", "waiting", false, true, false },
	{ "law", set_no_law, 21, STOP, "law-unknown", "no regime for this day", "waiting", false, false,
	  false },
	{ "hours", set_hours, 22, PLACE, "outside-hours", NULL, "waiting", false, false, false },
	{ "weekend", set_weekend, 22, PLACE, "weekend", NULL, "waiting", false, false, false },
	{ "guard", set_guard, 22, PLACE, "window-closing", "guard", "waiting", false, false, false },
	{ "own hours", set_own_hours, 22, PLACE, "outside-campaign-hours", NULL, "waiting", false, false,
	  false },
	{ "stuck", set_stuck, 22, PLACE, "consent-form", "form", "waiting", false, false, false },
	{ "backlog", set_backlog, 23, BRAKE, "route-full", "main", "running", false, false, false },
	{ "canary", set_canary, 24, BRAKE, "route-breaker", "canary", "running", false, false, false },
	{ "concurrent", set_concurrent, 25, BRAKE, "route-full", "concurrent", "running", false, false,
	  false },
	{ "priority", set_priority, 26, BRAKE, "rate-limit", "priority", "running", false, false, false },
	{ "rate", set_rate, 27, BRAKE, "rate-limit", "campaign", "running", false, false, false },
	{ "route rate", set_route_rate, 28, BRAKE, "rate-limit", "main", "running", false, false, false },
};

/* Both set the same field, or make a definition that is none: an end before its start. */
static bool excludes(size_t a, size_t b)
{
	bool status = (gates[a].set == set_stopped && gates[b].set == set_paused);
	bool room = gates[a].set == set_breaker && gates[b].set == set_canary;
	bool dates = gates[a].set == set_ended && gates[b].set == set_start;

	return gates[a].rank == gates[b].rank || status || room || dates;
}

static void check(const struct rulebook *rb, size_t a, size_t b)
{
	struct bench *bench = malloc(sizeof(*bench));
	struct standing s;
	struct stop stop;
	char label[64];

	snprintf(label, sizeof(label), "%s and %s", gates[a].label, gates[b].label);
	sound(bench, rb);
	gates[b].set(bench);
	if (a != b)
		gates[a].set(bench);
	judge(bench);
	standing_of(&bench->in, &s);
	same_text(label, reason_name(s.because), gates[a].because);
	if (gates[a].rule != NULL)
		same_text(label, s.rule, gates[a].rule);
	same_text(label, s.state, gates[a].state);
	same_int(label, s.budget, 0);

	/* The parts of the answer are those of the whole. */
	const struct {
		enum stop_scope scope;
		bool a, b;
	} scopes[] = { { STOPS_INTAKE, gates[a].intake, gates[b].intake },
		       { STOPS_READY, gates[a].ready, gates[b].ready },
		       { STOPS_PERSON, gates[a].person, gates[b].person },
		       { STOPS_RELEASE, gates[a].kind == STOP, gates[b].kind == STOP } };

	for (size_t i = 0; i < COUNT(scopes); i++) {
		bool stopped = standing_stop(&bench->in, scopes[i].scope, &stop);

		same_int(label, stopped, scopes[i].a || scopes[i].b);
		if (stopped)
			same_text(label, reason_name(stop.reason), gates[scopes[i].a ? a : b].because);
	}
	/* What explain says of a job that may go, or that waits for its window. */
	same_int(label, standing_overrules(&bench->in, REASON_ALLOWED, &stop), gates[a].kind == STOP);
	same_int(label, standing_overrules(&bench->in, REASON_HOLIDAY, &stop), gates[a].kind == STOP);
	if (gates[a].kind == STOP)
		same_text(label, reason_name(stop.reason), gates[a].because);
	same_int(label, standing_overrules(&bench->in, REASON_LISTED, &stop), 0);
	same_int(label, standing_overrules(&bench->in, REASON_JSON_MALFORMED, &stop), 0);
	free(bench);
}

static void test_every_pair(void **state)
{
	for (size_t a = 0; a < COUNT(gates); a++)
		for (size_t b = a; b < COUNT(gates); b++)
			if (a == b || !excludes(a, b))
				check(*state, a, b);
	assert_in_range(COUNT(gates), 30, 100);
}

static void test_nothing_in_the_way(void **state)
{
	struct bench *b = malloc(sizeof(*b));
	struct standing s;
	struct stop stop;
	const char *rule;

	sound(b, *state);
	judge(b);
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
		sound(b, *state);
		b->jobs = (struct jobs_now){ .later_first_ms = TIME_NONE,
			                     .intake = rows[i].intake,
			                     .taken = rows[i].taken,
			                     .unknown = rows[i].unknown };
		set_list_missing(b);
		set_breaker(b);
		judge(b);
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

	sound(b, *state);
	set_weekend(b);
	b->helds[1] = (struct held_now){ .place = law_place(*state, "la-reunion"), .count = 3 };
	b->jobs.held_count = 2;
	judge(b);
	standing_of(&b->in, &s);
	assert_int_equal(s.until_ms, law_instant("2026-11-30T10:00:00+04:00"));
	b->jobs.later = 1;
	b->jobs.later_first_ms = law_instant("2026-11-29T10:00:00Z");
	b->jobs.later_why = REASON_CAP_REACHED;
	standing_of(&b->in, &s);
	assert_int_equal(s.because, REASON_CAP_REACHED);
	assert_int_equal(s.until_ms, b->jobs.later_first_ms);
	/* What no time will mend comes before. */
	b->in.now_ms = law_instant(NOW);
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

	sound(b, *state);
	change(b, "start=2026-11-28T00:00:00Z"); /* a Saturday */
	judge(b);
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

		sound(b, *state);
		change(b, rows[i].changes);
		b->route.ready = rows[i].ready;
		b->route.reserved = rows[i].reserved;
		b->route.room = rows[i].room;
		b->jobs.taken = rows[i].taken;
		b->jobs.ready = rows[i].own_ready;
		b->route.out = rows[i].taken + rows[i].own_ready;
		judge(b);
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

		sound(b, *state);
		if (chance_range(&c, 0, 1) == 0)
			change(b, "concurrent=7");
		if (chance_range(&c, 0, 1) == 0)
			change(b, "rate=5/s");
		if (chance_range(&c, 0, 1) == 0)
			change(b, "r:rate=300/h");
		b->route.ready = (int64_t)chance_range(&c, 0, 2999) - 100;
		b->route.reserved = (int64_t)chance_range(&c, 0, 499);
		b->route.room = chance_range(&c, 0, 1) == 0 ? INT64_MAX : (int64_t)chance_range(&c, 0, 49);
		b->route.claimed = (int)chance_range(&c, 0, 10) - 1;
		b->jobs.taken = (int64_t)chance_range(&c, 0, 19);
		b->jobs.pace_ms = (double)b->in.now_ms + chance_range(&c, 0, 9999) - 5000;
		judge(b);
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
		cmocka_unit_test(test_every_pair),        cmocka_unit_test(test_nothing_in_the_way),
		cmocka_unit_test(test_nothing_waits),     cmocka_unit_test(test_until),
		cmocka_unit_test(test_start_until),       cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_is_a_count),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
