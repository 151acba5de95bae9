/* The words that licetctl offers are the words that the core takes. */
#include "core/campaign/campaign.h"
#include "ctl/law/vocabulary.h"
#include "io/rulebook/load.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct rulebook *rb;

static int load(void **state)
{
	char err[512] = "";

	rb = rulebook_load("conf/rulebooks/fr.conf", "/usr/share/zoneinfo", err, sizeof(err));
	if (rb == NULL)
		fprintf(stderr, "%s\n", err);
	return rb == NULL ? -1 : 0;
}

static int unload(void **state)
{
	rulebook_free(rb);
	return 0;
}

/* Does a definition that has only this field find fault with it? */
static bool is_faulty(const char *field, const char *value)
{
	const struct campaign_options options = { 0 };
	const struct fields def = { .names = &field, .values = &value, .count = 1 }, none = { 0 };
	struct campaign campaign;
	char text[CAMPAIGN_FAULTS_MAX * 200], malformed[64];

	campaign_read(rb, &options, "test", &def, &none, &none, &none, 20800, &campaign);
	campaign_faults_text(&campaign, text, sizeof(text));
	snprintf(malformed, sizeof(malformed), "%s: %s:", campaign_fault_name(CAMPAIGN_FAULT_FIELD_MALFORMED),
	         field);
	return strstr(text, malformed) != NULL;
}

static void every_word_is_taken(void **state)
{
	static const struct {
		const char *field;
		const char *const *words;
	} rows[] = {
		{ "purpose", vocabulary_purposes },
		{ "delivery", vocabulary_deliveries },
		{ "announces", vocabulary_announces },
		{ "status", vocabulary_statuses },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!is_faulty(rows[i].field, "nonsense"))
			fail_msg("%s takes anything", rows[i].field);
		for (const char *const *word = rows[i].words; *word != NULL; word++)
			if (is_faulty(rows[i].field, *word))
				fail_msg("%s: %s is refused", rows[i].field, *word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_taken),
	};

	return cmocka_run_group_tests_name("vocabulary", tests, load, unload);
}
