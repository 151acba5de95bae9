/* Campaigns under laws that differ from ours, or change from one day to the next. */
#include "core/campaign/campaign.h"
#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static struct sector_rule *sector_of(struct regime *regime, const char *name)
{
	for (size_t i = 0; i < regime->sector_count; i++)
		if (strcmp(regime->sectors[i].name, name) == 0)
			return &regime->sectors[i];
	fail_msg("no sector %s", name);
	return NULL;
}

/* Where the law has hours up to midnight, a short range that touches it may go on behind it. */
static void test_hours_at_midnight(void **state)
{
	static const struct {
		const char *differs;
		size_t faults;
	} rows[] = {
		{ "window=mon 23:55-24:00", 0 },
		{ "window=tue 0:00-0:05", 0 },
		{ "window=tue 0:01-0:06", 1 },
		{ "window=mon 23:54-23:59", 1 },
		{ "window=mon 12:00-12:05; tue 12:00-12:11", 0 },
	};
	struct rulebook *rb = law_load(LAW_PATH);

	for (size_t i = 0; i < rb->regime_count; i++)
		rb->regimes[i].week = law_week("mon-sun 0:00-24:00");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		definition_sound(&d);
		definition_differ(&d, rows[i].differs);
		assert_int_equal(definition_read(rb, &d)->fault_count, rows[i].faults);
	}
	rulebook_free(rb);
}

/* Where a sector asks for a younger consent, the least of all regimes that bind counts. */
static void test_age_by_sector(void **state)
{
	static const struct {
		const char *date;
		int days;
	} rows[] = { { "2026-08-09", 90 }, { "2026-08-10", 30 }, { "2026-08-11", 30 }, { "2026-08-12", 30 } };

	for (int swapped = 0; swapped <= 1; swapped++) {
		struct rulebook *rb = law_load(LAW_PATH);
		assert_int_equal(rb->regime_count, 2);
		for (size_t r = 0; r < 2; r++)
			sector_of(&rb->regimes[r], "retail")->consent_max_age_days =
			    (r == 1) != swapped ? 30 : 90;
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct definition d;
			bool both = i == 1 || i == 2;
			definition_sound(&d);
			d.date = rows[i].date;
			const struct campaign *c = definition_read(rb, &d);
			assert_int_equal(c->fault_count, 0);
			assert_int_equal(c->consent_max_age_days,
			                 both || !swapped ? rows[i].days : 120 - rows[i].days);
		}
		rulebook_free(rb);
	}
}

/* A law that does not say how soon the way out is told. */
static void test_no_limit_of_the_opt_out(void **state)
{
	struct rulebook *rb = *state;
	int within_s = rb->opt_out_within_s;
	struct definition d;

	rb->opt_out_within_s = 0;
	definition_sound(&d);
	definition_differ(&d, "opt_out_at_seconds=599|message_seconds=600");
	const struct campaign *c = definition_read(rb, &d);
	rb->opt_out_within_s = within_s;
	assert_int_equal(c->fault_count, 0);
	int asked_over_s = rb->opt_out_asked_over_s;
	rb->opt_out_asked_over_s = 0;
	definition_sound(&d);
	definition_differ(&d, "message_seconds=600");
	c = definition_read(rb, &d);
	rb->opt_out_asked_over_s = asked_over_s;
	assert_int_equal(c->fault_count, 0);
}

/* Within a day of a change of regime the stricter of both decides on the sector. */
static void test_sector_by_date(void **state)
{
	static const struct {
		const char *date;
		size_t faults;
	} rows[] = {
		{ "2026-08-09", 0 }, { "2026-08-10", 1 }, { "2026-08-11", 1 },
		{ "2026-08-12", 1 }, { "2020-01-01", 0 }, /* no law: held as law-unknown */
	};
	struct rulebook *rb = law_load(LAW_PATH);

	sector_of(&rb->regimes[1], "retail")->status = SECTOR_BANNED;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		definition_sound(&d);
		d.date = rows[i].date;
		assert_int_equal(definition_read(rb, &d)->fault_count, rows[i].faults);
	}
	rulebook_free(rb);
}

/* Lawful, and better otherwise. */
static void test_warning(void **state)
{
	static const struct {
		const char *differs, *class; /* class: NULL where nothing is warned of */
	} rows[] = {
		{ "opt_out=+33805123456 key:9", NULL }, { "opt_out=+33140000001", NULL },
		{ "opt_out=+33612000001", "mobile" },   { "opt_out=0692000001,+33805123456", "mobile" },
		{ "opt_out=07 31 00 00 01", NULL }, /* one that cannot be read is a fault */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		char want[140] = "";
		definition_sound(&d);
		definition_differ(&d, rows[i].differs);
		if (rows[i].class != NULL)
			snprintf(
			    want, sizeof(want),
			    "opt_out: a number of class %s may be gone tomorrow, and who objects is not heard then",
			    rows[i].class);
		assert_string_equal(definition_read(*state, &d)->warning, want);
	}
}

/* Data may go nowhere: a route that nobody declared is one fault, main is the other. */
static void test_no_location(void **state)
{
	struct rulebook *rb = *state;
	size_t count = rb->location_count;
	struct definition d;

	rb->location_count = 0;
	definition_sound(&d);
	definition_differ(&d, "route=pbx-1");
	const struct campaign *c = definition_read(rb, &d);
	assert_int_equal(c->fault_count, 1);
	assert_int_equal(c->faults[0].fault, CAMPAIGN_FAULT_ROUTE_UNKNOWN);
	definition_sound(&d);
	c = definition_read(rb, &d);
	rb->location_count = count;
	assert_int_equal(c->fault_count, 1);
	assert_int_equal(c->faults[0].fault, CAMPAIGN_FAULT_ROUTE_LOCATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours_at_midnight),
		cmocka_unit_test(test_age_by_sector),
		cmocka_unit_test(test_no_limit_of_the_opt_out),
		cmocka_unit_test(test_sector_by_date),
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_no_location),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
