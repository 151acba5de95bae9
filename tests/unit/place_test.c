#include "core/number/place.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void test_names(void **state)
{
	static const struct {
		const char *given, *want;
	} rows[] = {
		{ "metropole", "metropole" },
		{ "alsace-moselle+metropole", "metropole+alsace-moselle" },
		{ "martinique+guyane", "guyane+martinique" },
		{ "saint-barthelemy+guadeloupe+saint-martin", "guadeloupe+saint-martin+saint-barthelemy" },
	};
	static const char *const bad[] = {
		"",      "+",         "metropole+",          "+metropole", "metropole++guyane",
		"paris", "Metropole", "metropole+metropole", "metropol",   "metropole guyane"
	};
	char buf[PLACE_NAME_SIZE];
	uint32_t place = 42;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(place_parse(*state, bad[i], strlen(bad[i]), &place), 0);
	assert_int_equal(place, 42);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(place_name(*state, law_place(*state, rows[i].given), buf), rows[i].want);
	assert_string_equal(place_name(*state, 0, buf), "");
}

static void test_all_territories(void **state)
{
	char buf[PLACE_NAME_SIZE];

	assert_string_equal(
	    place_name(*state, UINT32_MAX, buf),
	    "metropole+alsace-moselle+guadeloupe+saint-martin+saint-barthelemy+guyane+martinique+la-reunion+"
	    "mayotte+saint-pierre-et-miquelon+nouvelle-caledonie+polynesie-francaise+wallis-et-futuna");
}

#define LOST "?"      /* it may be anywhere */
#define ELSEWHERE "-" /* refused */

static const struct {
	const char *code, *postcode, *insee; /* "" where it cannot be a code at all */
} codes[] = {
	{ "75001", "metropole", "metropole" },
	{ "01000", "metropole", "metropole" },
	{ "95000", "metropole", "metropole" },
	{ "20000", "metropole", LOST },
	{ "2A004", "metropole", "metropole" },
	{ "2B033", "metropole", "metropole" },
	{ "2C033", "", "" },
	{ "57000", "alsace-moselle", "alsace-moselle" },
	{ "67000", "alsace-moselle", "alsace-moselle" },
	{ "68000", "alsace-moselle", "alsace-moselle" },
	{ "97100", "guadeloupe", "guadeloupe" },
	{ "97133", "saint-barthelemy", "guadeloupe" },
	{ "97150", "saint-martin", "guadeloupe" },
	{ "97123", "guadeloupe", "saint-barthelemy" },
	{ "97127", "guadeloupe", "saint-martin" },
	{ "97701", LOST, "saint-barthelemy" },
	{ "97801", LOST, "saint-martin" },
	{ "97098", LOST, LOST },
	{ "97200", "martinique", "martinique" },
	{ "97300", "guyane", "guyane" },
	{ "97400", "la-reunion", "la-reunion" },
	{ "97500", "saint-pierre-et-miquelon", "saint-pierre-et-miquelon" },
	{ "97600", "mayotte", "mayotte" },
	{ "98600", "wallis-et-futuna", "wallis-et-futuna" },
	{ "98700", "polynesie-francaise", "polynesie-francaise" },
	{ "98800", "nouvelle-caledonie", "nouvelle-caledonie" },
	{ "98000", ELSEWHERE, ELSEWHERE },
	{ "98411", ELSEWHERE, ELSEWHERE },
	{ "98901", ELSEWHERE, ELSEWHERE },
	{ "99000", ELSEWHERE, ELSEWHERE },
	{ "00100", LOST, LOST },
	{ "96000", LOST, LOST },
	/* As people write them. */
	{ "75 001", "metropole", "metropole" },
	{ " 75001 ", "metropole", "metropole" },
	{ "75\u00a0001", "metropole", "metropole" },
	{ "75\u202f001", "metropole", "metropole" },
	{ "75-001", "metropole", "metropole" },
	{ "75.001", "metropole", "metropole" },
	{ "2a004", "metropole", "metropole" },
	{ "2b 033", "metropole", "metropole" },
	{ "F-67000", "alsace-moselle", "alsace-moselle" },
	{ "FR 67000", "alsace-moselle", "alsace-moselle" },
	{ "f67000", "alsace-moselle", "alsace-moselle" },
	{ "75379 CEDEX 08", "metropole", "metropole" },
	{ "97098 cedex", LOST, LOST },
	{ "CEDEX", "", "" },
	{ "F", "", "" },
	{ "FR-", "", "" },
	{ "B-1000", "", "" },
	{ "7500", "", "" },
	{ "750011", "", "" },
	{ "75 01", "", "" },
	{ "75O01", "", "" },
	{ "75001\u00e9", "", "" },
	{ "75001 75001", "", "" },
	{ "0123456789012345678901234567890123456789", "", "" },
	{ "", "", "" },
};

static const char *shown(const struct rulebook *rb, enum address address, uint32_t place,
                         char buf[PLACE_NAME_SIZE])
{
	return address == ADDRESS_KNOWN       ? place_name(rb, place, buf)
	       : address == ADDRESS_UNKNOWN   ? LOST
	       : address == ADDRESS_ELSEWHERE ? ELSEWHERE
	                                      : "";
}

static void check_codes(const struct rulebook *rb)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		size_t len = strlen(codes[i].code);
		char buf[PLACE_NAME_SIZE];
		uint32_t place = 0;
		enum address address = place_of_postcode(rb, codes[i].code, len, &place);
		if (strcmp(shown(rb, address, place, buf), codes[i].postcode) != 0)
			print_error("postcode %s\n", codes[i].code);
		assert_string_equal(shown(rb, address, place, buf), codes[i].postcode);
		place = 0;
		address = place_of_insee(rb, codes[i].code, len, &place);
		if (strcmp(shown(rb, address, place, buf), codes[i].insee) != 0)
			print_error("INSEE %s\n", codes[i].code);
		assert_string_equal(shown(rb, address, place, buf), codes[i].insee);
		assert_int_equal(place != 0, address == ADDRESS_KNOWN);
	}
}

static void test_codes(void **state)
{
	uint32_t place = 0;

	check_codes(*state);
	assert_int_equal(place_of_postcode(*state, NULL, 0, &place), ADDRESS_NONE);
	assert_int_equal(place_of_insee(*state, NULL, 0, &place), ADDRESS_NONE);
}

/* Every department has its postcodes and communes; Corsica's communes have letters. */
static void test_departments(void **state)
{
	for (int d = 0; d <= 95; d++) {
		const char *want = d == 57 || d == 67 || d == 68 ? "alsace-moselle" : "metropole";
		char code[16], buf[PLACE_NAME_SIZE];
		uint32_t place = 0;
		snprintf(code, sizeof(code), "%02d123", d);
		enum address address = place_of_postcode(*state, code, 5, &place);
		if (strcmp(shown(*state, address, place, buf), d == 0 ? LOST : want) != 0)
			print_error("postcode %s\n", code);
		assert_string_equal(shown(*state, address, place, buf), d == 0 ? LOST : want);
		address = place_of_insee(*state, code, 5, &place);
		if (strcmp(shown(*state, address, place, buf), d == 0 || d == 20 ? LOST : want) != 0)
			print_error("INSEE %s\n", code);
		assert_string_equal(shown(*state, address, place, buf), d == 0 || d == 20 ? LOST : want);
	}
}

/* The longest prefix decides, in whatever order they stand. */
static void test_codes_in_any_order(void **state)
{
	struct rulebook *rb = law_load(LAW_PATH);
	struct address_prefix *p = rb->postcodes;

	for (size_t i = 0, j = rb->postcode_count - 1; i < j; i++, j--) {
		struct address_prefix swap = p[i];
		p[i] = p[j];
		p[j] = swap;
	}
	check_codes(rb);
	rulebook_free(rb);
}

/* Postcodes of letters and digits, and a country that has no such codes. */
static void test_letters(void **state)
{
	static const struct {
		const char *code, *want;
	} rows[] = {
		{ "K1A0B1", "ontario" }, { "k1a0b1", "ontario" }, { "K1A 0B1", "ontario" }, { "K1A0B", "" },
		{ "K1A0B12", "" },       { "K1A 0B", "" },        { "K1A@B1", "" },         { "K1A[B1", "" },
		{ "K1A`B1", "" },        { "K1A{B1", "" },        { "K1A/B1", "" },         { "K1A:B1", "" },
	};
	struct rulebook *rb = law_load("tests/tables/ca.conf");
	uint32_t place = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[PLACE_NAME_SIZE];
		place = 0;
		assert_int_equal(place_of_postcode(rb, rows[i].code, strlen(rows[i].code), &place),
		                 rows[i].want[0] != '\0' ? ADDRESS_KNOWN : ADDRESS_MALFORMED);
		if (strcmp(place_name(rb, place, buf), rows[i].want) != 0)
			print_error("%s\n", rows[i].code);
		assert_string_equal(place_name(rb, place, buf), rows[i].want);
	}
	rb->postcode_length = rb->insee_length = 0;
	assert_int_equal(place_of_postcode(rb, "", 0, &place), ADDRESS_MALFORMED);
	assert_int_equal(place_of_insee(rb, "", 0, &place), ADDRESS_MALFORMED);
	rulebook_free(rb);
}

static void test_join(void **state)
{
	static const struct {
		const char *label, *number, *postcode, *insee, *want;
	} rows[] = {
		{ "no address", "metropole+alsace-moselle", NULL, NULL, "metropole+alsace-moselle" },
		{ "the postcode narrows", "metropole+alsace-moselle", "alsace-moselle", NULL,
		  "alsace-moselle" },
		{ "the commune narrows", "metropole+alsace-moselle", NULL, "metropole", "metropole" },
		{ "the address narrows", "guadeloupe+saint-martin+saint-barthelemy", "saint-martin", NULL,
		  "saint-martin" },
		{ "both say the same", "guadeloupe+saint-martin+saint-barthelemy", "saint-martin",
		  "saint-martin", "saint-martin" },
		{ "they disagree", "alsace-moselle", "metropole", NULL, "metropole+alsace-moselle" },
		{ "they disagree", "metropole+alsace-moselle", NULL, "la-reunion",
		  "metropole+alsace-moselle+la-reunion" },
		{ "they agree", "mayotte", "mayotte", NULL, "mayotte" },
		{ "the commune contradicts both", "metropole+alsace-moselle", "metropole", "la-reunion",
		  "metropole+alsace-moselle+la-reunion" },
		{ "the postcode contradicts both", "martinique", "la-reunion", "martinique",
		  "martinique+la-reunion" },
		{ "contradiction within the number's", "metropole+alsace-moselle", "metropole",
		  "alsace-moselle", "metropole+alsace-moselle" },
		{ "both contradict the number", "la-reunion", "metropole", "metropole",
		  "metropole+la-reunion" },
		{ "all three differ", "la-reunion", "metropole", "guyane", "metropole+guyane+la-reunion" },
	};
	char buf[PLACE_NAME_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t postcode = rows[i].postcode != NULL ? law_place(*state, rows[i].postcode) : 0;
		uint32_t insee = rows[i].insee != NULL ? law_place(*state, rows[i].insee) : 0;
		uint32_t joined = place_join(law_place(*state, rows[i].number), postcode, insee);
		if (strcmp(place_name(*state, joined, buf), rows[i].want) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(place_name(*state, joined, buf), rows[i].want);
	}
	assert_int_equal(place_anywhere(*state), TERRITORY_BIT(13) - 1);
}

static void test_covered(void **state)
{
	assert_int_equal(place_is_covered(*state, law_place(*state, "metropole")), 1);
	assert_int_equal(place_is_covered(*state, law_place(*state, "saint-pierre-et-miquelon")), 1);
	assert_int_equal(place_is_covered(*state, law_place(*state, "nouvelle-caledonie")), 0);
	assert_int_equal(place_is_covered(*state, law_place(*state, "polynesie-francaise")), 0);
	assert_int_equal(place_is_covered(*state, law_place(*state, "wallis-et-futuna")), 0);
	assert_int_equal(place_is_covered(*state, law_place(*state, "metropole+nouvelle-caledonie")), 0);
	assert_int_equal(place_is_covered(*state, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),       cmocka_unit_test(test_all_territories),
		cmocka_unit_test(test_codes),       cmocka_unit_test(test_codes_in_any_order),
		cmocka_unit_test(test_departments), cmocka_unit_test(test_letters),
		cmocka_unit_test(test_join),        cmocka_unit_test(test_covered),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
