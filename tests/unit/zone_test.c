#include "chance.h"
#include "core/time/civil.h"
#include "core/time/zone.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Besides the zones of the rulebook: a half-hour change, a winter time below
 * standard, changes by Ramadan, a skipped day, a change at midnight. */
static const char *const others[] = {
	"Australia/Lord_Howe", "Europe/Dublin",   "Africa/Casablanca", "Pacific/Apia", "America/Asuncion",
	"America/St_Johns",    "America/Toronto", "Asia/Gaza",         "America/Nuuk", "Africa/Cairo",
	"Asia/Tehran",         "Pacific/Chatham", "America/Havana",    "UTC",
};

static int month_of(const char *text)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *found = strstr(names, text);

	assert_non_null(found);
	return (int)(found - names) / 3 + 1;
}

/* A line of zdump -V: "Zone  Sun Mar 29 00:59:59 2026 UT = ... gmtoff=3600". */
static int read_dump_line(const char *line, int64_t *ret_utc_s, long *ret_offset_s)
{
	char month[8];
	int day, hour, minute, second, year;
	const char *offset = strstr(line, "gmtoff=");

	if (offset == NULL ||
	    sscanf(line, "%*s %*s %3s %d %d:%d:%d %d UT", month, &day, &hour, &minute, &second, &year) != 6)
		return 0;
	*ret_utc_s = civil_to_days((struct civil){ year, month_of(month), day }) * INT64_C(86400) +
	             hour * 3600 + minute * 60 + second;
	*ret_offset_s = strtol(offset + 7, NULL, 10);
	return 1;
}

/* zdump says the offset on both sides of every transition, here up to 2100: the
 * file's own data and, after 2037, the rule of its footer. They begin with the end of
 * local mean time, so that a zone that never changed since is compared as well. -V
 * leaves out the two ends of time, which -v adds and each version puts elsewhere. */
static void compare_with_zdump(const char *name)
{
	struct zone *zone = law_zone(name);
	char command[200], line[300];
	int64_t utc_s;
	long offset_s;
	int compared = 0;

	snprintf(command, sizeof(command), "zdump -V -c 1800,2100 %s", name);
	FILE *dump = popen(command, "r");
	assert_non_null(dump);
	while (fgets(line, sizeof(line), dump) != NULL) {
		if (!read_dump_line(line, &utc_s, &offset_s))
			continue;
		struct zone_piece piece = zone_piece_at(zone, utc_s);
		if (piece.offset_s != offset_s)
			print_error("%s", line);
		assert_int_equal(piece.offset_s, offset_s);
		assert_true(piece.start_s <= utc_s && utc_s < piece.end_s);
		compared++;
	}
	assert_int_equal(pclose(dump), 0);
	/* UTC alone has never changed. */
	assert_int_equal(compared == 0, strcmp(name, "UTC") == 0);
	zone_free(zone);
}

static void test_zones_of_the_rulebook(void **state)
{
	const struct rulebook *rb = *state;

	for (size_t i = 0; i < rb->territory_count; i++) {
		for (size_t j = 0; j < rb->territories[i].zone_count; j++)
			compare_with_zdump(zone_name(rb->territories[i].zones[j]));
	}
}

/* Under names of the list of zones: older names may be in a package of their own. */
static void test_names_are_canonical(void **state)
{
	static const char *const paths[] = { LAW_PATH, "conf/rulebooks/ca.conf" };
	size_t len;
	char *list = law_read_file(LAW_ZONE_DIR "/zone.tab", &len), wanted[80];

	(void)state;
	for (size_t p = 0; p < COUNT(paths); p++) {
		struct rulebook *rb = law_load(paths[p]);
		for (size_t t = 0; t < rb->territory_count; t++)
			for (size_t z = 0; z < rb->territories[t].zone_count; z++) {
				const char *name = zone_name(rb->territories[t].zones[z]), *at;
				snprintf(wanted, sizeof(wanted), "\t%s", name);
				for (at = strstr(list, wanted);
				     at != NULL && strchr("\t\n", at[strlen(wanted)]) == NULL;)
					at = strstr(at + 1, wanted);
				if (at == NULL)
					fail_msg("%s: %s is not in zone.tab", paths[p], name);
			}
		rulebook_free(rb);
	}
	free(list);
}

static void test_other_zones(void **state)
{
	for (size_t i = 0; i < COUNT(others); i++)
		compare_with_zdump(others[i]);
}

/* Pieces follow each other without a gap, and differ or touch a file's end. */
static void test_pieces_follow(void **state)
{
	for (size_t i = 0; i < COUNT(others); i++) {
		struct zone *zone = law_zone(others[i]);
		struct zone_piece piece = zone_piece_at(zone, INT64_MIN);
		assert_int_equal(piece.start_s, INT64_MIN);
		for (int n = 0; piece.end_s < INT64_C(7258118400) && n < 1000; n++) { /* 2200 */
			struct zone_piece next = zone_piece_at(zone, piece.end_s);
			assert_int_equal(next.start_s, piece.end_s);
			piece = next;
		}
		zone_free(zone);
	}
}

static void test_local_dates(void **state)
{
	static const struct {
		const char *zone, *at, *date;
		int32_t second;
	} rows[] = {
		{ "Europe/Paris", "2026-03-29T00:59:59Z", "2026-03-29", 7199 },
		{ "Europe/Paris", "2026-03-29T01:00:00Z", "2026-03-29", 10800 },
		{ "Europe/Paris", "2026-10-25T00:59:59Z", "2026-10-25", 10799 },
		{ "Europe/Paris", "2026-10-25T01:00:00Z", "2026-10-25", 7200 },
		{ "Europe/Paris", "2050-07-01T22:00:00Z", "2050-07-02", 0 },
		{ "America/Miquelon", "2027-01-01T02:59:59Z", "2026-12-31", 86399 },
		{ "Pacific/Marquesas", "2026-01-01T00:00:00Z", "2025-12-31", 52200 },
		{ "Pacific/Wallis", "2028-02-28T12:00:00Z", "2028-02-29", 0 },
	};
	char buf[CIVIL_DATE_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *zone = law_zone(rows[i].zone);
		int32_t second, date = zone_local_date(zone, law_instant(rows[i].at), &second);
		assert_string_equal(civil_format_date(date, buf), rows[i].date);
		assert_int_equal(second, rows[i].second);
		zone_free(zone);
	}
}

static void test_date_starts(void **state)
{
	static const struct {
		const char *label, *zone, *date, *want;
	} rows[] = {
		{ "ordinary", "Europe/Paris", "2026-11-24", "2026-11-23T23:00:00Z" },
		{ "short day", "Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z" },
		{ "after the short day", "Europe/Paris", "2026-03-30", "2026-03-29T22:00:00Z" },
		{ "midnight is skipped", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z" },
		{ "midnight comes twice", "America/Havana", "2026-11-01", "2026-11-01T04:00:00Z" },
		{ "a day that never was", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z" },
		{ "the day after it", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z" },
		{ "by the footer", "America/Miquelon", "2045-06-01", "2045-06-01T02:00:00Z" },
	};
	char buf[CIVIL_INSTANT_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *zone = law_zone(rows[i].zone);
		int64_t ms = zone_date_start_ms(zone, law_date(rows[i].date));
		if (strcmp(civil_format_instant(ms, buf), rows[i].want) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(buf, rows[i].want);
		zone_free(zone);
	}
}

/* --- made-up files: a header, no changes, one type, a footer ------------------------ */

static struct zone *zone_of_footer(const char *footer, char *err, size_t err_size)
{
	uint8_t data[300] = { 0 };
	size_t len = 0;

	for (int half = 0; half < 2; half++) {
		uint8_t *h = data + len;
		memcpy(h, "TZif2", 5);
		h[39] = 1; /* types */
		h[43] = 4; /* characters */
		memcpy(h + 44, "\0\0\0\0\0\0LMT", 10);
		len += 54;
	}
	len += (size_t)snprintf((char *)data + len, sizeof(data) - len, "\n%s\n", footer);
	err[0] = '\0';
	return zone_new("Made/Up", data, len, err, err_size);
}

/* Days of the calendar: the same local time, across a change of clocks too. */
static void test_days_later(void **state)
{
	static const struct {
		const char *label, *zone, *from;
		int days;
		const char *want;
		int ms; /* beyond the second */
	} rows[] = {
		{ "a day", "Europe/Paris", "2026-11-24T10:00:00.250+01:00", 1, "2026-11-25T09:00:00Z", 250 },
		{ "no day", "Europe/Paris", "2026-11-24T10:00:00.001+01:00", 0, "2026-11-24T09:00:00Z", 1 },
		{ "winter to summer", "Europe/Paris", "2026-10-26T10:30:00+01:00", 365,
		  "2027-10-26T08:30:00Z", 0 },
		{ "summer to winter", "Europe/Paris", "2026-10-24T10:30:00+02:00", 1, "2026-10-25T09:30:00Z",
		  0 },
		{ "it comes twice: the first", "Europe/Paris", "2026-10-24T02:30:00.400+02:00", 1,
		  "2026-10-25T00:30:00Z", 400 },
		{ "it is skipped: after the gap", "Europe/Paris", "2026-03-28T02:30:00.400+01:00", 1,
		  "2026-03-29T01:00:00Z", 0 },
		{ "over a leap day", "Europe/Paris", "2028-02-28T12:00:00+01:00", 2, "2028-03-01T11:00:00Z",
		  0 },
		{ "no changes there", "Indian/Reunion", "2026-10-26T10:30:00+04:00", 365,
		  "2027-10-26T06:30:00Z", 0 },
		{ "other days of change", "America/Miquelon", "2026-11-03T10:30:00-03:00", 365,
		  "2027-11-03T12:30:00Z", 0 },
		{ "a day that was skipped", "Pacific/Apia", "2011-12-29T12:00:00-10:00", 1,
		  "2011-12-30T10:00:00Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *zone = law_zone(rows[i].zone);
		char buf[CIVIL_INSTANT_SIZE];
		int64_t ms = zone_days_later_ms(zone, law_instant(rows[i].from), rows[i].days);
		if (strcmp(civil_format_instant(ms, buf), rows[i].want) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(civil_format_instant(ms, buf), rows[i].want);
		assert_int_equal(ms % 1000, rows[i].ms);
		zone_free(zone);
	}
}

static void test_footers(void **state)
{
	static const struct {
		const char *footer, *at;
		int32_t offset_s;
	} rows[] = {
		{ "UTC0", "2026-01-01T00:00:00Z", 0 },
		{ "<-0930>9:30", "2026-01-01T00:00:00Z", -34200 },
		{ "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45", "2026-01-01T00:00:00Z", 49500 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2100-03-28T00:59:59Z", 3600 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2100-03-28T01:00:00Z", 7200 },
		{ "EST5EDT,J60/2,J305/2", "2028-03-01T06:59:59Z", -18000 },
		{ "EST5EDT,J60/2,J305/2", "2028-03-01T07:00:00Z", -14400 },
		{ "EST5EDT,59/2,304/2", "2028-02-29T07:00:00Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2026-12-31T23:59:59Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2027-01-01T03:00:00Z", -14400 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600 },
		{ "", "2026-01-01T00:00:00Z", 0 },
		{ "LMT-0:09:21", "2026-01-01T00:00:00Z", 561 },
		{ "LMT+0:25:21", "2026-01-01T00:00:00Z", -1521 },
		{ "EST5EDT,J59/2,J305/2", "2028-02-28T07:00:00Z", -14400 },
		{ "EST5EDT,J59/2,J305/2", "2028-02-28T06:59:59Z", -18000 },
	};
	static const char *const bad[] = { "C",
		                           "CET",
		                           "CET-25",
		                           "CET-1CEST",
		                           "CET-1CEST,M3.5.0",
		                           "CET-1CEST,M13.5.0,M10.5.0",
		                           "CET-1CEST,M3.6.0,M10.5.0",
		                           "CET-1CEST,M3.5.7,M10.5.0",
		                           "CET-1CEST,J0,J3",
		                           "CET-1CEST,M3.5.0,M10.5.0/168",
		                           "<+01",
		                           "CET-1:60",
		                           "CET-1:0:60",
		                           "CET-1:0:",
		                           "CET-00001",
		                           "CET-1CEST,M0.5.0,M10.5.0",
		                           "CET-1CEST,M3.0.0,M10.5.0",
		                           "CET-1CEST,M3",
		                           "CET-1CEST,M3.5",
		                           "CET-1CEST,J366,J3",
		                           "CET-1CEST,Jx,J3",
		                           "CET-1CEST-x,M3.5.0,M10.5.0",
		                           "CET-1 ",
		                           "CET-1CEST,M3.5.0,M10.5.0x",
		                           "CET-1CEST,366,1" };
	char err[160];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone *zone = zone_of_footer(rows[i].footer, err, sizeof(err));
		assert_string_equal(err, "");
		int64_t utc_s = law_instant(rows[i].at) / 1000;
		if (zone_piece_at(zone, utc_s).offset_s != rows[i].offset_s)
			print_error("%s at %s\n", rows[i].footer, rows[i].at);
		assert_int_equal(zone_piece_at(zone, utc_s).offset_s, rows[i].offset_s);
		zone_free(zone);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_null(zone_of_footer(bad[i], err, sizeof(err)));
		assert_string_equal(err, "the rule in the footer is not sound");
	}
}

/* Counts that do not agree, and what we do not read, each told as such. */
static void test_headers(void **state)
{
	enum { SECOND = 44 + 10 + 20 }; /* the counts of the 64-bit half */
	static const struct {
		size_t at;
		uint8_t byte;
		const char *err;
	} rows[] = {
		{ 4, '1', "version 1 of TZif has no 64-bit data" },
		{ SECOND + 3, 2, "counts do not agree" },
		{ SECOND + 15, 60, "cut short" },
		{ SECOND + 7, 2, "counts do not agree" },
		{ SECOND + 2, 2, "a count is out of range" },
		{ SECOND + 6, 2, "a count is out of range" },
		{ SECOND + 8, 1, "a count is out of range" },
		{ SECOND + 11, 1, "leap seconds are not supported; use the zones without \"right/\"" },
		{ SECOND + 12, 1, "a count is out of range" },
		{ SECOND + 18, 2, "a count is out of range" },
		{ SECOND + 19, 0, "counts do not agree" },
		{ SECOND + 21, 9, "a count is out of range" },
		{ SECOND + 23, 0, "counts do not agree" },
	};
	char err[160];

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t data[200] = "";
		size_t len = 0;

		for (int half = 0; half < 2; half++) {
			memcpy(data + len, "TZif2", 5);
			data[len + 39] = 1;
			data[len + 43] = 4;
			memcpy(data + len + 44, "\0\0\0\0\0\0LMT", 10);
			len += 54;
		}
		memcpy(data + len, "\nUTC0\n", 6);
		struct zone *sound = zone_new("Made/Up", data, sizeof(data), err, sizeof(err));
		assert_non_null(sound);
		zone_free(sound);
		data[rows[i].at] = rows[i].byte;
		assert_null(zone_new("Made/Up", data, sizeof(data), err, sizeof(err)));
		if (strcmp(err, rows[i].err) != 0)
			print_error("byte %zu\n", rows[i].at);
		assert_string_equal(err, rows[i].err);
	}
}

/* Millions of years away the arithmetic is still sound: standard time, for ever. */
static void test_far_away(void **state)
{
	struct zone *zone = law_zone("Europe/Paris");
	struct zone_piece piece = zone_piece_at(zone, INT64_MAX);

	assert_int_equal(piece.offset_s, 3600);
	assert_int_equal(piece.end_s, INT64_MAX);
	piece = zone_piece_at(zone, INT64_C(86400) * INT32_MAX);
	assert_int_equal(piece.offset_s, 3600);
	zone_free(zone);
}

static void ask_everything(const struct zone *zone)
{
	static const int64_t at_s[] = {
		INT64_MIN, -1, 0, INT64_C(1795510790), INT64_C(4102444800), INT64_C(200000000000), INT64_MAX
	};
	int32_t second;

	for (size_t i = 0; i < COUNT(at_s); i++) {
		struct zone_piece piece = zone_piece_at(zone, at_s[i]);
		assert_in_range(piece.offset_s + 26 * 3600, 0, 52 * 3600);
	}
	zone_local_date(zone, INT64_C(1795510790000), &second);
	zone_date_start_ms(zone, 20780);
}

/* Cut short at every byte, and with bytes changed: refused or sound, never worse. */
static void test_damaged_files(void **state)
{
	static const char *const names[] = { "Europe/Paris", "America/Miquelon", "Indian/Mayotte" };
	struct chance c;
	char path[200], err[160];

	chance_init(&c);
	for (size_t n = 0; n < COUNT(names); n++) {
		size_t len;
		snprintf(path, sizeof(path), "%s/%s", LAW_ZONE_DIR, names[n]);
		char *bytes = law_read_file(path, &len);
		for (size_t cut = 0; cut < len; cut++) {
			char *exact = malloc(cut + 1); /* so that reading beyond it is seen */
			memcpy(exact, bytes, cut);
			assert_null(zone_new(names[n], exact, cut, err, sizeof(err)));
			free(exact);
		}
		for (int i = 0; i < 20000; i++) {
			char *damaged = malloc(len);
			memcpy(damaged, bytes, len);
			for (int64_t k = chance_range(&c, 1, 4); k > 0; k--)
				damaged[chance_range(&c, 0, (int64_t)len - 1)] =
				    (char)chance_range(&c, 0, 255);
			struct zone *zone = zone_new(names[n], damaged, len, err, sizeof(err));
			if (zone != NULL)
				ask_everything(zone);
			zone_free(zone);
			free(damaged);
		}
		free(bytes);
	}
}

static void test_garbage(void **state)
{
	struct chance c;
	char err[160];
	uint8_t data[256];

	chance_init(&c);
	assert_null(zone_new("x", "", 0, err, sizeof(err)));
	assert_string_equal(err, "not a TZif file, or cut short");
	for (int i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof(data); j++)
			data[j] = (uint8_t)chance_range(&c, 0, 255);
		if (i % 2 == 0)
			memcpy(data, "TZif2", 5);
		struct zone *zone = zone_new("x", data, sizeof(data), err, sizeof(err));
		if (zone != NULL)
			ask_everything(zone);
		zone_free(zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_of_the_rulebook),
		cmocka_unit_test(test_other_zones),
		cmocka_unit_test(test_names_are_canonical),
		cmocka_unit_test(test_pieces_follow),
		cmocka_unit_test(test_local_dates),
		cmocka_unit_test(test_date_starts),
		cmocka_unit_test(test_days_later),
		cmocka_unit_test(test_footers),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_far_away),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
