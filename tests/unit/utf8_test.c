#include "core/text/utf8.h"
#include "test.h"

#include <jansson.h>
#include <string.h>

static void test_edges(void **state)
{
	static const struct {
		const char *label, *bytes;
		int want;
	} rows[] = {
		{ "ASCII", "a", 1 },
		{ "the first of two bytes", "\xC2\x80", 2 },
		{ "a zero in two bytes", "\xC0\x80", 0 },
		{ "the first of three", "\xE0\xA0\x80", 3 },
		{ "three that two would do for", "\xE0\x9F\xBF", 0 },
		{ "the last before the surrogates", "\xED\x9F\xBF", 3 },
		{ "the first surrogate", "\xED\xA0\x80", 0 },
		{ "the last surrogate", "\xED\xBF\xBF", 0 },
		{ "the first behind them", "\xEE\x80\x80", 3 },
		{ "the first of four", "\xF0\x90\x80\x80", 4 },
		{ "four that three would do for", "\xF0\x8F\xBF\xBF", 0 },
		{ "the last of all", "\xF4\x8F\xBF\xBF", 4 },
		{ "above it", "\xF4\x90\x80\x80", 0 },
		{ "far above it", "\xF5\x80\x80\x80", 0 },
		{ "a second byte alone", "\x80", 0 },
		{ "cut after one", "\xC3", UTF8_CUT },
		{ "cut after two", "\xE2\x82", UTF8_CUT },
		{ "cut after three", "\xF0\x9F\x98", UTF8_CUT },
		{ "cut, but wrong already", "\xED\xA0", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int got = utf8_len(rows[i].bytes, strlen(rows[i].bytes));

		if (got != rows[i].want)
			print_error("%s\n", rows[i].label);
		assert_int_equal(got, rows[i].want);
		assert_int_equal(utf8_is(rows[i].bytes, strlen(rows[i].bytes)), rows[i].want > 0);
	}
}

/* What passes here is never refused by the reader of the job. */
static void test_as_jansson_sees_it(void **state)
{
	for (unsigned first = 1; first < 256; first++)
		for (unsigned second = 1; second < 256; second++) {
			char text[5] = { (char)first, (char)second, (char)0xA0, (char)0xA0, '\0' };

			for (size_t len = 1; len <= 4; len++) {
				json_t *value = json_stringn(text, len);

				if (utf8_is(text, len) != (value != NULL))
					print_error("%02x %02x, %zu bytes\n", first, second, len);
				assert_int_equal(utf8_is(text, len), value != NULL);
				json_decref(value);
			}
		}
}

/* Eight bytes are looked at at once: what is wrong is found wherever it stands, and what is right is not. */
static void test_wherever_it_stands(void **state)
{
	static const char *const parts[] = { "\xFF", "\xC3\xA9", "\xE2\x82", "\xF0\x9F\x98\x80" };
	static const bool good[] = { false, true, false, true };

	for (size_t k = 0; k < COUNT(parts); k++)
		for (size_t at = 0; at < 40; at++) {
			char text[64];
			size_t len = strlen(parts[k]);

			memset(text, 'a', sizeof(text));
			memcpy(text + at, parts[k], len);
			for (size_t end = at + len; end <= at + len + 17; end++)
				assert_int_equal(utf8_is(text, end), good[k]);
			assert_true(utf8_is(text, at));
			if (len > 1)
				assert_false(utf8_is(text, at + len - 1));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_as_jansson_sees_it),
		cmocka_unit_test(test_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
