#include "chance.h"
#include "core/law/rulebook.h"
#include "core/law/window.h"
#include "core/number/phone.h"
#include "core/number/place.h"
#include "core/text/sha256.h"
#include "io/host/error_text.h"
#include "io/rulebook/load.h"
#include "law.h"
#include "temporary.h"
#include "test.h"
#include "tongue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what is wrong is told with its line ------------------------------------------------ */

/* One text of fr.conf replaced by another; the error is "line" lines below the
 * place of the first. */
static const struct {
	const char *label, *find, *replace;
	int below;
	const char *message;
} rows[] = {
	{ "unknown key", "margin_seconds = 60;", "margin_second = 60;", -2,
	  "key margin_seconds is missing in group guard" },
	{ "unknown key beside", "margin_seconds = 60;", "margin_seconds = 60; marginal = 1;", 0,
	  "unknown key marginal in group guard" },
	{ "unknown key, nearest", "trunk = \"0\";", "trunck = \"0\";", 0,
	  "unknown key trunck in group numbering; did you mean trunk?" },
	{ "unknown key in a regime", "grade = \"primary\";", "grade = \"primary\"; hour = 1;", 0,
	  "unknown key hour in group regimes; did you mean hours?" },
	{ "overflowing integer", "margin_seconds = 60;", "margin_seconds = 4294967356;", 0,
	  "integer 4294967356 is too large" },
	{ "integer out of range", "margin_seconds = 60;", "margin_seconds = -1;", 0,
	  "margin_seconds must be from 0 to 86400, not -1" },
	{ "no digits in a range", "digits = [ 7, 15 ]; },\n\t\t{ prefix = [ \"+269\" ]",
	  "digits = [ 15, 7 ]; },\n\t\t{ prefix = [ \"+269\" ]", 0,
	  "digits is [exactly] or [least, most], the country code included" },
	{ "empty window", "hours = \"mon-fri 10:00-13:00,14:00-20:00\";", "hours = \" \";", 0,
	  "hours is empty: nobody could ever be called" },
	{ "end before start", "hours = \"mon-fri 10:00-13:00,14:00-20:00\";",
	  "hours = \"mon-fri 13:00-10:00\";", 0,
	  "hours: expected an end after its start at character 20 of \"mon-fri 13:00-10:00\"" },
	{ "unknown zone", "\"Indian/Reunion\"", "\"Indian/Renion\"", 0,
	  "unknown zone \"Indian/Renion\": /usr/share/zoneinfo/Indian/Renion: No such file or directory" },
	{ "a zone outside", "\"Indian/Reunion\"", "\"../etc/passwd\"", 0,
	  "unknown time zone \"../etc/passwd\" (expected a name such as \"Europe/Paris\")" },
	{ "duplicate prefix", "\"+33639\" ]", "\"+33638\", \"+33638\" ]", 0,
	  "prefix \"+33638\" is there twice" },
	{ "another name, of nothing", "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"+594\"; }",
	  "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"+5941\"; }", 0,
	  "range +5909396: no line has its name under +59419396" },
	{ "another name, of one that has another",
	  "{ prefix = [ \"+5949396\" ]; class = \"voip\"; digits = [ 12 ];",
	  "{ prefix = [ \"+5949396\" ]; drop = 3; put = \"+596\"; digits = [ 12 ];", -8,
	  "range +5909396: no line has its name under +5949396" },
	{ "another name, and what of it", "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"+594\"; }",
	  "{ prefix = [ \"+5909396\" ]; put = \"+594\"; }", 0, "key drop is missing in group ranges" },
	{ "another name, dropped too far", "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"+594\"; }",
	  "{ prefix = [ \"+5909396\" ]; drop = 8; put = \"+594\"; }", 0,
	  "range +5909396: drop is more than its prefix has" },
	{ "another name that is none", "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"+594\"; }",
	  "{ prefix = [ \"+5909396\" ]; drop = 3; put = \"594\"; }", 0,
	  "put must begin an E.164 number, such as \"+590\", not \"594\"" },
	{ "duplicate national", "prefix = [ \"0508\" ]", "prefix = [ \"0590\" ]", 0,
	  "prefix \"0590\" of 10 digits is there twice" },
	{ "duplicate postcode", "prefix = [ \"97133\" ]", "prefix = [ \"971\" ]", 0,
	  "prefix \"971\" is there twice" },
	{ "not covered, and where", "{ prefix = [ \"980\" ]; covered = false;",
	  "{ prefix = [ \"980\" ]; covered = false; territories = [ \"metropole\" ];", 0,
	  "a prefix that is not covered has no territories" },
	{ "not covered, nobody says why",
	  "{ prefix = [ \"980\" ]; covered = false; article = \"Monaco: another country\"; }",
	  "{ prefix = [ \"980\" ]; covered = false; }", 0, "key article is missing in group postcodes" },
	{ "words of capitals", "code_before = [ \"F\", \"FR\" ];", "code_before = [ \"F-\" ];", 0,
	  "code_before has words of capitals, not \"F-\"" },
	{ "duplicate caller id", "\"+5909475\", \"+5949476\"", "\"+33162\", \"+5949476\"", 0,
	  "prefix \"+33162\" is there twice" },
	{ "not a prefix", "\"+33639\" ]", "\"0639\" ]", 0,
	  "a prefix such as \"+33639\" is expected, not \"0639\"" },
	{ "overlapping regimes", "\tfrom = \"2026-08-11\";", "\tfrom = \"2026-08-10\";", -2,
	  "regimes \"fr-2023\" and \"fr-2026\" overlap" },
	{ "regime ends before it begins", "to = \"2026-08-11\";", "to = \"2023-03-01\";", 0,
	  "regime \"fr-2023\" ends before it begins" },
	{ "bad date", "from = \"2023-03-01\";", "from = \"2023-02-29\";", 0,
	  "from must be a date such as \"2026-08-11\", not \"2023-02-29\"" },
	{ "bad holiday", "date = \"12-25\"", "date = \"12-32\"", 0,
	  "date must be a month and a day such as \"12-25\", not \"12-32\"" },
	{ "holiday of two kinds", "date = \"12-25\"", "date = \"12-25\"; easter = 1", 0,
	  "a holiday has one of date, easter and dates" },
	{ "dates not in order", "\"2026-01-15\", \"2026-01-16\"", "\"2026-01-16\", \"2026-01-15\"", 0,
	  "dates must be in order, each once: \"2026-01-15\" is not" },
	{ "unknown holiday set", "zones = [ \"Indian/Reunion\" ]; holiday_sets = [ \"national\" ]",
	  "zones = [ \"Indian/Reunion\" ]; holiday_sets = [ \"nation\" ]", 0,
	  "unknown holiday set \"nation\"" },
	{ "unknown territory", "territories = [ \"martinique\" ]; },\n\t\t{ prefix = [ \"973\" ];",
	  "territories = [ \"martinque\" ]; },\n\t\t{ prefix = [ \"973\" ];", 0,
	  "unknown territory \"martinque\"; did you mean martinique?" },
	{ "territory twice", "name = \"guyane\"", "name = \"metropole\"", 0,
	  "territory \"metropole\" is there twice" },
	{ "unknown class", "class = \"satellite\"", "class = \"sattelite\"", 0,
	  "unknown class \"sattelite\"; did you mean satellite?" },
	{ "unknown status", "status = \"banned\"", "status = \"forbidden\"", 0,
	  "unknown status \"forbidden\"" },
	{ "unknown list mode", "mode = \"if-present\"", "mode = \"if_present\"", 0,
	  "unknown mode \"if_present\"; did you mean if-present?" },
	{ "signed by nobody", "approved_on = \"\"", "approved_on = \"2026-11-23\"", 0,
	  "approved_by and approved_on go together" },
	{ "bad location", "\"AT\", \"BE\"", "\"AT\", \"Belgium\"", 0,
	  "a location is a country code of two capitals, not \"Belgium\"" },
	{ "syntax", "guard = {", "guard = ", 1, "syntax error" },
};

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static void write_file(const char *path, const char *head, size_t head_len, const char *middle,
                       const char *tail)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	fwrite(head, 1, head_len, file);
	fputs(middle, file);
	fputs(tail, file);
	fclose(file);
}

/* Write a text, load it, and give back the error without the path. */
static const char *load_error(const char *path, const char *err)
{
	size_t len = strlen(path);

	assert_memory_equal(err, path, len);
	return err + len;
}

/* The same file again, in French. */
static void check_french(const char *label, const char *path, const char *english)
{
	const char *place = strchr(load_error(path, english) + 1, ':');
	char err[400] = "";

	error_in_french(true);
	assert_null(rulebook_load(path, LAW_ZONE_DIR, err, sizeof(err)));
	error_in_french(false);
	tongue_same_place(label, (size_t)(place - english), english, err);
}

static void test_malformed(void **state)
{
	size_t len;
	char *text = law_read_file(LAW_PATH, &len), path[TEMPORARY_SIZE], err[400], want[300];
	int fd = mkstemp(temporary_name(path));

	assert_int_not_equal(fd, -1);
	close(fd);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(text, rows[i].find);
		if (at == NULL)
			fail_msg("%s: %s is no longer in " LAW_PATH, rows[i].label, rows[i].find);
		write_file(path, text, (size_t)(at - text), rows[i].replace, at + strlen(rows[i].find));
		err[0] = '\0';
		struct rulebook *rb = rulebook_load(path, LAW_ZONE_DIR, err, sizeof(err));
		if (rb != NULL)
			fail_msg("%s: accepted", rows[i].label);
		snprintf(want, sizeof(want), ":%d: %s", line_of(text, at) + rows[i].below, rows[i].message);
		if (strcmp(load_error(path, err), want) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(load_error(path, err), want);
		check_french(rows[i].label, path, err);
	}
	unlink(path);
	free(text);
}

static void test_missing_files(void **state)
{
	char err[400];

	assert_null(rulebook_load("/nonexistent/fr.conf", LAW_ZONE_DIR, err, sizeof(err)));
	assert_string_equal(err, "/nonexistent/fr.conf: No such file or directory");
	assert_null(rulebook_load("/dev/null", LAW_ZONE_DIR, err, sizeof(err)));
	assert_string_equal(err, "/dev/null: key id is missing in the file");
	assert_null(rulebook_load(LAW_PATH, "/nonexistent", err, sizeof(err)));
	assert_non_null(
	    strstr(err,
	           "unknown zone \"Europe/Paris\": /nonexistent/Europe/Paris: No such file or directory"));
}

/* Lines taken out at random: refused or sound, never worse. */
static void test_damaged(void **state)
{
	size_t len;
	char *text = law_read_file(LAW_PATH, &len), path[TEMPORARY_SIZE], err[400];
	int fd = mkstemp(temporary_name(path));
	struct chance c;

	assert_int_not_equal(fd, -1);
	close(fd);
	chance_init(&c);
	for (int i = 0; i < 150; i++) {
		char *from = text + chance_range(&c, 0, (int64_t)len - 1);
		char *to = from + chance_range(&c, 0, 60);
		write_file(path, text, (size_t)(from - text), "", to < text + len ? to : text + len);
		err[0] = '\0';
		struct rulebook *rb = rulebook_load(path, LAW_ZONE_DIR, err, sizeof(err));
		assert_int_equal(rb == NULL, err[0] != '\0');
		rulebook_free(rb);
	}
	unlink(path);
	free(text);
}

/* --- what is right is as the design says --------------------------------------------------- */

static void test_france(void **state)
{
	const struct rulebook *rb = *state;
	char hash[SHA256_HEX_SIZE];
	size_t len;
	char *text = law_read_file(law_path(), &len);

	assert_string_equal(rb->file_hash, sha256_hex(text, len, hash));
	free(text);
	assert_string_not_equal(rb->hash, rb->file_hash); /* the zones are law as well */
	assert_int_equal(rulebook_zones_changed(rb, LAW_ZONE_DIR), 0);
	assert_int_equal(rulebook_zones_changed(rb, "/nonexistent"), 1);
	assert_string_equal(rb->id, "fr");
	assert_string_equal(rb->approved_by, "");
	assert_string_equal(rb->approved_on, "");
	assert_string_not_equal(rb->source, "");
	assert_int_equal(rb->guard_s, 600);
	assert_int_equal(rb->guard_margin_s, 60);
	assert_int_equal(rb->location_count, 30);
	assert_int_equal(rb->territory_count, 13);
	assert_int_equal(rb->caller_id_count, 22);
	assert_int_equal(rb->regime_count, 2);
	for (size_t i = 0; i + 1 < rb->numbering.range_count; i++)
		assert_in_range(strcmp(rb->numbering.ranges[i + 1].prefix, rb->numbering.ranges[i].prefix), 1,
		                INT32_MAX);
}

static void test_opt_out_classes(void **state)
{
	static const int allowed[NUMBER_CLASS_COUNT] = {
		[NUMBER_FIXED] = 1,     [NUMBER_MOBILE] = 1, [NUMBER_VOIP] = 1,
		[NUMBER_CALLER_ID] = 1, [NUMBER_FREE] = 1,   [NUMBER_ORDINARY] = 1,
	};
	const struct rulebook *rb = *state;

	for (size_t i = 0; i < NUMBER_CLASS_COUNT; i++)
		assert_int_equal(rb->opt_out_classes[i], allowed[i]);
}

static const struct list_rule *find_list(const struct regime *r, const char *name)
{
	for (size_t i = 0; i < r->list_count; i++) {
		if (strcmp(r->lists[i].name, name) == 0)
			return &r->lists[i];
	}
	fail_msg("no list %s", name);
	return NULL;
}

/* These and no others. */
static void assert_words(char *const *words, size_t count, const char *want)
{
	char text[256] = "";
	for (size_t i = 0; i < count; i++) {
		strcat(text, words[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, want);
}

static void test_regimes(void **state)
{
	const struct rulebook *rb = *state;

	assert_string_equal(rb->regimes[0].id, "fr-2023");
	assert_int_equal(rb->regimes[0].from_day, law_date("2023-03-01"));
	assert_int_equal(rb->regimes[0].to_day, law_date("2026-08-11"));
	assert_int_equal(rb->regimes[1].from_day, law_date("2026-08-11"));
	assert_int_equal(rb->regimes[1].to_day, INT32_MAX);
	for (size_t i = 0; i < rb->regime_count; i++) {
		const struct regime *r = &rb->regimes[i];
		assert_int_equal(find_list(r, "opposition")->mode, LIST_REQUIRED);
		assert_int_equal(find_list(r, "opposition")->max_age_days, 0);
		assert_int_equal(find_list(r, "anti-prospection")->mode, LIST_IF_PRESENT);
		assert_int_equal(find_list(r, "anti-prospection")->max_age_days, 31);
		assert_int_equal(find_list(r, "bloctel")->mode, i == 0 ? LIST_REQUIRED : LIST_UNUSED);
		assert_int_equal(r->consent.required, 1);
		assert_string_equal(r->consent.channel, "automated-voice");
		assert_words(r->consent.mentions, r->consent.mention_count,
		             "identity choice period withdrawal proof ");
		assert_words(r->consent.bases, r->consent.base_count, "L223-1 L34-5 ");
		assert_words(r->consent.acts, r->consent.act_count, "ticked-box signature recorded ");
		assert_int_equal(r->consent.product_match, 1);
		assert_int_equal(r->consent.advertiser_match, 1);
		assert_int_equal(r->consent.proof_required, 1);
		assert_int_equal(r->consent.slot_minutes, 15);
		assert_int_equal(find_list(r, "opposition")->prospecting_only, 0);
		assert_int_equal(find_list(r, "anti-prospection")->prospecting_only, 0);
		assert_int_equal(find_list(r, "bloctel")->prospecting_only, 1);
		assert_int_equal(r->consent.max_age_days, 365);
		assert_int_equal(r->cap.attempts, 4);
		assert_int_equal(r->cap.days, 30);
		assert_int_equal(r->refusal_days, 60);
		assert_int_equal(r->sector_count, 28);
	}
}

static void test_sectors(void **state)
{
	static const char *const names[] = {
		[SECTOR_ALLOWED] =
		    "retail toys culture telecom press travel automotive food fashion home leisure "
		    "education real-estate services charity public other",
		[SECTOR_BANNED] = "energy-saving renewable-energy housing-adaptation cpf",
		[SECTOR_UNAPPROVED] = "insurance credit finance health gambling tobacco minors",
	};
	const struct rulebook *rb = *state;

	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t s = 0; s < rb->regimes[r].sector_count; s++) {
			const struct sector_rule *sector = &rb->regimes[r].sectors[s];
			char padded[300], wanted[80];
			snprintf(padded, sizeof(padded), " %s ", names[sector->status]);
			snprintf(wanted, sizeof(wanted), " %s ", sector->name);
			if (strstr(padded, wanted) == NULL)
				fail_msg("%s: %s has another status", rb->regimes[r].id, sector->name);
			assert_string_not_equal(sector->article, "");
			assert_int_equal(sector->consent_max_age_days,
			                 strcmp(sector->name, "insurance") == 0 ? 30 : 0);
		}
}

/* What is listed for some years holds where it ends. */
static void test_lists_of_days_end(void **state)
{
	const struct rulebook *rb = *state;
	size_t count = 0;

	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t i = 0; i < rb->territories[t].holiday_count; i++)
			if (rb->territories[t].holidays[i].kind == HOLIDAY_LISTED) {
				const struct holiday *h = &rb->territories[t].holidays[i];
				assert_int_equal(h->complete_until, law_date("2028-12-31"));
				/* The day, the one before and the one after, also where it is closed anyway. */
				assert_int_equal(h->date_count % 3, 0);
				for (size_t d = 0; d < h->date_count; d++)
					assert_int_equal(h->dates[d], h->dates[d - d % 3] + (int32_t)(d % 3));
				count++;
			}
	assert_int_equal(count, 4);
	assert_int_equal(rb->proof_days, 1096);
	assert_int_equal(rb->review_days, 1096); /* and an objection is looked at again after as long */
	assert_string_equal(rb->proof_article, "R223-2 C. conso.");
}

/* Another country is data alone. */
static void test_another_country(void **state)
{
	static const struct {
		const char *number, *reason, *place;
	} numbers[] = {
		{ "(416) 555-0100", "allowed", "ontario" },
		{ "1-709-555-0100", "allowed", "newfoundland" },
		{ "514 555 0100", "number-not-covered", "quebec" },
		{ "011 33 6 12 00 00 01", "number-not-covered", "" },
		{ "1 800 555 0100", "number-class", "" },
		{ "911", "number-class", "" },
		{ "0612000001", "number-malformed", "" },
	};
	static const struct {
		const char *place, *at, *reason;
	} windows[] = {
		{ "newfoundland", "2026-11-28T14:00:00-03:30", "allowed" },
		{ "newfoundland", "2026-11-28T18:00:00-03:30", "outside-hours" },
		{ "newfoundland", "2026-11-24T21:29:00-03:30", "allowed" },
		{ "ontario", "2026-11-24T09:30:00-05:00", "outside-hours" },
		{ "ontario", "2026-11-24T10:00:00-05:00", "allowed" },
		{ "ontario", "2026-07-01T12:00:00-04:00", "holiday" },
		{ "newfoundland", "2008-09-29T12:00:00-02:30", "law-unknown" },
	};
	struct rulebook *rb = law_load("tests/tables/ca.conf");
	char buf[PLACE_NAME_SIZE];
	uint32_t place = 0;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct phone phone;
		enum reason reason =
		    phone_parse(rb, numbers[i].number, strlen(numbers[i].number), &phone, NULL);
		assert_string_equal(reason_name(reason), numbers[i].reason);
		assert_string_equal(place_name(rb, phone.territories, buf), numbers[i].place);
	}
	for (size_t i = 0; i < COUNT(windows); i++) {
		const char *rule;
		place = law_place(rb, windows[i].place);
		assert_string_equal(reason_name(
					window_why(rb, place, NULL, law_instant(windows[i].at), &rule)),
		                    windows[i].reason);
	}
	assert_int_equal(place_of_postcode(rb, "K1A0B1", 6, &place), ADDRESS_KNOWN);
	assert_string_equal(place_name(rb, place, buf), "ontario");
	assert_int_equal(place_of_postcode(rb, "X1A0B1", 6, &place), ADDRESS_UNKNOWN);
	rulebook_free(rb);
}

static void test_reasons(void **state)
{
	for (int i = 0; i < REASON_COUNT; i++) {
		enum reason found = REASON_COUNT;
		const char *name = reason_name((enum reason)i);
		assert_int_equal(reason_find(name, strlen(name), &found), 1);
		assert_int_equal(found, i);
		assert_string_not_equal(reason_text(found), "");
		assert_string_not_equal(reason_text_fr(found), "");
		assert_string_not_equal(verdict_name(reason_verdict(found)), "");
	}
	enum reason untouched = REASON_ERASED;
	assert_int_equal(reason_find("allowe", 6, &untouched), 0);
	assert_int_equal(untouched, REASON_ERASED);
	assert_string_equal(verdict_name(reason_verdict(REASON_ALLOWED)), "release");
	assert_string_equal(verdict_name(reason_verdict(REASON_HOLIDAY)), "hold");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed),       cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_damaged),         cmocka_unit_test(test_france),
		cmocka_unit_test(test_opt_out_classes), cmocka_unit_test(test_regimes),
		cmocka_unit_test(test_sectors),         cmocka_unit_test(test_lists_of_days_end),
		cmocka_unit_test(test_another_country), cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
