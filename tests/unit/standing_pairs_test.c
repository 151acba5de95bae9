/* What stands in a campaign's way, with everything else that may stand there: all pairs. */
#include "core/number/place.h"
#include "core/time/civil.h"
#include "law.h"
#include "standing_bench.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	bench_change(b, "sector=weapons");
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
	bench_change(b, "status=stopped");
}
static void set_ended(struct bench *b)
{
	bench_change(b, "end=2026-11-24T07:00:00Z");
}
static void set_paused(struct bench *b)
{
	bench_change(b, "status=paused");
}
static void set_history(struct bench *b)
{
	bench_change(b, "a:attempts_before");
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
	bench_change(b, "r:status=closed");
}
static void set_start(struct bench *b)
{
	bench_change(b, "start=2026-12-01T09:00:00Z");
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
	bench_change(b, "window=mon-fri 11:00-12:00");
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
	bench_change(b, "concurrent=3");
	b->jobs.taken = 3;
}
static void set_priority(struct bench *b)
{
	b->route.claimed = 9;
}
static void set_rate(struct bench *b)
{
	bench_change(b, "rate=1/h");
	b->jobs.pace_ms = (double)b->in.now_ms + 1800000;
}
static void set_route_rate(struct bench *b)
{
	bench_change(b, "r:rate=1/h");
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
	bench_sound(bench, rb);
	gates[b].set(bench);
	if (a != b)
		gates[a].set(bench);
	bench_judge(bench);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
