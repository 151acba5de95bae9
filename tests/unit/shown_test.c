#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_clean(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "Crédit Élan 東京 ☎", "Crédit Élan 東京 ☎" },
		{ "a\nb\rc\td\033[31m\x7F", "a?b?c?d?[31m?" },
		{ "\xC2\x85|\xC2\x9B|\xC2\xA0", "?|?|\xC2\xA0" }, /* C1; a blank that does not break */
		{ "\xE2\x80\xAEgip\xE2\x80\xAC", "?gip?" },
		{ "\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", "?????" },
		{ "\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF", "???" },
		{ "caf\xE9 \xC0\xAF \xED\xA0\x80 \xF0\x9F", "caf? ?? ??? ??" }, /* no UTF-8 */
		{ "\xE2\x80\x8D\xE2\x80\xAF", "\xE2\x80\x8D\xE2\x80\xAF" }, /* of scripts, and of French */
		{ "", "" },
	};
	char text[80];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "%s", rows[i].text);
		assert_string_equal(shown_clean(text), rows[i].want);
		assert_int_equal(shown_is_plain(rows[i].text, strlen(rows[i].text)),
		                 strcmp(rows[i].text, rows[i].want) == 0);
	}
}

static void test_masked(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "crm-2026 and 123456", "crm-2026 and 123456" },
		{ "1234567", "123••••" },
		{ "0612340000 poste 1234", "061234•••• poste 1234" },
		{ "call 06 12 34 00 00 again", "call 06 12 34 •• •• again" },
		{ "+33.6-12/34(00)00", "+33.6-12/3•(••)••" },
		{ "06\xC2\xA0"
		  "12\xE2\x80\xAF"
		  "34\xC2\xA0"
		  "00 00",
		  "06\xC2\xA0"
		  "12\xE2\x80\xAF"
		  "34\xC2\xA0•• ••" },
		{ "0612340000,0712340000", "061234••••,••••••••••" },
		{ "\xEF\xBC\x90\xD9\xA6", "••" },
		{ "a\n0612340000\xFF", "a?061234••••?" },
		{ "on 2026-11-24T10:12:00+01:00", "on 2026-11-24T10:12:00+01:00" },
		{ "2026-11-24 0612340000", "2026-11-24 ••••••••••" },
		{ "le 24/11/2026.", "le 24/11/2026." },
		{ "24/11/2026 13:37", "24/11/2026 13:37" },
		{ "24/11/2026 13:37:05", "24/11/2026 13:37:05" },
		{ "2026-11-24 13:37", "2026-11-24 13:37" },
		{ "24/11/2026 1337", "24/11/20•• ••••" },
		{ "06/12/3400 00", "06/12/34•• ••" },
		{ "2026-11-2406", "2026-11-••••" },
		{ "", "" },
	};
	char buf[80];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(shown_masked(rows[i].text, strlen(rows[i].text), buf, sizeof(buf)),
		                    rows[i].want);
	/* Cut at a character. */
	assert_string_equal(shown_masked("1234567", 7, buf, 8), "123•");
}

static void test_hide(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "id=\"0612340000\" to=+3361234••••", "id=\"061234****\" to=+3361234••••" },
		{ "id=\"+33612340000\"", "id=\"+3361234****\"" },
		{ "at_ms=1795165200000 hash=061234000012ab id=c0612340000",
		  "at_ms=1795165200000 hash=061234000012ab id=c0612340000" },
		{ "id=0012340000 n=2012340000", "id=0012340000 n=2012340000" },
	};
	char line[120];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].line);
		shown_hide_numbers(line);
		assert_string_equal(line, rows[i].want);
	}
	assert_string_equal(shown_id("crm-1234567890", line, sizeof(line)), "crm-1234567890");
	assert_string_equal(shown_id("0612340000", line, sizeof(line)), "061234****");
}

/* What print() writes is what printf() would, but for the texts. */
static void test_print(void **state)
{
	char *got = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&got, &len);

	print_to(file, "%s|%-4s|%4s|%.2s|%.*s|%*s|%%|\n", "a\nb", "é\033", "ab", "abc", 3, "abcdef", 3, "x");
	print_to(file, "%d|%5d|%-3d|%03d|%zu|%ld|%lld|%+d|%c|%x|%u|%.2f|%*d\n", 1, 2, 3, 4, (size_t)5, 6L,
	         7LL, 8, 'c', 255U, 9U, 1.005, 4, 7);
	fclose(file);
	assert_string_equal(got, "a?b|é? |  ab|ab|abc|  x|%|\n1|    2|3  |004|5|6|7|+8|c|ff|9|1.00|   7\n");
	free(got);
}

/* JSON is the same to who reads it, whatever stands in its texts. */
static void test_json(void **state)
{
	static const char foul[] = "a\n\033\x7F\xC2\x9B\xE2\x80\xAE\xF3\xA0\x80\x81é";
	char *got = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&got, &len);
	json_t *value =
	    json_pack("{s:o,s:o}", "text", print_json_text(foul), "bad", print_json_text("caf\xE9"));

	print_json(file, value, JSON_INDENT(2));
	fclose(file);
	for (size_t i = 0; i < len; i++)
		assert_true(got[i] == '\n' || (unsigned char)got[i] >= 0x20);
	assert_null(strstr(got, "\x7F"));
	assert_null(strstr(got, "\xE2\x80\xAE"));
	assert_null(strstr(got, "\xC2\x9B"));
	assert_non_null(strstr(got, "é"));
	json_t *read = json_loadb(got, len, 0, NULL);

	assert_string_equal(json_string_value(json_object_get(read, "text")), foul);
	assert_string_equal(json_string_value(json_object_get(read, "bad")), "caf?");
	json_decref(read);
	json_decref(value);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_clean), cmocka_unit_test(test_masked),
		                            cmocka_unit_test(test_hide), cmocka_unit_test(test_print),
		                            cmocka_unit_test(test_json) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
