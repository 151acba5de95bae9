/* rate_share_test.c - a rate among several: never more than it was, and hardly less. */
#include "core/campaign/campaign.h"
#include "core/campaign/rate_share.h"

#include "test.h"

#include <stdio.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_part),
		cmocka_unit_test(all_together_have_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
