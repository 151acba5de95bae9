/* How many words each form of a command takes, by its usage. */
#include "ctl/base/options.h"
#include "test.h"

#include <limits.h>

struct expected {
	const char *name;
	int min, max;
};

static const struct {
	const char *usage;
	struct expected forms[4]; /* as far as min is not -1 */
} rows[] = {
	{ "", { { "", 0, 0 }, { NULL, -1, 0 } } },
	{ "CAMPAIGN", { { "", 1, 1 }, { NULL, -1, 0 } } },
	{ "RECEIPT.json", { { "", 1, 1 }, { NULL, -1, 0 } } },
	{ "CAMPAIGN FILE.csv|FILE.jsonl|-", { { "", 2, 2 }, { NULL, -1, 0 } } },
	{ "[CAMPAIGN...]", { { "", 0, INT_MAX }, { NULL, -1, 0 } } },
	{ "[CAMPAIGN [ID]] [OUTCOME]", { { "", 0, 3 }, { NULL, -1, 0 } } },
	{ "list | show C | put C FIELD VALUE...",
	  { { "list", 1, 1 }, { "show", 2, 2 }, { "put", 4, INT_MAX }, { NULL, -1, 0 } } },
	{ "verify [DIR] | compare [DIR]... | cancel C [ID...]",
	  { { "verify", 1, 2 }, { "compare", 1, INT_MAX }, { "cancel", 2, INT_MAX }, { NULL, -1, 0 } } },
	{ "commands|keys | command NAME", { { "", 1, 1 }, { "command", 2, 2 }, { NULL, -1, 0 } } },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = rows[i].usage;
		struct usage_words form;
		const struct expected *want = rows[i].forms;

		for (; options_words(&at, &form); want++) {
			print_message("%s: %s\n", rows[i].usage, form.name);
			assert_int_not_equal(want->min, -1);
			assert_string_equal(form.name, want->name);
			assert_int_equal(form.min, want->min);
			assert_int_equal(form.max, want->max);
		}
		assert_int_equal(want->min, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
