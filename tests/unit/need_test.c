/* need_test.c - what needs somebody, and that the table of reasons says what to do then. */
#include "core/campaign/need.h"
#include "core/text/reason.h"
#include "test.h"

static void test_the_order_of_urgency(void **state)
{
	static const struct {
		const char *state, *because;
		enum need want;
	} rows[] = {
		{ "", "", NEED_UNSEEN },
		{ "rejected", "campaign-rejected", NEED_ACT },
		{ "running", "allowed", NEED_MOVES },
		{ "running", "route-full", NEED_MOVES },
		{ "paused", "campaign-paused", NEED_PAUSED },
		{ "waiting", "holiday", NEED_WAITS },
		{ "waiting", "list-stale", NEED_ACT },
		{ "waiting", "no-such-reason", NEED_ACT },
		{ "waiting", "nothing-queued", NEED_OVER },
		{ "stopped", "campaign-ended", NEED_OVER },
		{ "done", "nothing-queued", NEED_OVER },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		same_int(rows[i].because, need_of(rows[i].state, rows[i].because), rows[i].want);
	assert_int_equal(need_of(NULL, NULL), NEED_UNSEEN);
}

/* Whoever reads that something needs somebody reads what to do, in both languages; and nothing is said of
 * what passes by itself. */
static void test_each_need_has_a_remedy(void **state)
{
	for (int r = 0; r < REASON_COUNT; r++) {
		enum reason reason = (enum reason)r;
		const char *name = reason_name(reason), *remedy = reason_remedy(reason);
		bool act = reason_verdict(reason) == VERDICT_HOLD && reason != REASON_CAMPAIGN_PAUSED &&
		           need_of("waiting", name) == NEED_ACT;
		same_int(name, *remedy != '\0', act);
		same_int(name, *reason_remedy_fr(reason) != '\0', act);
		if (act)
			assert_int_equal(remedy[strlen(remedy) - 1], '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_of_urgency),
		cmocka_unit_test(test_each_need_has_a_remedy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
