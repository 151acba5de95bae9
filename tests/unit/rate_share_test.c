/* rate_share_test.c - a rate among several: never more than it was, and hardly less. */
#include "core/campaign/campaign.h"
#include "core/campaign/rate_share.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void each_has_its_part(void **state)
{
	static const struct {
		const char *rate;
		size_t among;
		const char *want; /* NULL: none */
	} rows[] = {
		{ "30/h", 3, "240/d" },
		{ "5/s", 1, "432000/d" },
		{ "5/s", 3, "144000/d" },
		{ "7/d", 2, "3/d" },
		{ "1/d", 1, "1/d" },
		{ "1/d", 2, NULL },
		{ "1000000/s", 1, "1000000/s" },
		{ "1000000/s", 64, "937500/m" },
		{ "1/s", 7, "12342/d" },
		{ "", 2, NULL },
		{ "5 a second", 2, NULL },
	};
	char got[RATE_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(rate_share(rows[i].rate, rows[i].among, got), rows[i].want != NULL);
		if (rows[i].want != NULL)
			assert_string_equal(got, rows[i].want);
	}
}

static void all_together_have_no_more(void **state)
{
	char rate[32], got[RATE_SIZE];

	for (long n = 1; n <= 1000000; n = n * 3 + 1)
		for (size_t among = 1; among <= 200; among += 13)
			for (const char *unit = "smhd"; *unit != '\0'; unit++) {
				double whole, part;

				snprintf(rate, sizeof(rate), "%ld/%c", n, *unit);
				if (!rate_share(rate, among, got))
					continue;
				assert_true(rate_parse(rate, &whole));
				assert_true(rate_parse(got, &part));
				assert_true((double)among / part <= 1 / whole * (1 + 1e-9));
			}
}

/* Of 8 a second among four: two a second each, where nobody wants more. */
static void who_waits_has_what_others_leave(void **state)
{
	static const struct {
		double step[4];
		const char *want[4];
	} rows[] = {
		{ { 0, 0, 0, 0 }, { "172800/d", "172800/d", "172800/d", "172800/d" } },
		{ { 1, 1, 1, 1 }, { "172800/d", "172800/d", "172800/d", "172800/d" } },
		{ { 8, 8, 8, 8 }, { "172800/d", "172800/d", "172800/d", "172800/d" } },
		/* The floor is an eighth of a part. */
		{ { 8, 0, 0, 0 }, { "626400/d", "21600/d", "21600/d", "21600/d" } },
		{ { 8, 8, 0, 0 }, { "324000/d", "324000/d", "21600/d", "21600/d" } },
		{ { 1024, 8, 0, 0 }, { "324000/d", "324000/d", "21600/d", "21600/d" } },
		/* Who wants half a part has that, and the others the rest. */
		{ { 8, 0.5, 8, 0 }, { "291600/d", "86400/d", "291600/d", "21600/d" } },
		/* Enough for all: what is left is shared. */
		{ { 2, 0.125, 0, 0 }, { "415800/d", "91800/d", "91800/d", "91800/d" } },
	};
	struct rate_want wants[4];
	const struct rate_want *list[4];
	char got[4][RATE_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 4; k++) {
			wants[k] = (struct rate_want){ .step = rows[i].step[k] };
			list[k] = &wants[k];
		}
		assert_true(rate_shares("8/s", 4, list, 4, got));
		for (size_t k = 0; k < 4; k++)
			if (strcmp(got[k], rows[i].want[k]) != 0)
				fail_msg("row %zu, part %zu: %s, want %s", i, k, got[k], rows[i].want[k]);
	}
}

static void a_slow_rate_leaves_a_floor_that_comes_round(void **state)
{
	const struct rate_want much = { .step = 8 }, none = { 0 };
	const struct rate_want *list[] = { &much, &none };
	char got[2][RATE_SIZE];

	/* One a minute, where an equal part is three. */
	assert_true(rate_shares("6/m", 2, list, 2, got));
	assert_string_equal(got[0], "7200/d");
	assert_string_equal(got[1], "1440/d");
	/* Half of a part, where that is less. */
	assert_true(rate_shares("20/h", 2, list, 2, got));
	assert_string_equal(got[0], "360/d");
	assert_string_equal(got[1], "120/d");
	/* One a day each, and not half of it. */
	assert_true(rate_shares("2/d", 2, list, 2, got));
	assert_string_equal(got[0], "1/d");
	assert_string_equal(got[1], "1/d");
	assert_false(rate_shares("1/d", 2, list, 2, got));
	assert_false(rate_shares("fast", 2, list, 2, got));
}

static void parts_together_are_no_more(void **state)
{
	enum { N = 9 };
	struct rate_want wants[N];
	const struct rate_want *list[N];
	char rate[32], got[N][RATE_SIZE];
	double whole, part;

	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t among = 1 + (size_t)(rand() % N), count = 1 + (size_t)rand() % among;
		double sum = 0;

		snprintf(rate, sizeof(rate), "%d/%c", 1 + rand() % (rand() % 2 ? 100 : 1000000),
		         "smhd"[rand() % 4]);
		for (size_t i = 0; i < count; i++) {
			wants[i] =
			    (struct rate_want){ .step = rand() % 3 == 0 ? 0 : 0.125 * (1 << rand() % 12) };
			list[i] = &wants[i];
		}
		if (!rate_shares(rate, among, list, count, got))
			continue;
		assert_true(rate_parse(rate, &whole));
		for (size_t i = 0; i < count; i++) {
			assert_true(rate_parse(got[i], &part));
			sum += 1 / part;
		}
		if (sum > 1 / whole * (double)count / (double)among * (1 + 1e-9))
			fail_msg("%s among %zu: %zu have more than their part", rate, among, count);
	}
}

static void a_want_goes_up_at_once_and_down_late(void **state)
{
	static const struct {
		int64_t at_s;
		double per_ms, want;
	} rows[] = {
		{ 0, 0, 0 },   { 1, 0.001, 0.125 }, { 2, 2, 2 },   { 3, 2.1, 4 },          { 4, 0, 4 },
		{ 40, 1, 4 },  { 41, 3, 4 },        { 100, 1, 4 }, { 101, 0.9, 1 },        { 130, 0, 1 },
		{ 160, 1, 1 }, { 219, 0, 1 },       { 220, 0, 0 }, { 221, 1e12, 1048576 },
	};
	struct rate_want w = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rate_want(&w, rows[i].per_ms, 1, rows[i].at_s * 1000);
		if (w.step != rows[i].want)
			fail_msg("after %d s: %g, want %g", (int)rows[i].at_s, w.step, rows[i].want);
	}
}

static void what_is_more(void **state)
{
	assert_true(rate_is_more("", "1/s"));
	assert_true(rate_is_more("61/m", "1/s"));
	assert_false(rate_is_more("60/m", "1/s"));
	assert_false(rate_is_more("1/d", "1/s"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_part),
		cmocka_unit_test(all_together_have_no_more),
		cmocka_unit_test(who_waits_has_what_others_leave),
		cmocka_unit_test(a_slow_rate_leaves_a_floor_that_comes_round),
		cmocka_unit_test(parts_together_are_no_more),
		cmocka_unit_test(a_want_goes_up_at_once_and_down_late),
		cmocka_unit_test(what_is_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
