#include "ctl/base/width.h"
#include "test.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>

static const struct {
	const char *label, *text;
	size_t width; /* to fit into; SIZE_MAX: all */
	size_t want_width, want_bytes;
	const char *want_shown;
} rows[] = {
	{ "nothing", "", SIZE_MAX, 0, 0, "" },
	{ "letters", "noel", SIZE_MAX, 4, 4, "noel" },
	{ "letters, cut", "noel", 3, 3, 3, "noe" },
	{ "no room", "noel", 0, 0, 0, "" },
	{ "an accent is part of its letter", "No\u00ebl", SIZE_MAX, 4, 5, "No\u00ebl" },
	{ "cut behind an accent", "No\u00ebl", 3, 3, 4, "No\u00eb" },
	{ "an accent of its own takes no column", "Noe\u0308l", SIZE_MAX, 4, 6, "Noe\u0308l" },
	{ "and stays with its letter", "Noe\u0308l", 3, 3, 5, "Noe\u0308" },
	{ "wide characters", "\u65e5\u672c", SIZE_MAX, 4, 6, "\u65e5\u672c" },
	{ "half of one is not shown", "\u65e5\u672c", 3, 2, 3, "\u65e5" },
	{ "what steers a terminal", "a\033[2J\tb", SIZE_MAX, 7, 7, "a?[2J?b" },
	{ "also in two bytes",
	  "a\xc2\x9b"
	  "2J",
	  SIZE_MAX, 4, 5, "a?2J" },
	{ "bytes that are no character", "a\xff\xc3", SIZE_MAX, 3, 3, "a??" },
};

static void test_width(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t width, bytes = text_fit(rows[i].text, rows[i].width, &width);
		char *shown = text_shown(rows[i].text, rows[i].width);

		if (width != rows[i].want_width || bytes != rows[i].want_bytes)
			fail_msg("%s: %zu columns, %zu bytes", rows[i].label, width, bytes);
		assert_string_equal(shown, rows[i].want_shown);
		free(shown);
		if (rows[i].width == SIZE_MAX)
			assert_int_equal(text_width(rows[i].text), rows[i].want_width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_width) };

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
