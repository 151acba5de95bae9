#include "core/number/place.h"
#include "law.h"
#include "test.h"

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

static const struct {
	const char *code, *postcode, *insee; /* "" where it is refused */
} codes[] = {
	{ "75001", "metropole", "metropole" },
	{ "01000", "metropole", "metropole" },
	{ "95000", "metropole", "metropole" },
	{ "20000", "metropole", "" },
	{ "2A004", "", "metropole" },
	{ "2B033", "", "metropole" },
	{ "2C033", "", "" },
	{ "57000", "alsace-moselle", "alsace-moselle" },
	{ "67000", "alsace-moselle", "alsace-moselle" },
	{ "68000", "alsace-moselle", "alsace-moselle" },
	{ "97100", "guadeloupe", "guadeloupe" },
	{ "97133", "saint-barthelemy", "guadeloupe" },
	{ "97150", "saint-martin", "guadeloupe" },
	{ "97123", "guadeloupe", "saint-barthelemy" },
	{ "97127", "guadeloupe", "saint-martin" },
	{ "97701", "", "saint-barthelemy" },
	{ "97801", "", "saint-martin" },
	{ "97200", "martinique", "martinique" },
	{ "97300", "guyane", "guyane" },
	{ "97400", "la-reunion", "la-reunion" },
	{ "97500", "saint-pierre-et-miquelon", "saint-pierre-et-miquelon" },
	{ "97600", "mayotte", "mayotte" },
	{ "98600", "wallis-et-futuna", "wallis-et-futuna" },
	{ "98700", "polynesie-francaise", "polynesie-francaise" },
	{ "98800", "nouvelle-caledonie", "nouvelle-caledonie" },
	{ "98000", "", "" },
	{ "00100", "", "" },
	{ "96000", "", "" },
	{ "99000", "", "" },
	{ "7500", "", "" },
	{ "750011", "", "" },
	{ "75 01", "", "" },
	{ "75O01", "", "" },
	{ "", "", "" },
};

static void test_codes(void **state)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		size_t len = strlen(codes[i].code);
		char buf[PLACE_NAME_SIZE];
		uint32_t place = 0;
		place_of_postcode(*state, codes[i].code, len, &place);
		assert_string_equal(place_name(*state, place, buf), codes[i].postcode);
		place = 0;
		place_of_insee(*state, codes[i].code, len, &place);
		assert_string_equal(place_name(*state, place, buf), codes[i].insee);
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
	for (size_t i = 0; i < COUNT(codes); i++) {
		char buf[PLACE_NAME_SIZE];
		uint32_t place = 0;
		place_of_postcode(rb, codes[i].code, strlen(codes[i].code), &place);
		assert_string_equal(place_name(rb, place, buf), codes[i].postcode);
	}
	rulebook_free(rb);
}

/* Postcodes of letters and digits, and a country that has no such codes. */
static void test_letters(void **state)
{
	static const struct {
		const char *code, *want;
	} rows[] = {
		{ "K1A0B1", "ontario" }, { "k1a0b1", "" }, { "K1a0b1", "ontario" }, { "K1A0B", "" },
		{ "K1A0B12", "" },       { "K1A 0B", "" }, { "K1A@B1", "" },        { "K1A[B1", "" },
		{ "K1A`B1", "" },        { "K1A{B1", "" }, { "K1A/B1", "" },        { "K1A:B1", "" },
	};
	struct rulebook *rb = law_load("tests/tables/ca.conf");
	uint32_t place = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[PLACE_NAME_SIZE];
		place = 0;
		place_of_postcode(rb, rows[i].code, strlen(rows[i].code), &place);
		if (strcmp(place_name(rb, place, buf), rows[i].want) != 0)
			print_error("%s\n", rows[i].code);
		assert_string_equal(place_name(rb, place, buf), rows[i].want);
	}
	rb->postcode_length = rb->insee_length = 0;
	assert_int_equal(place_of_postcode(rb, "", 0, &place), 0);
	assert_int_equal(place_of_insee(rb, "", 0, &place), 0);
	rulebook_free(rb);
}

static void test_join(void **state)
{
	static const struct {
		const char *label, *number, *address, *want;
	} rows[] = {
		{ "the address narrows", "metropole+alsace-moselle", "alsace-moselle", "alsace-moselle" },
		{ "the address narrows", "guadeloupe+saint-martin+saint-barthelemy", "saint-martin",
		  "saint-martin" },
		{ "they disagree", "metropole", "alsace-moselle", "metropole+alsace-moselle" },
		{ "they disagree", "metropole+alsace-moselle", "la-reunion",
		  "metropole+alsace-moselle+la-reunion" },
		{ "they agree", "mayotte", "mayotte", "mayotte" },
	};
	char buf[PLACE_NAME_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t joined =
		    place_join(law_place(*state, rows[i].number), law_place(*state, rows[i].address));
		assert_string_equal(place_name(*state, joined, buf), rows[i].want);
	}
	uint32_t mobile = law_place(*state, "metropole+alsace-moselle");
	assert_int_equal(place_join(mobile, 0), mobile);
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
		cmocka_unit_test(test_names),   cmocka_unit_test(test_all_territories),
		cmocka_unit_test(test_codes),   cmocka_unit_test(test_codes_in_any_order),
		cmocka_unit_test(test_letters), cmocka_unit_test(test_join),
		cmocka_unit_test(test_covered),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
