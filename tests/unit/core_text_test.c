/* What the core says, in French: found by the sentence around names and numbers. */
#include "ctl/base/core_text.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(const char *text, const char *want)
{
	char *said = core_text(true, text), *same = core_text(false, text);

	assert_string_equal(said, want);
	assert_string_equal(same, text);
	free(said);
	free(same);
}

static void test_sentences(void **state)
{
	check("route night is not declared", "la route night n'est pas déclarée");
	check("siren of advertiser acme: expected nine digits",
	      "siren de l'annonceur acme : neuf chiffres attendus");
	check("name of advertiser acme is not set", "name de l'annonceur acme n'est pas renseigné");
	check("toyz, did you mean toys?", "toyz, vouliez-vous dire toys ?");
	check("sector: toyz, did you mean toys?", "sector : toyz, vouliez-vous dire toys ?");
	check("rate: expected a rate such as 5/s, 60/m, 300/h or 5000/d",
	      "rate : débit attendu, comme 5/s, 60/m, 300/h ou 5000/d");
	check("window: expected a time such as 10:30 at character 9 of \"mon-fri x\"",
	      "window : mal formée au caractère 9 de « mon-fri x »");
	check("expected JSON here", "JSON attendu ici");
	check("too many digits", "trop de chiffres");
}

/* What is no sentence of the core stands as it was, and so does one that only begins or ends like one. */
static void test_others(void **state)
{
	check("", "");
	check("route night", "route night");
	check("a route night is not declared", "a route night is not declared");
	check("route night is not declared.", "route night is not declared.");
	check("100 % of %s", "100 % of %s");
}

/* Each of several, by itself; one that is unknown stands as it was. */
static void test_several(void **state)
{
	char *said = core_texts(true, "appendonly is off; role is not master; cold");

	assert_string_equal(said, "appendonly n'est pas activé ; ce Redis n'est pas maître ; cold");
	free(said);
	said = core_texts(false, "appendonly is off; role is not master");
	assert_string_equal(said, "appendonly is off; role is not master");
	free(said);
	said = core_texts(true, "");
	assert_string_equal(said, "");
	free(said);
}

static void test_faults(void **state)
{
	char *said =
	    core_faults(true, "sector-banned: energy, even with consent (L223-1); field-missing: route; "
	                      "source-unapproved: source a; b is not known");

	assert_string_equal(said,
	                    "secteur interdit (sector-banned) : energy, même avec un consentement (L223-1) ; "
	                    "champ manquant (field-missing) : route ; "
	                    "source non approuvée (source-unapproved) : la source a; b n'est pas connue");
	free(said);
	said = core_faults(false, "field-missing: route");
	assert_string_equal(said, "field-missing: route");
	free(said);
	said = core_faults(true, "");
	assert_string_equal(said, "");
	free(said);
}

/* Each sentence, with a word for each conversion, is found, and all the words are in the French one. */
static void test_each_of_the_table(void **state)
{
	const char *english, *french;
	size_t count = 0;

	for (; core_text_pair(count, &english, &french); count++) {
		char text[400] = "";
		size_t used = 0, words = 0, said_words = 0;

		for (const char *at = english; *at != '\0';)
			if (*at == '%') {
				at += 1 + strspn(at + 1, ".0123456789lz") + 1;
				used += (size_t)snprintf(text + used, sizeof(text) - used, "w%zu", ++words);
			} else {
				text[used++] = *at++;
				text[used] = '\0';
			}
		for (const char *at = french; (at = strchr(at, '%')) != NULL; at++)
			said_words++;
		char *said = core_text(true, text);

		if (strcmp(said, text) == 0)
			print_message("%s\n", text);
		assert_string_not_equal(said, text);
		assert_true(said_words <= words);
		assert_null(strchr(said, '%'));
		free(said);
	}
	assert_true(count > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),         cmocka_unit_test(test_others),
		cmocka_unit_test(test_several),           cmocka_unit_test(test_faults),
		cmocka_unit_test(test_each_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
