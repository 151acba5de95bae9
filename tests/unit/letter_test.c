/* Dates, numbers and articles as a letter writes them; text that is no markup. */
#include "core/time/civil.h"
#include "ctl/paper/escape.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static void same_heap(const char *label, char *got, const char *want)
{
	same_text(label, got, want);
	free(got);
}

static void dates_and_numbers(void **state)
{
	int32_t first, other;
	civil_parse_date("2027-05-01", 10, &first);
	civil_parse_date("2026-11-24", 10, &other);
	same_heap("the first of a month", letter_date(true, first, true), "samedi 1er\u00a0mai 2027");
	same_heap("another day", letter_date(true, other, false), "24\u00a0novembre 2026");
	same_heap("in English", letter_date(false, first, true), "Saturday 1\u00a0May 2027");
	same_heap("midnight in UTC", letter_when(true, NULL, other * DAY_MS),
	          "mardi 24\u00a0novembre 2026 à 0\u00a0h\u00a000");
	same_heap("before noon", letter_when(false, NULL, other * DAY_MS + 9 * 3600000 + 5 * 60000),
	          "Tuesday 24\u00a0November 2026 at 9:05");
	same_heap("a thousand", letter_number(true, 1095), "1095");
	same_heap("more", letter_number(true, 1234567), "1\u202f234\u202f567");
	same_heap("negative", letter_number(false, -12345), "-12,345");
	same_heap("a SIREN", letter_siren("552100554"), "552\u202f100\u202f554");
	same_heap("none", letter_siren("55210055x"), "55210055x");
}

static void articles(void **state)
{
	const char *text = "L223-1 al. 1 to 3, R223-1 C. conso.; L34-5 CPCE";
	same_heap("English", letter_article(false, text), text);
	same_heap(
	    "a sentence", letter_article(true, text),
	    "L.\u00a0223-1, al.\u00a01 à 3, R.\u00a0223-1 du code de la consommation ; L.\u00a034-5 du code "
	    "des postes et des communications électroniques");
	same_heap("a table", letter_article_short(true, text),
	          "L223-1 al. 1 à 3, R223-1 C. conso. ; L34-5 CPCE");
	same_heap("no article", letter_article(true, "RGPD 21"), "RGPD 21");
	same_heap("places", words_place(true, "metropole+alsace-moselle"),
	          "France métropolitaine ou Alsace-Moselle");
	same_heap("codes", words_list(true, "identity commercial x"),
	          "l'identité de l'appelant, le caractère commercial de l'appel, x");
}

static void escaped(const char *label, const char *text, const char *want)
{
	char *got;
	size_t size;
	FILE *out = mem_stream(&got, &size);
	escape_text(out, text, true, NULL);
	mem_stream_end(out);
	same_heap(label, got, want);
}

static void nothing_is_markup(void **state)
{
	escaped("tags", "<b a='1'>&\"", "&lt;b a=&#39;1&#39;&gt;&amp;&quot;");
	escaped("controls and directions", "a\x1b[2J\u202eb\xff", "a?[2J?b?");
	escaped("an instant", "le 2026-11-24T09:30:00Z.",
	        "le mardi 24\u00a0novembre 2026 à 9\u00a0h\u00a030 <small>2026-11-24T09:30:00Z</small>.");
	escaped("a date", "du 2026-09-01, puis", "du 1er\u00a0septembre 2026, puis");
	escaped("no date", "2026-02-31 v2026-09-01 2026-09-01-2 2026-09",
	        "2026-02-31 v2026-09-01 2026-09-01-2 2026-09");
	escaped("a broken end", "2026-11-24T09:30", "2026-11-24T09:30");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_and_numbers),
		cmocka_unit_test(articles),
		cmocka_unit_test(nothing_is_markup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
