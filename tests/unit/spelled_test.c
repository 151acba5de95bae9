#include "core/time/civil.h"
#include "core/time/spelled.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/* As "2026-04-18 13:37:05 +7200", "" where it is no date. */
static char *read_as(const char *text, enum spelled_order order, char buf[64])
{
	struct spelled s;
	char date[CIVIL_DATE_SIZE];
	int used;

	buf[0] = '\0';
	if (!spelled_parse(text, order, &s))
		return buf;
	used = snprintf(buf, 64, "%s", civil_format_date(s.date, date));
	if (s.second >= 0)
		used += snprintf(buf + used, 64 - (size_t)used, " %02d:%02d:%02d", s.second / 3600,
		                 s.second / 60 % 60, s.second % 60);
	if (s.has_offset)
		snprintf(buf + used, 64 - (size_t)used, " %+d", s.offset_s);
	return buf;
}

static void test_spellings(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "18/04/2026 13:37", "2026-04-18 13:37:00" },
		{ "18/04/2026", "2026-04-18" },
		{ "18/04/26", "2026-04-18" },
		{ "18/4/26 9:05", "2026-04-18 09:05:00" },
		{ "18-04-2026 13:37:05", "2026-04-18 13:37:05" },
		{ "18.04.2026", "2026-04-18" },
		{ "18 04 2026", "2026-04-18" },
		{ " 18 / 04 / 2026 ", "2026-04-18" },
		{ "18/04/2026 13h37", "2026-04-18 13:37:00" },
		{ "18/04/2026 13 h 37", "2026-04-18 13:37:00" },
		{ "18/04/2026 à 13H37", "2026-04-18 13:37:00" },
		{ "le 18/04/2026 à 13h", "2026-04-18 13:00:00" },
		{ "18/04/2026 13h37m05s", "2026-04-18 13:37:05" },
		{ "18/04/2026, 13:37", "2026-04-18 13:37:00" },
		{ "18/04/2026 - 13:37", "2026-04-18 13:37:00" },
		{ "18/04/2026\xC2\xA0"
		  "13:37",
		  "2026-04-18 13:37:00" },
		{ "18\xE2\x80\xAF"
		  "avril\xC2\xA0"
		  "2026",
		  "2026-04-18" },
		{ "18 avril 2026", "2026-04-18" },
		{ "18 AVRIL 2026 à 13h37", "2026-04-18 13:37:00" },
		{ "samedi 18 avril 2026", "2026-04-18" },
		{ "sam. 18 avr. 2026 13:37", "2026-04-18 13:37:00" },
		{ "1er août 2026", "2026-08-01" },
		{ "1er AOÛT 2026", "2026-08-01" },
		{ "18-avr.-26", "2026-04-18" },
		{ "18-avr-26", "2026-04-18" },
		{ "3 févr. 2026", "2026-02-03" },
		{ "14 juil. 2026", "2026-07-14" },
		{ "14 juin 2026", "2026-06-14" },
		{ "24 déc. 2026", "2026-12-24" },
		{ "18 April 2026", "2026-04-18" },
		{ "April 18, 2026 1:37 PM", "2026-04-18 13:37:00" },
		{ "Apr 18, 2026, 12:05 AM", "2026-04-18 00:05:00" },
		{ "2026-04-18", "2026-04-18" },
		{ "2026/04/18 13:37", "2026-04-18 13:37:00" },
		{ "2026-04-18 13:37:05", "2026-04-18 13:37:05" },
		{ "2026-04-18T13:37:05.000Z", "2026-04-18 13:37:05 +0" },
		{ "2026-04-18T13:37:05.000+0000", "2026-04-18 13:37:05 +0" },
		{ "2026-04-18T13:37:05+02:00", "2026-04-18 13:37:05 +7200" },
		{ "2026-04-18 13:36:59.999997", "2026-04-18 13:37:00" },
		{ "2026-04-18 13:36:59.98", "2026-04-18 13:36:59" },
		{ "2026-04-18 23:59:59.999997", "2026-04-19 00:00:00" },
		{ "18/04/2026 13:37:60", "" },
		{ "2026-04-18 13:37:05 UTC", "2026-04-18 13:37:05 +0" },
		{ "20260418", "2026-04-18" },
		{ "46130", "2026-04-18" },
		{ "46130,5674", "2026-04-18 13:37:03" },
		{ "46130,000000", "2026-04-18" },
		{ "46130.567361111", "2026-04-18 13:37:00" },
		{ "46130,999999", "2026-04-18 23:59:59" },
		{ "29/02/2028", "2028-02-29" },
		{ "01/01/70", "1970-01-01" },
		{ "18/04/2026 00:00", "2026-04-18 00:00:00" },
		/* No dates. */
		{ "", "" },
		{ "29/02/2026", "" },
		{ "31/04/2026", "" },
		{ "32/01/2026", "" },
		{ "18/04", "" },
		{ "18/04/202", "" },
		{ "18/04/0026", "" },
		{ "18/04-2026", "" },
		{ "18/04/2026 24:00", "" },
		{ "18/04/2026 13:60", "" },
		{ "18/04/2026 13", "" },
		{ "18/04/2026 13:37 environ", "" },
		{ "18 jui 2026", "" },
		{ "18 brumaire 2026", "" },
		{ "tomorrow", "" },
		{ "Oui", "" },
		{ "0612345678", "" },
		{ "061234", "" },
		{ "2026", "" },
		{ "4,61E+04", "" },
		{ "46130,", "" },
		{ "18/04/2026 13:37 PM", "" },
		{ "0612345678 le 1er", "" },
	};
	char buf[64];

	for (size_t i = 0; i < COUNT(rows); i++)
		same_text(rows[i].text, read_as(rows[i].text, SPELLED_DAY_FIRST, buf), rows[i].want);
	same_text("month first", read_as("4/18/2026 1:37 PM", SPELLED_MONTH_FIRST, buf),
	          "2026-04-18 13:37:00");
	same_text("month first", read_as("18/04/2026", SPELLED_MONTH_FIRST, buf), "");
}

static void test_what_fits(void **state)
{
	static const struct {
		const char *text;
		enum spelled_fit want;
	} rows[] = {
		{ "18/04/2026", SPELLED_ONLY_DAY_FIRST },
		{ "04/18/2026 13:37", SPELLED_ONLY_MONTH_FIRST },
		{ "05/04/2026", SPELLED_TWO_DATES },
		{ "05/05/2026", SPELLED_PLAIN },
		{ "5 avril 2026", SPELLED_PLAIN },
		{ "2026-05-04", SPELLED_PLAIN },
		{ "46130", SPELLED_PLAIN },
		{ "13/13/2026", SPELLED_NO_DATE },
		{ "31/02/2026", SPELLED_NO_DATE },
		{ "", SPELLED_NO_DATE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		same_int(rows[i].text, spelled_fit(rows[i].text), rows[i].want);
}

/* The nights when clocks change, and offsets that are written. */
static void test_instants(void **state)
{
	static const struct {
		const char *text;
		enum spelled_twice which;
		const char *zone, *want;
	} rows[] = {
		{ "18/04/2026 13:37", SPELLED_FIRST, "Europe/Paris", "2026-04-18T13:37:00+02:00" },
		{ "18/12/2026 13:37", SPELLED_FIRST, "Europe/Paris", "2026-12-18T13:37:00+01:00" },
		{ "25/10/2026 02:30", SPELLED_FIRST, "Europe/Paris", "2026-10-25T02:30:00+02:00" },
		{ "25/10/2026 02:30", SPELLED_SECOND, "Europe/Paris", "2026-10-25T02:30:00+01:00" },
		{ "25/10/2026 01:59:59", SPELLED_SECOND, "Europe/Paris", "2026-10-25T01:59:59+02:00" },
		{ "25/10/2026 03:00", SPELLED_FIRST, "Europe/Paris", "2026-10-25T03:00:00+01:00" },
		{ "29/03/2026 02:30", SPELLED_FIRST, "Europe/Paris", "" },
		{ "29/03/2026 03:00", SPELLED_FIRST, "Europe/Paris", "2026-03-29T03:00:00+02:00" },
		{ "29/03/2026 01:59", SPELLED_SECOND, "Europe/Paris", "2026-03-29T01:59:00+01:00" },
		{ "18/04/2026 13:37", SPELLED_FIRST, "Indian/Reunion", "2026-04-18T13:37:00+04:00" },
		{ "18/04/2026 13:37", SPELLED_FIRST, "America/Miquelon", "2026-04-18T13:37:00-02:00" },
		{ "2026-04-18T11:37:00Z", SPELLED_FIRST, "Europe/Paris", "2026-04-18T13:37:00+02:00" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *zone = law_zone(rows[i].zone);
		struct spelled s;
		int64_t ms;
		char buf[SPELLED_INSTANT_SIZE] = "";

		assert_true(spelled_parse(rows[i].text, SPELLED_DAY_FIRST, &s));
		if (spelled_instant(&s, zone, rows[i].which, &ms))
			spelled_format(ms, zone, buf);
		same_text(rows[i].text, buf, rows[i].want);
		zone_free(zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_what_fits),
		cmocka_unit_test(test_instants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
