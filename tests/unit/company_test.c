/* Several ids of one company: whose consents, attempts, lists and halts a campaign of each has. */
#include "core/campaign/company.h"

#include "core/campaign/situation.h"
#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW "2026-11-24T10:30:00+01:00"

/* The field as it may stand there, for the advertiser acme. */
static void test_the_field(void **state)
{
	static const struct {
		const char *company, *first;
		size_t count;
		bool sound;
	} rows[] = {
		{ NULL, "acme", 1, true },
		{ "", "acme", 1, true },
		{ "acme", "acme", 1, true },
		{ "acme beta", "acme", 2, true },
		{ "beta acme", "beta", 2, true },
		{ "beta acme zeta.fr", "beta", 3, true },
		{ "a b c d e f g h acme", "a", 9, true },
		/* none of these is one: the id stands alone, and a fault is told */
		{ "beta", "acme", 1, false },
		{ "beta acmee", "acme", 1, false },
		{ "acme acme", "acme", 1, false },
		{ "acme beta beta", "acme", 1, false },
		{ "acme Beta", "acme", 1, false },
		{ "acme  beta", "acme", 1, false },
		{ " acme", "acme", 1, false },
		{ "acme,beta", "acme", 1, false },
		{ "a b c d e f g h i acme", "acme", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *names[] = { "company" }, *values[] = { rows[i].company };
		const struct fields advertiser = { .names = names,
			                           .values = values,
			                           .count = rows[i].company != NULL };
		struct company company;

		print_message("%s\n", rows[i].company != NULL ? rows[i].company : "none");
		assert_int_equal(company_read(&advertiser, "acme", &company), rows[i].sound);
		assert_int_equal(company.count, rows[i].count);
		assert_string_equal(company.ids[0], rows[i].first);
		assert_true(company_has(&company, "acme"));
		assert_false(company_has(&company, "acm"));
	}
}

/* A campaign of acme, whose advertiser says that. The situation is the caller's to free. */
static struct situation *read_with(const struct rulebook *rb, struct definition *d, const char *company,
                                   const char *joining)
{
	struct situation *sit = calloc(1, sizeof(*sit));

	definition_sound(d);
	definition_put(&d->advertiser, "company", company);
	if (joining != NULL)
		definition_put(&d->advertiser, "joining", joining);
	const struct situation_input in = { .rb = rb,
		                            .id = d->id,
		                            .def = &d->def.fields,
		                            .advertiser = &d->advertiser.fields,
		                            .source = &d->source.fields,
		                            .route = &d->route.fields };

	situation_read(&in, law_instant(NOW), sit);
	return sit;
}

static void test_what_a_campaign_has(void **state)
{
	static const struct {
		const char *company, *joining, *advertiser;
		const char *lists; /* the first of them */
		const char *fault; /* NULL: it is sound */
	} rows[] = {
		{ "", NULL, "acme", "opposition opposition:acme", NULL },
		{ "acme beta", NULL, "acme", "opposition opposition:acme opposition:beta", NULL },
		{ "beta acme", NULL, "beta", "opposition opposition:beta opposition:acme", NULL },
		{ "beta acme zeta", NULL, "beta",
		  "opposition opposition:beta opposition:acme opposition:zeta", NULL },
		{ "beta acme", "acme", "beta", "opposition opposition:beta opposition:acme",
		  "advertiser acme is being united with another: licetctl advertiser alias ends it" },
		{ "beta", NULL, "acme", "opposition opposition:acme",
		  "company of advertiser acme: expected ids of one company, its own among them" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition *d = calloc(1, sizeof(*d));
		struct situation *sit = read_with(*state, d, rows[i].company, rows[i].joining);
		char lists[400] = "";

		print_message("%s\n", rows[i].company);
		assert_string_equal(sit->c.named, "acme");
		assert_string_equal(sit->c.advertiser, rows[i].advertiser);
		assert_string_equal(sit->advertiser_list + strlen("opposition:"), rows[i].advertiser);
		for (size_t k = 0; k < 1 + sit->own.count; k++) {
			strcat(lists, k > 0 ? " " : "");
			strcat(lists, sit->law.lists[k].name);
		}
		assert_string_equal(lists, rows[i].lists);
		assert_int_equal(sit->c.fault_count, rows[i].fault != NULL);
		if (rows[i].fault != NULL)
			assert_string_equal(sit->c.faults[0].text, rows[i].fault);
		/* Collected by the company itself, under whichever id: not by somebody else. */
		assert_false(sit->c.third_party);
		free(sit);
		free(d);
	}
}

/* A company stops as a whole. */
static void test_halts(void **state)
{
	static const struct {
		const char *halted, *scope;
	} rows[] = { { "advertiser:beta", "advertiser:beta" },
		     { "advertiser:acme", "advertiser:acme" },
		     { "advertiser:zeta", "advertiser:zeta" },
		     { "advertiser:other", NULL },
		     { "advertiser:bet", NULL },
		     { "all", "all" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *names[] = { rows[i].halted }, *values[] = { "a test" };
		const struct fields halts = { .names = names, .values = values, .count = 1 };
		struct definition *d = calloc(1, sizeof(*d));
		struct situation *sit = read_with(*state, d, "beta acme zeta", NULL);

		situation_set_halts(sit, &halts);
		assert_int_equal(sit->halt_scope != NULL, rows[i].scope != NULL);
		if (rows[i].scope != NULL)
			assert_string_equal(sit->halt_scope, rows[i].scope);
		free(sit);
		free(d);
	}
}

/* The SIREN of an alias is the other one's. */
static void test_siren(void **state)
{
	static const struct {
		const char *company, *owner; /* NULL: nobody has used it */
		size_t faults;
	} rows[] = { { "beta acme", "beta", 0 },
		     { "beta acme", "acme", 1 },
		     { "beta acme", NULL, 1 },
		     { "acme beta", "acme", 0 },
		     { "acme beta", "beta", 1 },
		     { "acme beta", NULL, 0 },
		     { "", NULL, 0 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition *d = calloc(1, sizeof(*d));
		struct situation *sit = read_with(*state, d, rows[i].company, NULL);

		if (rows[i].owner != NULL)
			situation_meet_siren(sit, rows[i].owner);
		else
			situation_meet_no_siren(sit);
		assert_int_equal(sit->c.fault_count, rows[i].faults);
		free(sit);
		free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_field),
		cmocka_unit_test(test_what_a_campaign_has),
		cmocka_unit_test(test_halts),
		cmocka_unit_test(test_siren),
	};
	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
