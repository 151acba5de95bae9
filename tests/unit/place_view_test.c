/* What a place is at an instant, as it is kept: open or not, since when and until when, and why. */
#include "core/law/binding.h"
#include "core/law/week.h"
#include "core/number/place.h"
#include "law.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* More places than there are slots, over and over: a view is always that of its place. */
static void test_many_places(void **state)
{
	const struct rulebook *rb = *state;
	struct place_views *views = calloc(1, sizeof(*views)), *fresh = calloc(1, sizeof(*fresh));
	int64_t now_ms = law_instant("2026-11-24T10:00:00+01:00");

	place_views_init(views, rb, NULL);
	for (int round = 0; round < 3; round++)
		for (uint32_t place = 1; place < 300; place++) {
			place_views_init(fresh, rb, NULL);
			const struct place_view *got = place_view_at(views, place, now_ms + round * 1800000);
			const struct place_view *want = place_view_at(fresh, place, now_ms + round * 1800000);
			assert_int_equal(got->place, place);
			assert_int_equal(got->open, want->open);
			assert_int_equal(got->why, want->why);
			assert_int_equal(got->open_ms, want->open_ms);
			assert_int_equal(got->close_ms, want->close_ms);
			assert_int_equal(got->next_open_ms, want->next_open_ms);
			assert_string_equal(got->rule, want->rule);
		}
	assert_int_equal(views->count, PLACE_VIEWS_MAX);
	free(views);
	free(fresh);
}

/* Since when it is open that is open: nothing that is released may be handed over before. */
static void test_open_since(void **state)
{
	static const struct {
		const char *place, *own, *at, *since;
	} rows[] = {
		{ "metropole", NULL, "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+01:00" },
		{ "metropole", NULL, "2026-11-24T12:59:59+01:00", "2026-11-24T10:00:00+01:00" },
		{ "metropole", NULL, "2026-11-24T14:00:00+01:00", "2026-11-24T14:00:00+01:00" },
		{ "metropole", NULL, "2026-11-24T19:59:59+01:00", "2026-11-24T14:00:00+01:00" },
		{ "metropole", NULL, "2026-10-26T10:30:00+01:00", "2026-10-26T10:00:00+01:00" },
		{ "la-reunion", NULL, "2026-11-24T10:30:00+04:00", "2026-11-24T10:00:00+04:00" },
		{ "metropole+la-reunion", NULL, "2026-11-24T11:30:00+01:00", "2026-11-24T11:00:00+01:00" },
		{ "metropole", "mon-fri 10:30-12:00,17:00-19:30", "2026-11-24T11:00:00+01:00",
		  "2026-11-24T10:30:00+01:00" },
	};
	struct place_views *views = calloc(1, sizeof(*views));

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct week own;
		char err[128];
		if (rows[i].own != NULL)
			assert_true(week_parse(rows[i].own, strlen(rows[i].own), &own, err, sizeof(err)));
		place_views_init(views, *state, rows[i].own != NULL ? &own : NULL);
		const struct place_view *v =
		    place_view_at(views, law_place(*state, rows[i].place), law_instant(rows[i].at));
		assert_true(v->open);
		assert_int_equal(v->open_ms, law_instant(rows[i].since));
	}
	free(views);
}

/* A view that is kept says at every instant what a new one would. */
static void test_kept_views(void **state)
{
	struct place_views *views = calloc(1, sizeof(*views)), *fresh = calloc(1, sizeof(*fresh));
	static const char *const names[] = { "metropole", "metropole+alsace-moselle", "la-reunion+mayotte",
		                             "guadeloupe", "saint-pierre-et-miquelon" };

	place_views_init(views, *state, NULL);
	for (size_t i = 0; i < COUNT(names); i++) {
		uint32_t place = law_place(*state, names[i]);
		int64_t from_ms = law_instant("2026-12-23T00:00:00Z");
		for (int64_t now_ms = from_ms; now_ms < from_ms + 14 * DAY_MS; now_ms += 60000 * 13) {
			place_views_init(fresh, *state, NULL);
			const struct place_view *got = place_view_at(views, place, now_ms);
			const struct place_view *want = place_view_at(fresh, place, now_ms);
			assert_int_equal(got->why, want->why);
			assert_int_equal(got->open, want->open);
			assert_int_equal(got->next_open_ms, want->next_open_ms);
			assert_int_equal(got->date_first, want->date_first);
			assert_int_equal(got->date_last, want->date_last);
			assert_string_equal(got->rule, want->rule);
		}
	}
	free(views);
	free(fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_places),
		cmocka_unit_test(test_open_since),
		cmocka_unit_test(test_kept_views),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
