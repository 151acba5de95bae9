/* What the hashes of a campaign come to: faults that others add, halts, lists. */
#include "core/campaign/situation.h"

#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW "2026-11-24T10:30:00+01:00"

/* A sound definition as it is read, before halts and lists are known. */
struct bench {
	struct definition definition;
	struct situation sit;
};

static struct bench *read_sound(const struct rulebook *rb)
{
	struct bench *b = calloc(1, sizeof(*b));

	definition_sound(&b->definition);
	const struct situation_input in = { .rb = rb,
		                            .id = b->definition.id,
		                            .def = &b->definition.def.fields,
		                            .advertiser = &b->definition.advertiser.fields,
		                            .source = &b->definition.source.fields,
		                            .route = &b->definition.route.fields };

	situation_read(&in, law_instant(NOW), &b->sit);
	return b;
}

/* The callee's objection to one of two ids of a company would miss the other. */
static void test_siren(void **state)
{
	static const struct {
		const char *other, *siren;
		size_t faults;
	} rows[] = { { "abel", "552100554", 1 }, { "zeta", "552100554", 0 }, { "acme", "552100554", 0 },
		     { "abel", "542051180", 0 }, { "abel", NULL, 0 },        { "abel", "", 0 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *b = read_sound(*state);

		assert_int_equal(b->sit.c.fault_count, 0);
		situation_meet_advertiser(&b->sit, rows[i].other, rows[i].siren);
		assert_int_equal(b->sit.c.fault_count, rows[i].faults);
		free(b);
	}
}

/* The first id that used a SIREN has it, whatever its name. */
static void test_siren_owner(void **state)
{
	static const struct {
		const char *owner;
		size_t faults;
	} rows[] = { { "acme", 0 }, { "abel", 1 }, { "zeta", 1 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *b = read_sound(*state);

		situation_meet_siren(&b->sit, rows[i].owner);
		assert_int_equal(b->sit.c.fault_count, rows[i].faults);
		free(b);
	}
}

/* Whose campaigns an id says it is one of. */
static void test_prefix(void **state)
{
	static const struct {
		const char *id, *advertiser, *prefix;
	} rows[] = { { "acme.noel", "acme", NULL },      { "acme.noel", "beta", "acme" },
		     { "noel", "acme", NULL },           { "acme.fr.noel", "acme.fr", NULL },
		     { "acme.fr.noel", "beta", "acme" }, { "acmee.noel", "acme", "acmee" },
		     { "acme.", "beta", "acme" },        { "acme.x", "", "acme" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *b = read_sound(*state);
		char id[ID_MAX + 1];

		snprintf(b->sit.c.named, sizeof(b->sit.c.named), "%s", rows[i].advertiser);
		const char *prefix = situation_prefix(&b->sit.c, rows[i].id, id);
		assert_int_equal(prefix != NULL, rows[i].prefix != NULL);
		if (prefix != NULL) {
			assert_string_equal(prefix, rows[i].prefix);
			situation_meet_prefix(&b->sit, prefix);
			assert_int_equal(b->sit.c.fault_count, 1);
		}
		free(b);
	}
}

/* The number shown belongs to one professional. */
static void test_caller_id(void **state)
{
	static const struct {
		const char *owner;
		size_t faults;
	} rows[] = { { NULL, 0 }, { "552100554", 0 }, { "732829320", 1 }, { "", 1 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *b = read_sound(*state);

		situation_meet_caller_id(&b->sit, *state, rows[i].owner);
		assert_int_equal(b->sit.c.fault_count, rows[i].faults);
		if (rows[i].faults > 0)
			assert_int_equal(b->sit.c.faults[0].fault, CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED);
		free(b);
	}
}

static void test_halts_that_cannot_be_read(void **state)
{
	struct bench *b = read_sound(*state);

	situation_set_halts(&b->sit, NULL);
	assert_string_equal(b->sit.halt_scope, "all");

	struct fields halts = { .flaw = "" };

	situation_set_halts(&b->sit, &halts);
	assert_null(b->sit.halt_scope);
	fields_check(&halts, "advertiser:zeta\0", 16, "care", 4);
	situation_set_halts(&b->sit, &halts);
	assert_string_equal(b->sit.halt_scope, "all");
	assert_string_equal(b->sit.halt_why, "advertiser:zeta?: control characters in its name");
	free(b);
}

/* The hash of halts is renewed while the situation stands; and a reason may be of any length. */
static void test_halts_are_copied(void **state)
{
	struct bench *b = read_sound(*state);
	char name[] = "all", why[SITUATION_WHY_SIZE + 40];
	const char *names[] = { name }, *values[] = { why };
	struct fields halts = { .names = names, .values = values, .count = 1 };

	memset(why, 'a', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	memcpy(why + SITUATION_WHY_SIZE - 2, "\xc3\xa9", 2); /* a letter of two bytes, where it is cut */
	situation_set_halts(&b->sit, &halts);
	memset(name, 'x', sizeof(name) - 1);
	memset(why, 'x', sizeof(why) - 1);
	assert_string_equal(b->sit.halt_scope, "all");
	assert_int_equal(strlen(b->sit.halt_why), SITUATION_WHY_SIZE - 2);
	assert_int_equal(strspn(b->sit.halt_why, "a"), SITUATION_WHY_SIZE - 2);
	free(b);
}

/* What C does not see behind a zero byte, Lua hands over: it is a fault wherever it stands. */
static void test_control_characters(void **state)
{
	static const struct {
		const char *value, *flaw;
		size_t len;
	} rows[] = { { "+33162001234", "", 12 },
		     { "Acm\303\251 \302\240 2", "", 10 },
		     { "\0+33612345678", "caller_id: control characters in its value", 13 },
		     { "+33162001234\0", "caller_id: control characters in its value", 13 },
		     { "a\tb", "caller_id: control characters in its value", 3 },
		     { "a\n", "caller_id: control characters in its value", 2 },
		     { "\177", "caller_id: control characters in its value", 1 } };
	static const char *const kinds[] = { "definition", "advertiser", "source", "route" };

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct bench *b = calloc(1, sizeof(*b));
			struct definition *d = &b->definition;
			char text[140];

			definition_sound(d);
			struct fields *hashes[] = { &d->def.fields, &d->advertiser.fields, &d->source.fields,
				                    &d->route.fields };
			fields_check(hashes[k], "caller_id", 9, rows[i].value, rows[i].len);
			definition_read(*state, d);
			assert_int_equal(d->c.fault_count, rows[i].flaw[0] != '\0' ? 1 : 0);
			snprintf(text, sizeof(text), "%s: %s", kinds[k], rows[i].flaw);
			if (d->c.fault_count > 0)
				assert_string_equal(d->c.faults[0].text, text);
			free(b);
		}
	const struct fields meta = { .flaw = "refreshed_at: control characters in its value" };

	assert_true(list_fact_read("bloctel", &meta, false).malformed);
}

/* A definition that was read and not judged yet lets nothing go. */
static void test_lists_are_unknown_at_first(void **state)
{
	struct bench *b = read_sound(*state);

	assert_int_equal(b->sit.lists, REASON_FACTS_UNKNOWN);
	situation_judge_lists(&b->sit, law_instant(NOW));
	assert_int_equal(b->sit.lists, REASON_LIST_MISSING);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siren),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_siren_owner),
		cmocka_unit_test(test_caller_id),
		cmocka_unit_test(test_halts_that_cannot_be_read),
		cmocka_unit_test(test_halts_are_copied),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_lists_are_unknown_at_first),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
