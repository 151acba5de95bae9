#include "chance.h"
#include "core/number/phone.h"
#include "core/number/place.h"
#include "law.h"
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void check_number(const struct table_row *row, void *arg)
{
	const struct rulebook *rb = arg;
	struct phone phone;
	const char *hint;
	char place[PLACE_NAME_SIZE];
	enum reason reason = phone_parse(rb, row->columns[1], strlen(row->columns[1]), &phone, &hint);

	table_assert_string(row, "reason", reason_name(reason), row->columns[2]);
	table_assert_string(row, "E.164", phone.e164, row->columns[3]);
	table_assert_string(row, "class", number_class_name(phone.cls), row->columns[4]);
	table_assert_string(row, "place", place_name(rb, phone.territories, place), row->columns[5]);
	if (reason == REASON_NUMBER_MALFORMED)
		assert_non_null(hint);
}

static void test_table(void **state)
{
	table_each("tests/tables/numbers.txt", 6, check_number, *state);
}

static void test_hints(void **state)
{
	static const struct {
		const char *text, *hint;
	} rows[] = {
		{ "+33639000001", "+33 639 does not exist; Mayotte is +262 639" },
		{ "+33 06 12 00 00 01", "no 0 after +33" },
		{ "+33", "+33 and 9 digits that begin with 1 to 9" },
		{ "+33710000001", "mobiles are 06 and 073 to 079" },
		{ "+33708400001", "+33 708 does not exist; Saint-Pierre-et-Miquelon is +508 708" },
		{ "+33709000001", "+33 709 does not exist; it is overseas: +590, +594, +596 or +262" },
		{ "+590100000001", "+590 and 9 digits such as 590, 690 or 691 …" },
		{ "+594100000001", "+594 and 9 digits such as 594 or 694 …" },
		{ "+596100000001", "+596 and 9 digits such as 596, 696 or 697 …" },
		{ "+262100000001", "+262 and 9 digits such as 262, 269, 639 or 692 …" },
		{ "+508100001", "+508 and 6 digits that begin with 4 or 5, or 708 and 6 more" },
		{ "612000001", "10 digits that begin with 0, or + and a country code" },
		{ "+3361200000", "too few digits" },
		{ "+336120000000", "too many digits" },
		{ "06 12 00 00 0A", "digits, spaces, dots, dashes, slashes and brackets only" },
		{ "+2690000001", "+269 is the Comoros; numbers of Mayotte begin with +262 269 or +262 639" },
		{ "06+12", "a plus stands only at the front" },
		{ "", "no digits" },
	};
	struct phone phone;
	const char *hint;

	for (size_t i = 0; i < COUNT(rows); i++) {
		phone_parse(*state, rows[i].text, strlen(rows[i].text), &phone, &hint);
		assert_non_null(hint);
		assert_string_equal(hint, rows[i].hint);
	}
	assert_int_equal(phone_parse(*state, "0612000001", 10, &phone, NULL), REASON_ALLOWED);
}

/* A NUL is a byte like any other: no number ends there. */
static void test_bytes(void **state)
{
	struct phone phone;

	assert_int_equal(phone_parse(*state, "0612000001\0", 11, &phone, NULL), REASON_NUMBER_MALFORMED);
	assert_int_equal(phone_parse(*state, "0612000001\xc2", 11, &phone, NULL), REASON_NUMBER_MALFORMED);
	assert_int_equal(phone_parse(*state, "0612000001\xe2\x80", 12, &phone, NULL),
	                 REASON_NUMBER_MALFORMED);
	assert_int_equal(phone_parse(*state, "(", 1, &phone, NULL), REASON_NUMBER_MALFORMED);
	assert_int_equal(phone_parse(*state, "00", 2, &phone, NULL), REASON_NUMBER_MALFORMED);
	assert_int_equal(phone_parse(*state, "+33(0", 5, &phone, NULL), REASON_NUMBER_MALFORMED);
}

/* What stands between digits when a number is copied: spaces that do not break, thin ones,
 * hyphens, marks of direction; nothing else of Unicode. */
static void test_separators(void **state)
{
	static const struct {
		const char *between;
		enum reason reason;
	} rows[] = {
		{ "\xc2\xa0", REASON_ALLOWED },              /* U+00A0 no-break space */
		{ "\xc2\xa1", REASON_NUMBER_MALFORMED },     /* U+00A1 */
		{ "\xc3\xa0", REASON_NUMBER_MALFORMED },     /* U+00E0 */
		{ "\xe2\x80\x80", REASON_ALLOWED },          /* U+2000 en quad */
		{ "\xe2\x80\x95", REASON_ALLOWED },          /* U+2015 horizontal bar */
		{ "\xe2\x80\x96", REASON_NUMBER_MALFORMED }, /* U+2016 */
		{ "\xe2\x80\xa9", REASON_NUMBER_MALFORMED }, /* U+2029 */
		{ "\xe2\x80\xaa", REASON_ALLOWED },          /* U+202A */
		{ "\xe2\x80\xaf", REASON_ALLOWED },          /* U+202F narrow no-break space */
		{ "\xe2\x80\xb0", REASON_NUMBER_MALFORMED }, /* U+2030 */
		{ "\xe2\x80\x7f", REASON_NUMBER_MALFORMED }, /* no UTF-8 */
		{ "\xe2\x81\x80", REASON_NUMBER_MALFORMED }, /* U+2040 */
		{ "\xe3\x80\x80", REASON_NUMBER_MALFORMED }, /* U+3000 */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[32];
		struct phone phone;
		snprintf(text, sizeof(text), "0612%s000001", rows[i].between);
		if (phone_parse(*state, text, strlen(text), &phone, NULL) != rows[i].reason)
			print_error("row %zu\n", i);
		assert_int_equal(phone_parse(*state, text, strlen(text), &phone, NULL), rows[i].reason);
	}
}

/* The longest range decides, in whatever order they stand. */
static void test_caller_ids_in_any_order(void **state)
{
	struct caller_id_range ranges[] = { { "+3316", false, "short" },
		                            { "+331623", true, "longest" },
		                            { "+33162", false, "long" } };
	struct rulebook rb = { .caller_ids = ranges, .caller_id_count = COUNT(ranges) };

	assert_string_equal(phone_caller_id_range(&rb, "+33162300001")->article, "longest");
	assert_string_equal(phone_caller_id_range(&rb, "+33162400001")->article, "long");
	assert_string_equal(phone_caller_id_range(&rb, "+33163000001")->article, "short");
	assert_null(phone_caller_id_range(&rb, "+33170000001"));
}

static void test_normalise(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "06 12 00 00 01", "+33612000001" },
		{ "0805 00 00 01", "+33805000001" },
		{ "01 62 00 00 01", "+33162000001" },
		{ "+3220000001", "+3220000001" },
		{ "3000", "3000" },
		{ "116 000", "116000" },
	};
	struct phone phone;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(phone_normalise(*state, rows[i].text, strlen(rows[i].text), &phone), 1);
		assert_string_equal(phone.e164, rows[i].want);
	}
	assert_int_equal(phone_normalise(*state, "+33639000001", 12, &phone), 0);
	assert_int_equal(phone_normalise(*state, "none", 4, &phone), 0);
	assert_string_equal(phone.e164, "116000"); /* untouched */
}

static void test_mask(void **state)
{
	static const struct {
		const char *number, *want;
	} rows[] = {
		{ "+33612340000", "+3361234••••" },
		{ "06 12 34 00 00", "06 12 34 •• ••" },
		{ "+508410001", "+50841••••" },
		{ "3000", "••••" },
		{ "116000", "••••••" },
		{ "", "" },
		{ "a\"b\n0612000000", "????061200••••" }, /* it goes into a log line */
		{ "061200000006120000000612", "••••" },
		{ "+262692120000", "+26269212••••" },
		/* What is no number, but holds one: six digits of a run at most. */
		{ "0612340000 poste 1234", "061234•••• ????? ••••" },
		{ "poste 1234 0612340000", "????? 1234 06••••••••" },
		{ "0612340000/0712340000", "061234••••/•••••••••" },
		{ "+33612340000 x1", "+336123••••• ?•" },
		{ "+336123400001234", "+3361234••••••••" },
		{ "003361234000012", "003361•••••••••" },
		{ "\xEF\xBC\x90\x36", "••" }, /* a wide zero */
	};
	char buf[PHONE_MASK_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(phone_mask(rows[i].number, buf), rows[i].want);
}

static void test_is_e164(void **state)
{
	assert_int_equal(phone_is_e164("+33612000001", 12), 1);
	assert_int_equal(phone_is_e164("+1234567", 8), 1);
	assert_int_equal(phone_is_e164("+123456789012345", 16), 1);
	assert_int_equal(phone_is_e164("+123456", 7), 0);
	assert_int_equal(phone_is_e164("+1234567890123456", 17), 0);
	assert_int_equal(phone_is_e164("+0612000001", 11), 0);
	assert_int_equal(phone_is_e164("33612000001", 11), 0);
	assert_int_equal(phone_is_e164("+3361200000 ", 12), 0);
	assert_int_equal(phone_is_e164("", 0), 0);
}

static void test_caller_ids(void **state)
{
	static const struct {
		const char *number;
		int found, doubtful;
	} rows[] = {
		{ "+33162001234", 1, 0 },  { "+33949001234", 1, 0 },  { "+590947500001", 1, 0 },
		{ "+590598700001", 1, 1 }, { "+262268800001", 1, 1 }, { "+33612000001", 0, 0 },
		{ "+33140000001", 0, 0 },  { "+37700000001", 0, 0 },  { "", 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct caller_id_range *range = phone_caller_id_range(*state, rows[i].number);
		assert_int_equal(range != NULL, rows[i].found);
		if (range != NULL)
			assert_int_equal(range->doubtful, rows[i].doubtful);
	}
}

/* What is read once reads the same again, and only covered places are called. */
static void test_properties(void **state)
{
	static const char alphabet[] = "0123456789012345678901234567890+ .-/()x";
	struct rulebook *rb = *state;
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 300000; i++) {
		char text[24];
		size_t len = (size_t)chance_range(&c, 0, (int64_t)sizeof(text));
		for (size_t j = 0; j < len; j++)
			text[j] = alphabet[chance_range(&c, 0, (int64_t)sizeof(alphabet) - 2)];
		if (len > 3 && chance_range(&c, 0, 1) == 0)
			memcpy(text, chance_range(&c, 0, 1) == 0 ? "+33" : "06", 2);
		struct phone phone, again;
		const char *hint;
		enum reason reason = phone_parse(rb, text, len, &phone, &hint);
		if (reason == REASON_NUMBER_MALFORMED) {
			assert_string_equal(phone.e164, "");
			assert_non_null(hint);
			continue;
		}
		if (phone.e164[0] == '\0')
			continue;
		assert_int_equal(phone_is_e164(phone.e164, strlen(phone.e164)), 1);
		assert_int_equal(phone_parse(rb, phone.e164, strlen(phone.e164), &again, NULL), reason);
		assert_string_equal(again.e164, phone.e164);
		/* Written nationally it may be in more territories, never in fewer. */
		assert_int_equal(again.territories & ~phone.territories, 0);
		if (reason == REASON_ALLOWED)
			assert_int_equal(place_is_covered(rb, phone.territories), 1);
	}
}

/* What is written inside the country becomes the line's own name at once, not by way of the other:
 * a rulebook that did so would still be right, and hard to read. */
static void test_national_names(void **state)
{
	static const struct {
		const char *prefix, *put;
	} rows[] = { { "09396", "+594" }, { "09397", "+596" }, { "09760", "+590" }, { "09761", "+590" },
		     { "09768", "+590" }, { "09766", "+596" }, { "09767", "+596" } };
	const struct numbering *n = &((const struct rulebook *)*state)->numbering;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool found = false;
		for (size_t k = 0; k < n->national_count; k++)
			if (strcmp(n->nationals[k].prefix, rows[i].prefix) == 0) {
				assert_string_equal(n->nationals[k].put, rows[i].put);
				found = true;
			}
		assert_int_equal(found, 1);
	}
}

static void test_is(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{ "+33612000001", true },         { "06 12 00 00 01", true }, { "0033612000001", true },
		{ "+33 (0)6 12.00.00.01", true }, { "+33612000002", false },  { "0612000002", false },
		{ "+330612000001", false },       { "612000001", false },     { "", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool same = phone_is(*state, "+33612000001", rows[i].text, strlen(rows[i].text));

		if (same != rows[i].same)
			print_message("%s\n", rows[i].text);
		assert_int_equal(same, rows[i].same);
	}
	/* A line that the plan lists under two codes. */
	assert_int_equal(phone_is(*state, "+590976000001", "+594976000001", 13), 1);
	assert_int_equal(phone_is(*state, "+590976000001", "0976000001", 10), 1);
	assert_int_equal(phone_is(*state, "+590976000001", "+594976400001", 13), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_caller_ids_in_any_order),
		cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_national_names),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_is_e164),
		cmocka_unit_test(test_caller_ids),
		cmocka_unit_test(test_properties),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
