/* Whose batch is next: fair queueing, priorities, rates, canaries and a day of a thousand campaigns. */
#include "core/schedule/schedule.h"

#include "core/time/civil.h"
#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW "2026-11-24T10:30:00+01:00" /* a Tuesday, in the morning window of Paris */
#define FLIGHTS SCHEDULE_IN_FLIGHT_MAX

/* A campaign with all that the schedule borrows. */
struct tended {
	struct definition definition;
	char changes[256];
	struct situation sit;
	struct backlog jobs;
	struct place_views views;
	struct held_list helds[2];
	struct scheduled sched;
	int64_t released;
};

struct world {
	const struct rulebook *rb;
	struct tended *all;
	struct scheduled **list, **work;
	struct route_load route, *routes[1];
	struct gates gates;
	struct schedule s;
};

static void open_world(struct world *w, const struct rulebook *rb, size_t count)
{
	*w = (struct world){ .rb = rb, .gates = { .policy = "", .replicas = "", .unreadable = "" } };
	w->all = calloc(count, sizeof(*w->all));
	w->list = calloc(count, sizeof(struct scheduled *));
	w->work = calloc(count, sizeof(struct scheduled *));
	w->route = (struct route_load){ .room = INT64_MAX, .why = "", .claimed = -1 };
	w->routes[0] = &w->route;
	w->s = (struct schedule){ .list = w->list,
		                  .work = w->work,
		                  .routes = w->routes,
		                  .route_count = 1,
		                  .pace_slack_ms = 200,
		                  .batch_size = 50,
		                  .batch_min = 10,
		                  .batch_max = 400 };
}

static void close_world(struct world *w)
{
	free(w->all);
	free(w->list);
	free(w->work);
}

/* One more campaign, with held jobs in Metropolitan France. */
static struct tended *add(struct world *w, const char *changes, int64_t held)
{
	const char *refreshed = "refreshed_at", *at = "2026-11-24T06:00:00Z";
	const struct fields meta = { .names = &refreshed, .values = &at, .count = 1 }, none = { 0 };
	struct tended *t = &w->all[w->s.count];

	definition_sound(&t->definition);
	snprintf(t->changes, sizeof(t->changes), "%s", changes);
	for (char *rest = t->changes, *word; (word = strtok_r(rest, ";", &rest)) != NULL;)
		definition_set(&t->definition, word);
	const struct situation_input in = { .rb = w->rb,
		                            .id = t->definition.id,
		                            .def = &t->definition.def.fields,
		                            .advertiser = &t->definition.advertiser.fields,
		                            .source = &t->definition.source.fields,
		                            .route = &t->definition.route.fields };

	situation_read(&in, law_instant(NOW), &t->sit);
	assert_int_equal(t->sit.c.fault_count, 0);
	for (size_t i = 0; i < t->sit.law.list_count; i++)
		if (strcmp(t->sit.law.lists[i].name, "opposition") == 0)
			situation_set_list(&t->sit, i, &meta, false);
	situation_judge_lists(&t->sit, law_instant(NOW));
	situation_set_halts(&t->sit, &none);
	place_views_init(&t->views, w->rb, t->sit.c.has_window ? &t->sit.c.window : NULL);
	t->helds[0] = (struct held_list){ .place = law_place(w->rb, "metropole"), .count = held };
	t->jobs =
	    (struct backlog){ .helds = t->helds, .held_count = 1, .held = held, .later_first_ms = TIME_NONE };
	t->sched = (struct scheduled){ .sit = &t->sit,
		                       .jobs = &t->jobs,
		                       .views = &t->views,
		                       .route = &w->route,
		                       .tended = true,
		                       .wrong_key = "",
		                       .blocked = "" };
	w->list[w->s.count++] = &t->sched;
	return t;
}

static struct tended *of(const struct world *w, const struct pick *p)
{
	for (size_t i = 0; i < w->s.count; i++)
		if (w->list[i] == p->of)
			return &w->all[i];
	fail_msg("a pick of nobody");
	return NULL;
}

/* What licetd and Redis do with a batch: it is committed at once. Returns how many went out. */
static int64_t commit(struct world *w, const struct pick *p, int64_t now_ms)
{
	struct tended *t = of(w, p);
	int64_t there = p->source == SOURCE_QUEUE  ? t->jobs.queue_len
	                : p->source == SOURCE_HELD ? t->helds[p->held_at].count
	                                           : t->jobs.later_count;
	int64_t found = there - p->offset < p->wanted ? there - p->offset : p->wanted;
	bool over = now_ms >= t->sit.c.end_ms;

	assert_in_range(p->expected, 0, p->wanted);
	schedule_found(p, found > 0 ? found : 0);
	schedule_sent(p);
	if (found > 0) {
		int64_t released = over ? 0 : found < p->expected ? found : p->expected;
		struct commit_result r = { .jobs = found,
			                   .released = released,
			                   .ready = w->route.ready + released };

		r.ended = over ? found : 0;
		r.held = found - released - r.ended;
		schedule_committed(p, &r, now_ms);
		if (r.held > 0)
			t->helds[0].count += r.held;
		t->released += released;
		p->route->reserved -= p->expected;
		schedule_ended(&w->s, p, true, released);
		return released;
	}
	p->route->reserved -= p->expected;
	schedule_ended(&w->s, p, true, 0);
	return 0;
}

/* A turn in which each batch is committed before the next is chosen; up to so many of them. */
static int64_t turn(struct world *w, int64_t now_ms, int batches)
{
	struct pick p;
	int64_t released = 0;

	schedule_begin(&w->s, &w->gates, now_ms);
	for (int i = 0; i < batches && schedule_next(&w->s, &p); i++)
		released += commit(w, &p, now_ms);
	return released;
}

/* --- fair queueing ----------------------------------------------------------------------- */

static void test_weights(void **state)
{
	struct world w;

	open_world(&w, *state, 3);
	struct tended *one = add(&w, "weight=1", 100000), *two = add(&w, "weight=2", 100000),
		      *three = add(&w, "weight=3", 100000);

	for (int i = 0; i < 120; i++) {
		turn(&w, law_instant(NOW), 1);
		w.route.ready = 0; /* senders take all at once */
	}
	int64_t all = one->released + two->released + three->released;

	assert_int_equal(all, 120 * 50);
	assert_in_range(one->released, all / 6 - 100, all / 6 + 100);
	assert_in_range(two->released, all / 3 - 100, all / 3 + 100);
	assert_in_range(three->released, all / 2 - 100, all / 2 + 100);
	close_world(&w);
}

/* Who comes later does not catch up for the time in which it had nothing. */
static void test_idle_time_earns_no_credit(void **state)
{
	struct world w;

	open_world(&w, *state, 2);
	struct tended *early = add(&w, "weight=1", 100000), *late = add(&w, "weight=1", 0);

	for (int i = 0; i < 40; i++) {
		turn(&w, law_instant(NOW), 1);
		w.route.ready = 0;
	}
	int64_t before = early->released;

	assert_int_equal(before, 2000);
	late->helds[0].count = late->jobs.held = 100000;
	for (int i = 0; i < 40; i++) {
		turn(&w, law_instant(NOW), 1);
		w.route.ready = 0;
	}
	assert_in_range(late->released, 900, 1100);
	assert_in_range(early->released - before, 900, 1100);
	close_world(&w);
}

/* --- priorities ----------------------------------------------------------------------------- */

static void test_priorities(void **state)
{
	struct world w;

	open_world(&w, *state, 2);
	struct tended *high = add(&w, "priority=9", 500), *low = add(&w, "priority=1", 500);

	turn(&w, law_instant(NOW), 5);
	assert_int_equal(high->released, 250);
	assert_int_equal(low->released, 0);
	w.route.ready = 0;
	turn(&w, law_instant(NOW), 12);
	w.route.ready = 0;
	turn(&w, law_instant(NOW), 12); /* the high one has nothing left */
	assert_int_equal(high->released, 500);
	assert_int_equal(low->released, 500);
	close_world(&w);
}

/* The rule: a lower priority waits only while a higher one has lawful work that may go now. */
static void test_a_lower_priority_is_not_starved(void **state)
{
	static const struct {
		const char *label, *changes;
	} rows[] = {
		{ "it waits for its hours", "priority=9;window=mon-fri 16:00-18:00" },
		{ "it is paused", "priority=9;status=paused" },
		{ "it has not started", "priority=9;start=2026-12-01T00:00:00Z" },
		{ "its history is unknown", "priority=9;a:attempts_before" },
		{ "its rate is used up", "priority=9;rate=1/d" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;

		open_world(&w, *state, 2);
		struct tended *high = add(&w, rows[i].changes, 500), *low = add(&w, "priority=1", 500);

		high->jobs.pace_ms = (double)law_instant(NOW) + 3600000;
		turn(&w, law_instant(NOW), 3);
		if (low->released != 150 || high->released != 0)
			fail_msg("%s: %lld of the low one, %lld of the high", rows[i].label,
			         (long long)low->released, (long long)high->released);
		close_world(&w);
	}
}

/* --- limits ------------------------------------------------------------------------------------ */

static void test_rate_over_an_hour(void **state)
{
	struct world w;
	int64_t from_ms = law_instant(NOW);

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "rate=60/m", 100000);

	t->jobs.pace_ms = (double)from_ms;
	for (int64_t ms = from_ms; ms < from_ms + 3600000; ms += 250) {
		turn(&w, ms, 4);
		w.route.ready = 0;
	}
	assert_in_range(t->released, 3595, 3605);
	close_world(&w);
}

static void test_canary(void **state)
{
	struct world w;

	open_world(&w, *state, 2);
	add(&w, "r:canary=5", 1000);
	add(&w, "r:canary=5", 1000);
	w.route.room = 5;
	assert_int_equal(turn(&w, law_instant(NOW), 100), 5);
	assert_int_equal(w.route.room, 0);
	assert_int_equal(turn(&w, law_instant(NOW), 100), 0);
	w.route.room = INT64_MAX; /* what came of them was good */
	assert_int_equal(turn(&w, law_instant(NOW), 2), 100);
	close_world(&w);
}

static void test_concurrent(void **state)
{
	struct world w;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "concurrent=7", 1000);

	assert_int_equal(turn(&w, law_instant(NOW), 100), 7);
	assert_int_equal(turn(&w, law_instant(NOW), 100), 0);
	t->jobs.ready -= 3;
	t->jobs.taken += 3; /* with a sender they still count */
	assert_int_equal(turn(&w, law_instant(NOW), 100), 0);
	t->jobs.taken -= 2;
	assert_int_equal(turn(&w, law_instant(NOW), 100), 2);
	close_world(&w);
}

/* Two campaigns share the lines of their route. */
static void test_concurrent_of_a_route(void **state)
{
	struct world w;

	open_world(&w, *state, 2);
	struct tended *a = add(&w, "r:concurrent=7", 1000), *b = add(&w, "r:concurrent=7", 1000);

	assert_int_equal(turn(&w, law_instant(NOW), 100), 7);
	assert_int_equal(a->jobs.ready + b->jobs.ready, 7);
	assert_int_equal(turn(&w, law_instant(NOW), 100), 0);
	struct tended *more = a->jobs.ready >= b->jobs.ready ? a : b;
	more->jobs.ready -= 3;
	more->jobs.taken += 3; /* with a sender they still count */
	assert_int_equal(turn(&w, law_instant(NOW), 100), 0);
	more->jobs.taken -= 2;
	assert_int_equal(turn(&w, law_instant(NOW), 100), 2);
	close_world(&w);
}

static void test_backlog(void **state)
{
	struct world w;

	open_world(&w, *state, 1);
	add(&w, "r:backlog=120", 1000);
	assert_int_equal(turn(&w, law_instant(NOW), 100), 120);
	close_world(&w);
}

static void test_in_flight(void **state)
{
	struct world w;
	struct pick p[FLIGHTS + 2];
	size_t n = 0;

	open_world(&w, *state, 3);
	for (int i = 0; i < 3; i++)
		add(&w, "weight=1", 100000);
	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	while (n < COUNT(p) && schedule_next(&w.s, &p[n]))
		n++;
	assert_int_equal(n, FLIGHTS);
	assert_int_equal(w.s.in_flight, FLIGHTS);
	/* Each batch begins where those of its list that are not sent yet end. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (p[k].of == p[i].of)
				assert_true(p[k].offset + p[k].wanted <= p[i].offset);
	close_world(&w);
}

/* --- sources ------------------------------------------------------------------------------------- */

/* A batch that did not move: those behind it stand wrong, and end before the head is looked at. */
static void test_resync(void **state)
{
	struct world w;
	struct pick p[3], more;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "weight=1", 100000);

	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(schedule_next(&w.s, &p[i]), 1);
		assert_int_equal(p[i].offset, i * 50);
		assert_int_equal(p[i].source, SOURCE_HELD);
	}
	schedule_sent(&p[0]);
	p[0].route->reserved -= p[0].expected;
	schedule_ended(&w.s, &p[0], false, 0);
	assert_int_equal(t->helds[0].source.resync, 1);
	assert_int_equal(schedule_next(&w.s, &more), 0);
	for (int i = 1; i < 3; i++) {
		schedule_begin(&w.s, &w.gates, law_instant(NOW));
		assert_int_equal(schedule_next(&w.s, &more), 0);
		schedule_sent(&p[i]);
		p[i].route->reserved -= p[i].expected;
		schedule_ended(&w.s, &p[i], false, 0);
	}
	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	assert_int_equal(schedule_next(&w.s, &more), 1);
	assert_int_equal(more.offset, 0);
	close_world(&w);
}

static void test_rest(void **state)
{
	struct world w;
	int64_t now_ms = law_instant(NOW);

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "weight=1", 100);

	schedule_rest(&t->helds[0], now_ms + 1000, REASON_CONSENT_FORM, "form");
	assert_int_equal(turn(&w, now_ms, 10), 0);
	assert_int_equal(schedule_wait_ms(&w.s, 60000), 1000);
	assert_int_equal(turn(&w, now_ms + 1000, 10), 100);
	close_world(&w);
}

/* Little is left behind where a place closes first. */
static void test_the_place_that_closes_first(void **state)
{
	struct world w;
	struct pick p;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "weight=1", 100);

	t->helds[1] = t->helds[0];
	t->helds[0].place = law_place(*state, "martinique"); /* 10:30 to 13:00 there: later in Paris */
	t->jobs.held_count = 2;
	t->jobs.held = 200;
	schedule_begin(&w.s, &w.gates, law_instant("2026-11-24T16:30:00+01:00"));
	assert_int_equal(schedule_next(&w.s, &p), 1);
	assert_int_equal(p.held_at, 0);
	close_world(&w);
}

/* Of a campaign that is over everything goes, to be refused, whatever the hour. */
static void test_over(void **state)
{
	struct world w;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "end=2026-11-24T12:00:00Z", 120);

	assert_int_equal(turn(&w, law_instant("2026-11-24T23:00:00+01:00"), 10), 0);
	assert_int_equal(t->helds[0].count, 0);
	assert_int_equal(t->released, 0);
	close_world(&w);
}

static void test_nothing_is_drawn(void **state)
{
	static const struct {
		const char *label, *changes, *at;
	} rows[] = {
		{ "its window is closed", "weight=1", "2026-11-24T13:30:00+01:00" },
		{ "the guard", "weight=1", "2026-11-24T12:55:00+01:00" },
		{ "paused", "status=paused", NOW },
		{ "not started", "start=2026-12-01T00:00:00Z", NOW },
		{ "no history", "a:attempts_before", NOW },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;
		struct pick p;

		open_world(&w, *state, 1);
		add(&w, rows[i].changes, 100);
		schedule_begin(&w.s, &w.gates, law_instant(rows[i].at));
		if (schedule_next(&w.s, &p))
			fail_msg("%s: a batch is drawn", rows[i].label);
		close_world(&w);
	}
}

/* Intake goes on where releases do not, and stops where nothing may move. */
static void test_intake(void **state)
{
	struct world w;
	struct pick p;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "status=paused", 0);

	t->jobs.queue_len = 70;
	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	assert_int_equal(schedule_next(&w.s, &p), 1);
	assert_int_equal(p.source, SOURCE_QUEUE);
	schedule_failed(&w.s, &p);
	assert_int_equal(t->jobs.queue.unsent, 0);
	assert_int_equal(w.route.reserved, 0);
	assert_int_equal(schedule_next(&w.s, &p), 0); /* not again in this turn */
	w.gates.clock_doubt = true;
	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	assert_int_equal(schedule_next(&w.s, &p), 0);
	close_world(&w);
}

/* Behind other batches there may be nothing while these are still there: only a look at the head
 * tells that a list is empty. */
static void test_found_nothing(void **state)
{
	struct world w;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "weight=1", 0);
	struct pick p = { .of = &t->sched, .route = &w.route, .source = SOURCE_QUEUE, .wanted = 50 };

	t->jobs.queue_len = 60;
	p.offset = 50;
	assert_int_equal(schedule_found(&p, 0), 1);
	assert_int_equal(t->jobs.queue_len, 60);
	p.offset = 0;
	assert_int_equal(schedule_found(&p, 0), 0);
	assert_int_equal(t->jobs.queue_len, 0);
	close_world(&w);
}

/* --- how long nothing is due --------------------------------------------------------------------- */

static void test_wait(void **state)
{
	int64_t day_ms = INT64_C(86400000);
	struct world w;

	open_world(&w, *state, 1);
	struct tended *t = add(&w, "weight=1", 100);

	schedule_begin(&w.s, &w.gates, law_instant("2026-11-24T08:00:00+01:00"));
	assert_int_equal(schedule_wait_ms(&w.s, day_ms), 2 * 3600000);
	assert_int_equal(schedule_wait_ms(&w.s, 60000), 60000);
	schedule_begin(&w.s, &w.gates, law_instant(NOW));
	assert_int_equal(schedule_wait_ms(&w.s, day_ms), 0);
	/* On Friday evening: until Monday. */
	schedule_begin(&w.s, &w.gates, law_instant("2026-11-27T20:00:00+01:00"));
	assert_int_equal(schedule_wait_ms(&w.s, 7 * day_ms), 2 * day_ms + 14 * 3600000);
	t->jobs.later_count = 1;
	t->jobs.later_first_ms = law_instant("2026-11-28T09:00:00+01:00");
	assert_int_equal(schedule_wait_ms(&w.s, 7 * day_ms), 13 * 3600000);
	close_world(&w);
}

/* --- a day of a thousand campaigns --------------------------------------------------------------- */

static void test_a_day(void **state)
{
	enum { CAMPAIGNS = 1000, JOBS = 300 };
	struct world w;
	int64_t from_ms = law_instant("2026-11-24T00:00:00+01:00"), released = 0, steps = 0;
	char changes[64];
	clock_t began = clock();

	open_world(&w, *state, CAMPAIGNS);
	for (int i = 0; i < CAMPAIGNS; i++) {
		snprintf(changes, sizeof(changes), "weight=%d;priority=%d;rate=%d/h", 1 + i % 5, i % 10,
		         40 + i % 50);
		add(&w, changes, JOBS);
	}
	for (int64_t ms = from_ms; ms < from_ms + INT64_C(86400000); steps++) {
		int64_t out = turn(&w, ms, 1000000);

		released += out;
		w.route.ready = 0;
		if (out > 0) {
			/* Between 10 and 13, and 14 and 20, less the guard. */
			int64_t minute = (ms - from_ms) / 60000;

			assert_true((minute >= 600 && minute < 770) || (minute >= 840 && minute < 1190));
		}
		int64_t wait_ms = schedule_wait_ms(&w.s, 60000);

		ms += wait_ms > 1000 ? wait_ms : 1000;
	}
	double took_s = (double)(clock() - began) / CLOCKS_PER_SEC;

	for (int i = 0; i < CAMPAIGNS; i++)
		assert_int_equal(w.all[i].released + w.all[i].helds[0].count, JOBS);
	assert_in_range(released, 250000, CAMPAIGNS * JOBS);
	printf("a day of %d campaigns: %lld released in %lld steps, %.2f s\n", CAMPAIGNS, (long long)released,
	       (long long)steps, took_s);
	assert_in_range((int64_t)took_s, 0, 20); /* a second; more under a sanitizer */
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_idle_time_earns_no_credit),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_a_lower_priority_is_not_starved),
		cmocka_unit_test(test_rate_over_an_hour),
		cmocka_unit_test(test_canary),
		cmocka_unit_test(test_concurrent),
		cmocka_unit_test(test_concurrent_of_a_route),
		cmocka_unit_test(test_backlog),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_resync),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_the_place_that_closes_first),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_nothing_is_drawn),
		cmocka_unit_test(test_intake),
		cmocka_unit_test(test_found_nothing),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_a_day),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
