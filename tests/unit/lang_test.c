/* The table of codes in French. */
#include "ctl/base/french.h"
#include "test.h"

#include <string.h>

/* A format would be held against its arguments by nobody: both languages of one stand where it is said. */
static void test_no_formats(void **state)
{
	const char *code, *french;
	size_t count = 0;

	for (; lang_pair(count, &code, &french); count++) {
		assert_null(strchr(code, '%'));
		assert_null(strchr(french, '%'));
		assert_string_equal(lang_say(true, code), french);
		assert_string_equal(lang_say(false, code), code);
	}
	assert_true(count > 150);
	assert_string_equal(lang_say(true, "no-such-code"), "no-such-code");
}

static void test_each_stands_once(void **state)
{
	const char *one, *other, *french;

	for (size_t i = 0; lang_pair(i, &one, &french); i++)
		for (size_t k = i + 1; lang_pair(k, &other, &french); k++)
			assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_formats),
		cmocka_unit_test(test_each_stands_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
