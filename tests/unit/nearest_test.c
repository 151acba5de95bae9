#include "core/text/nearest.h"
#include "test.h"

#include <string.h>

static const char *const names[] = {
	"batch_min", "batch_max", "prefix", "zone_dir", "to", "id", "not_before"
};

static void test_nearest(void **state)
{
	static const struct {
		const char *label, *word, *want;
	} rows[] = {
		{ "the word itself", "prefix", "prefix" },
		{ "a letter left out", "prefx", "prefix" },
		{ "a letter too many", "preffix", "prefix" },
		{ "two neighbours swapped", "perfix", "prefix" },
		{ "a wrong separator", "not-before", "not_before" },
		{ "the nearer of two", "batch_mim", "batch_min" },
		{ "the first of equals", "batch_mxn", "batch_min" },
		{ "a short word, one edit", "too", "to" },
		{ "a short word, two edits", "xy", NULL },
		{ "nothing like it", "colour", NULL },
		{ "empty", "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = nearest_name(rows[i].word, strlen(rows[i].word), names, COUNT(names));
		if ((got == NULL) != (rows[i].want == NULL))
			print_error("%s\n", rows[i].label);
		if (rows[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got != NULL ? got : "", rows[i].want);
	}
}

static void test_long_words(void **state)
{
	char word[200];

	memset(word, 'a', sizeof(word));
	assert_null(nearest_name(word, sizeof(word), names, COUNT(names)));
	const char *const known[] = {
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	assert_null(nearest_name(word, 64, known, 1));
	assert_null(nearest_name("x", 1, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nearest),
		                            cmocka_unit_test(test_long_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
