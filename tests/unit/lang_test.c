/* A text that is a format takes the same arguments in both languages. */
#include "ctl/base/french.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* The conversions of a format in their order, "%s %lld ". */
static void conversions(const char *text, char *buf, size_t size)
{
	size_t used = 0;

	for (const char *at = text; (at = strchr(at, '%')) != NULL;) {
		size_t len = 1 + strspn(at + 1, "0123456789.lz");

		if (at[1] != '%')
			used += (size_t)snprintf(buf + used, size - used, "%.*s ", (int)len + 1, at);
		at += len + 1;
	}
	buf[used] = '\0';
}

static void test_formats_agree(void **state)
{
	const char *english, *french;
	size_t count = 0;

	for (; lang_pair(count, &english, &french); count++) {
		char in_english[256], in_french[256];

		conversions(english, in_english, sizeof(in_english));
		conversions(french, in_french, sizeof(in_french));
		if (strcmp(in_english, in_french) != 0)
			print_message("%s\n", english);
		assert_string_equal(in_french, in_english);
	}
	assert_true(count > 200);
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
		cmocka_unit_test(test_formats_agree),
		cmocka_unit_test(test_each_stands_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
