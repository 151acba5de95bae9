#include "core/text/plain.h"
#include "ctl/enqueue/consent_like.h"
#include "test.h"

#include <stdio.h>

static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum consent_like want;
	} rows[] = {
		{ "Accord", CONSENT_LIKE },
		{ "ACCORD CLIENT", CONSENT_LIKE },
		{ "D'accord pour être appelé", CONSENT_LIKE },
		{ "Consentement", CONSENT_LIKE },
		{ "consentement_tel", CONSENT_LIKE },
		{ "Opt-in", CONSENT_LIKE },
		{ "OPT_IN", CONSENT_LIKE },
		{ "optin", CONSENT_LIKE },
		{ "Opt in SMS", CONSENT_LIKE },
		{ "OPTOUT", CONSENT_LIKE },
		{ "HasOptedOutOfEmail", CONSENT_LIKE },
		{ "DoNotCall", CONSENT_LIKE },
		{ "Do Not Call", CONSENT_LIKE },
		{ "Ne pas appeler", CONSENT_LIKE },
		{ "Autorisation d'appel", CONSENT_LIKE },
		{ "Appel autorisé", CONSENT_LIKE },
		{ "RGPD", CONSENT_LIKE },
		{ "J'accepte les offres", CONSENT_LIKE },
		{ "Démarchage", CONSENT_LIKE },
		{ "Opposé au démarchage", CONSENT_LIKE },
		{ "Inscrit Bloctel", CONSENT_LIKE },
		{ "Désinscrit", CONSENT_LIKE },
		{ "Unsubscribed", CONSENT_LIKE },
		{ "SMS_BLACKLISTED", CONSENT_LIKE },
		{ "STOP", CONSENT_LIKE },
		{ "Refus", CONSENT_LIKE },
		{ "Liste rouge", CONSENT_LIKE },
		{ "Case cochée", CONSENT_LIKE },
		{ "Offres partenaires", CONSENT_IF_ANSWERS },
		{ "Contact commercial", CONSENT_IF_ANSWERS },
		{ "Souhaite être rappelé", CONSENT_IF_ANSWERS },
		{ "Prénom", CONSENT_UNLIKE },
		{ "Raccordement", CONSENT_UNLIKE },
		{ "Accordéon", CONSENT_UNLIKE },
		{ "Client fidèle", CONSENT_UNLIKE },
		{ "Ville", CONSENT_UNLIKE },
		{ "Option", CONSENT_UNLIKE },
		{ "", CONSENT_UNLIKE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		same_int(rows[i].name, consent_like(rows[i].name), rows[i].want);
}

static void test_answers(void **state)
{
	static const char *const yes[] = { "Oui",  "OUI",  "o",       "x", "1",
		                           "VRAI", "true", "Accepté", "✓", "Inscrit" };
	static const char *const no[] = { "Non", "N", "0", "FAUX", "false", "Refusé", "désinscrit", "-" };
	static const char *const neither[] = { "Paris", "129 €", "peut-être", "2" };

	for (size_t i = 0; i < COUNT(yes); i++) {
		same_int(yes[i], consent_is_yes(yes[i]), true);
		same_int(yes[i], consent_is_answer(yes[i]), true);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		same_int(no[i], consent_is_yes(no[i]), false);
		same_int(no[i], consent_is_answer(no[i]), true);
	}
	for (size_t i = 0; i < COUNT(neither); i++)
		same_int(neither[i], consent_is_answer(neither[i]), false);
}

static void test_plain(void **state)
{
	char buf[40], text[40];

	same_text("name", plain_name("N° de Téléphone", buf, sizeof(buf)), "ndetelephone");
	same_text("cut", plain_name("abcdef", buf, 4), "abc");
	snprintf(text, sizeof(text), "%s",
	         "\xC2\xA0 \xE2\x80\xAF"
	         "06 00\xC2\xA0"
	         "00 \xC2\xA0\t");
	same_text("trim", plain_trim(text),
	          "06 00\xC2\xA0"
	          "00");
	snprintf(text, sizeof(text), "%s", " \xC2\xA0");
	same_text("blank", plain_trim(text), "");
	snprintf(text, sizeof(text), "%s", "é");
	same_text("accent", plain_trim(text), "é");
	/* The spaces of typography are blanks, and so is the mark of an order of bytes; their neighbours are not. */
	static const struct {
		const char *text;
		size_t want;
	} rows[] = {
		{ " ", 1 },
		{ "\t", 1 },
		{ "\xC2\xA0", 2 },
		{ "\xC2\xA1", 0 },
		{ "\xC3\xA0", 0 },
		{ "\xE2\x80\x80", 3 },
		{ "\xE2\x80\x8A", 3 },
		{ "\xE2\x80\x8B", 0 },
		{ "\xE2\x80\xAF", 3 },
		{ "\xE2\x80\xB0", 0 },
		{ "\xE2\x82\xAC", 0 },
		{ "\xE2", 0 },
		{ "\xE2\x80", 0 },
		{ "\xEF\xBB\xBF", 3 },
		{ "\xEF\xBB\xBE", 0 },
		{ "\xEF\xBC\xBF", 0 },
		{ "\xEF", 0 },
		{ "\n", 0 },
		{ "", 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (plain_blank(rows[i].text) != rows[i].want)
			fail_msg("row %zu: %zu bytes", i, plain_blank(rows[i].text));
	same_text("letters",
	          plain_name("\xC3\xBF\xC3\x90\xC3\xB7\xC3\x9E\xC2\xB0\xE2\x82\xAC"
	                     "9:",
	                     buf, sizeof(buf)),
	          "y9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
