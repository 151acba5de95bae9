#include "core/consent/consent.h"
#include "core/consent/form.h"
#include "core/decide/decide.h"
#include "core/time/civil.h"
#include "law.h"
#include "table.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the table ---------------------------------------------------------------------- */

struct question {
	struct consent consent;
	struct campaign campaign;
	struct consent_form form;
	const char *form_names[12], *form_values[12];
	struct fields form_hash;
	char words[512];
};

/* "a,b,c" in place: the mentions of a form. */
static void set_mentions(struct consent *c, char *list)
{
	c->mention_count = 0;
	for (char *at = list; *at != '\0'; at += strlen(at) + 1) {
		char *comma = strchr(at, ',');
		assert_in_range(c->mention_count, 0, CONSENT_MENTIONS_MAX - 1);
		c->mentions[c->mention_count++] = at;
		if (comma == NULL)
			break;
		*comma = '\0';
	}
}

static void set_times(struct consent *c, const char *name, const char *value)
{
	if (strcmp(name, "collected") == 0) {
		c->collected_ms = TIME_NONE;
		if (strlen(value) > 10)
			c->collected_ms = law_instant(value);
		return;
	}
	c->until_ms = TIME_NONE;
	c->until_date = INT32_MIN;
	if (strlen(value) > 10)
		c->until_ms = law_instant(value);
	else if (*value != '\0')
		c->until_date = law_date(value);
}

/* A field of the registered form; "registered" makes a sound one. */
static void set_form_field(struct question *q, const char *name, const char *value)
{
	size_t i = 0;

	while (i < q->form_hash.count && strcmp(q->form_names[i], name) != 0)
		i++;
	assert_in_range(i, 0, COUNT(q->form_names) - 1);
	q->form_names[i] = name;
	q->form_values[i] = value;
	q->form_hash.count += i == q->form_hash.count;
}

static void set_registered(struct question *q)
{
	static const char *const sound[][2] = {
		{ "product", "toys" },          { "channel", "automated-voice" },
		{ "bases", "L223-1 L34-5" },    { "mentions", "identity choice,period|withdrawal proof" },
		{ "act", "ticked-box" },        { "from", "2026-08-01" },
		{ "to", "2027-01-01" },         { "approved_by", "A. Martin" },
		{ "wording_hash", "ab12cd34" },
	};

	q->form_hash = (struct fields){ .names = q->form_names, .values = q->form_values, .count = 0 };
	q->consent.form_id = "form-v3";
	q->consent.mention_count = 0;
	for (size_t i = 0; i < COUNT(sound); i++)
		set_form_field(q, sound[i][0], sound[i][1]);
}

static void set(struct question *q, const char *name, char *value)
{
	if (strncmp(name, "f.", 2) == 0) {
		set_form_field(q, name + 2, value);
		return;
	}
	if (strcmp(name, "bases") == 0) {
		struct consent was = q->consent;

		set_mentions(&q->consent, value);
		memcpy(q->consent.bases, q->consent.mentions, sizeof(was.bases));
		q->consent.base_count = q->consent.mention_count;
		memcpy(q->consent.mentions, was.mentions, sizeof(was.mentions));
		q->consent.mention_count = was.mention_count;
		return;
	}
	if (strcmp(name, "sector-days") == 0) {
		q->campaign.consent_max_age_days = atoi(value);
		return;
	}
	const struct {
		const char *name, **field;
	} texts[] = {
		{ "product", &q->consent.product },
		{ "channel", &q->consent.channel },
		{ "proof", &q->consent.proof },
		{ "via", &q->consent.via },
		{ "advertiser", &q->consent.advertiser },
		{ "form-id", &q->consent.form_id },
		{ "act", &q->consent.act },
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].field = *value != '\0' ? value : NULL;
			return;
		}
	if (strcmp(name, "form") == 0)
		set_mentions(&q->consent, value);
	else if (strcmp(name, "collected") == 0 || strcmp(name, "until") == 0)
		set_times(&q->consent, name, value);
	else
		fail_msg("no such difference: %s", name);
}

static void ask(struct question *q, const char *differs)
{
	*q = (struct question){ .consent = { .product = "toys",
		                             .channel = "automated-voice",
		                             .proof = "form-v3/88121",
		                             .mentions = { "identity", "choice", "period", "withdrawal",
		                                           "proof" },
		                             .mention_count = 5,
		                             .collected_ms = law_instant("2026-09-01T10:12:00+02:00"),
		                             .until_ms = TIME_NONE,
		                             .until_date = law_date("2027-08-31"),
		                             .slot_ms = TIME_NONE },
		                .campaign = { .product = "toys", .siren = "552100554" } };
	snprintf(q->words, sizeof(q->words), "%s", differs);
	char *rest = q->words;
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
		char *value = strchr(word, '=');
		if (strcmp(word, "third-party") == 0) {
			q->campaign.third_party = true;
			continue;
		}
		if (strcmp(word, "registered") == 0) {
			set_registered(q);
			continue;
		}
		assert_non_null(value);
		*value = '\0';
		set(q, word, value + 1);
	}
	if (q->form_hash.count > 0) {
		form_read(&q->form_hash, &q->form);
		q->consent.form = &q->form;
	}
}

static void check_consent(const struct table_row *row, void *arg)
{
	const struct rulebook *rb = arg;
	struct question q;
	const char *rule = NULL;
	int64_t end_ms = 0, now_ms = law_instant(row->columns[2]);
	char end[CIVIL_INSTANT_SIZE] = "";
	const struct regime *regimes[REGIME_MAX];
	int32_t date = (int32_t)(now_ms / DAY_MS);

	ask(&q, row->columns[3]);
	assert_int_equal(rulebook_regimes_on(rb, date, regimes), 1);
	enum reason reason = consent_judge(&regimes[0]->consent, &q.consent, &q.campaign, rb,
	                                   law_place(rb, row->columns[1]), now_ms, &rule, &end_ms);
	if (reason == REASON_ALLOWED)
		civil_format_instant(end_ms, end);
	table_assert_string(row, "reason", reason_name(reason), row->columns[4]);
	table_assert_string(row, "rule", rule, row->columns[5]);
	table_assert_string(row, "end", end, row->columns[6]);
}

static void test_table(void **state)
{
	table_each("tests/tables/consents.txt", 7, check_consent, *state);
}

/* --- what a rulebook may ask less of ------------------------------------------------------ */

static void test_other_rules(void **state)
{
	const struct rulebook *rb = *state;
	uint32_t place = law_place(rb, "metropole");
	struct consent_rule rule = rb->regimes[1].consent;
	struct consent_rule none = rule;
	struct question q;
	const char *why;
	int64_t end_ms, now_ms = law_instant("2028-11-24T10:00:00+01:00");

	none.required = false;
	ask(&q, "product= channel= proof=");
	assert_int_equal(consent_judge(&none, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_ALLOWED);
	assert_int_equal(end_ms, INT64_MAX);
	/* No greatest age: only the declared end counts, and is named. */
	rule.max_age_days = 0;
	ask(&q, "");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_CONSENT_EXPIRED);
	assert_string_equal(why, "until");
	ask(&q, "until=2030-01-01");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_ALLOWED);
	assert_int_equal(end_ms, law_instant("2030-01-01T00:00:00+01:00"));
	/* Neither product, advertiser nor proof asked for. */
	rule.product_match = rule.advertiser_match = rule.proof_required = false;
	ask(&q, "until=2030-01-01 product= proof= third-party");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_ALLOWED);
}

/* What a law does not ask. */
static void test_no_acts_and_no_age(void **state)
{
	const struct rulebook *rb = *state;
	uint32_t place = law_place(rb, "metropole");
	struct consent_rule rule = rb->regimes[1].consent;
	struct question q;
	const char *why;
	int64_t end_ms, now_ms = law_instant("2026-11-24T10:00:00+01:00");

	rule.act_count = 0;
	ask(&q, "act=browsing");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_ALLOWED);
	/* No greatest age but the sector's. */
	rule.max_age_days = 0;
	ask(&q, "sector-days=90");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_ALLOWED);
	assert_int_equal(end_ms, law_instant("2026-11-30T10:12:00+01:00")); /* winter time */
	ask(&q, "sector-days=30");
	assert_int_equal(consent_judge(&rule, &q.consent, &q.campaign, rb, place, now_ms, &why, &end_ms),
	                 REASON_CONSENT_EXPIRED);
	assert_string_equal(why, "age");
}

/* --- registered forms ------------------------------------------------------------------------ */

#define TEXT_64 "1234567890123456789012345678901234567890123456789012345678901234"

static void test_forms(void **state)
{
	static const struct {
		const char *name, *value; /* NULL: not there */
		const char *fault;        /* "": none */
	} rows[] = {
		{ "product", TEXT_64, "" },
		{ "product", TEXT_64 "5", "product" },
		{ "channel", TEXT_64 "5", "channel" },
		{ "act", TEXT_64 "5", "act" },
		{ "act", NULL, "" },
		{ "mentions", "", "" },
		{ "mentions", " ,| ", "" },
		{ "mentions", NULL, "" },
		{ "bases", NULL, "" },
		{ "mentions", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "" },
		{ "mentions", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "mentions" },
		{ "bases", "1|2,3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "bases" },
		{ "from", "2026-08-01T00:00:00+02:00", "" },
		{ "from", "2026-08-01T00:00:00", "from" },
		{ "to", "2026-02-30", "to" },
		{ "to", NULL, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *names[12] = { "other", rows[i].name }, *values[12] = { "x", rows[i].value };
		struct fields hash = { .names = names,
			               .values = values,
			               .count = rows[i].value != NULL ? 2 : 1 };
		struct consent_form f;

		form_read(&hash, &f);
		assert_int_equal(f.known, 1);
		assert_int_equal(f.approved, 0);
		if (strcmp(f.fault != NULL ? f.fault : "", rows[i].fault) != 0)
			print_error("%s %s\n", rows[i].name, rows[i].value);
		assert_string_equal(f.fault != NULL ? f.fault : "", rows[i].fault);
	}
}

/* As much text as there is room for, and a byte more. */
static void test_form_of_many_words(void **state)
{
	struct consent_form f;
	char text[sizeof(f.texts) + 1];
	const char *name = "mentions", *value = text;
	struct fields hash = { .names = &name, .values = &value, .count = 1 };

	memset(text, 'x', sizeof(text));
	text[sizeof(f.texts) - 1] = '\0';
	form_read(&hash, &f);
	assert_null(f.fault);
	assert_int_equal(f.mention_count, 1);
	assert_string_equal(f.mentions[0], text);
	text[sizeof(f.texts) - 1] = 'x';
	text[sizeof(f.texts)] = '\0';
	form_read(&hash, &f);
	assert_string_equal(f.fault, "mentions");
	assert_int_equal(f.mention_count, 0);
	text[0] = '\0';
	fields_check(&hash, "product", 7, "toys\n", 5);
	form_read(&hash, &f);
	assert_string_equal(f.fault, "product: control characters in its value");
}

/* A form that was never registered, though the consent names it, vouches for nothing. */
static void test_form_that_is_not_there(void **state)
{
	const struct rulebook *rb = *state;
	struct question q;
	const char *why;
	int64_t end_ms;

	ask(&q, "form-id=form-v3");
	form_read(&q.form_hash, &q.form);
	q.consent.form = &q.form;
	assert_int_equal(q.form.known, 0);
	q.consent.product = "toys";
	assert_int_equal(consent_judge(&rb->regimes[1].consent, &q.consent, &q.campaign, rb,
	                               law_place(rb, "metropole"), law_instant("2026-11-24T10:00:00+01:00"),
	                               &why, &end_ms),
	                 REASON_CONSENT_FORM);
	assert_string_equal(why, "form-unknown");
}

/* --- oppositions -------------------------------------------------------------------------------- */

static void test_may_lift(void **state)
{
	static const struct {
		const char *via;
		int64_t collected_ms;
		int may;
	} rows[] = {
		{ "web", 1, 1 }, { "paper", 1, 1 },       { "phone", 1, 0 },
		{ NULL, 1, 0 },  { "web", TIME_NONE, 0 }, { NULL, TIME_NONE, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(consent_may_lift(&(struct consent){ .via = rows[i].via,
		                                                     .collected_ms = rows[i].collected_ms }),
		                 rows[i].may);
}

/* What Redis keeps of an opposition: of the number, after a bar of the person. */
static void test_oppositions(void **state)
{
	static const struct {
		const char *text;
		int read;
		int64_t event_ms;
		int in_call;
	} rows[] = {
		{ "1000 2000 c", 1, 1000, 1 },
		{ "1000 2000 o", 1, 1000, 0 },
		{ "0 0 o", 1, 0, 0 },
		{ "1000 2000 o|", 1, 1000, 0 },
		{ "|1000 2000 c", 1, 1000, 1 },
		{ "1000 2000 o|1500 2000 c", 1, 1500, 1 }, /* the later of both */
		{ "1500 2000 o|1000 2000 c", 1, 1500, 0 },
		{ "1500 2000 o|1500 2000 c", 1, 1500, 0 },
		/* Of several spaces: what none of the others is later than in both. */
		{ "1000 2000 c 500 3000 o", 1, 1000, 1 },
		{ "500 3000 o 1000 2000 c|700 1 o 600 2 c", 1, 1000, 1 },
		{ "1000 2000 c ", 0, 0, 0 },
		{ "1000 2000 c 5", 0, 0, 0 },
		{ "1000 2000 c 5 6", 0, 0, 0 },
		{ "1000 2000 c500 3000 o", 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ "|", 0, 0, 0 },
		{ "c", 0, 0, 0 },
		{ "1000", 0, 0, 0 },
		{ "1000 ", 0, 0, 0 },
		{ "1000,2000 c", 0, 0, 0 },
		{ "1000 2000", 0, 0, 0 },
		{ "1000 2000 ", 0, 0, 0 },
		{ "1000 2000,c", 0, 0, 0 },
		{ "1000 2000 cc", 0, 0, 0 },
		{ "1000 x c", 0, 0, 0 },
		{ "-1 2000 c", 0, 0, 0 },
		{ ":1 2000 c", 0, 0, 0 },
		{ "99999999999999999999 2000 c", 0, 0, 0 },
		{ "1000 2000 o|x", 0, 0, 0 }, /* half of it cannot be read: none of it is believed */
		{ "x|1000 2000 o", 0, 0, 0 },
		{ "1000 2000 o|1500", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].text);
		char *exact = malloc(len + (len == 0)); /* a byte too far is seen */
		struct opposition_fact fact = { .event_ms = 42 };

		memcpy(exact, rows[i].text, len);
		if (opposition_read(exact, len, &fact) != (bool)rows[i].read)
			print_error("%s\n", rows[i].text);
		assert_int_equal(fact.dated, rows[i].read);
		assert_int_equal(fact.event_ms, rows[i].read ? rows[i].event_ms : 42); /* untouched */
		assert_int_equal(fact.in_call, rows[i].in_call);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_other_rules),
		cmocka_unit_test(test_no_acts_and_no_age),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_form_of_many_words),
		cmocka_unit_test(test_form_that_is_not_there),
		cmocka_unit_test(test_may_lift),
		cmocka_unit_test(test_oppositions),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
