/* case_json.c - a case as JSON and back, by one table. */
#include "ctl/explain/case_json.h"

#include "core/number/phone.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/explain/case.h"
#include "ctl/explain/hex_text.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NEEDED, YES_NO, INTEGER, INSTANT, REASON, WORDS, DAYS, HASH, FORMS, LISTS, FAULTS };

/* Adding a fact is a line here. */
/* clang-format off */
#define FACT(kind, member) { #member, kind, offsetof(struct case_file, member) }
/* clang-format on */
static const struct {
	const char *name;
	enum kind kind;
	size_t at;
} facts[] = {
	{ "at", INSTANT, offsetof(struct case_file, at_ms) },
	FACT(NEEDED, campaign),
	FACT(NEEDED, number),
	FACT(YES_NO, caller_id_doubtful),
	FACT(YES_NO, require_approved),
	FACT(WORDS, list_overrides),
	FACT(HASH, def),
	FACT(HASH, advertiser),
	FACT(HASH, source),
	FACT(HASH, route),
	FACT(FAULTS, faults_beside),
	FACT(INTEGER, route_p99_ms),
	FACT(INTEGER, care_gap_days),
	FACT(TEXT, halt_scope),
	FACT(TEXT, halt_why),
	FACT(LISTS, lists),
	FACT(REASON, gate),
	FACT(TEXT, gate_rule),
	FACT(REASON, brake),
	FACT(TEXT, brake_rule),
	{ "brake_until", INSTANT, offsetof(struct case_file, brake_until_ms) },
	FACT(NEEDED, job),
	FACT(NEEDED, judged),
	FACT(NEEDED, job_where),
	FACT(TEXT, job_id),
	FACT(TEXT, job_detail),
	FACT(YES_NO, search_gave_up),
	FACT(INTEGER, attempt),
	FACT(FORMS, forms),
	FACT(YES_NO, slot_used),
	FACT(TEXT, listed_on),
	FACT(TEXT, listed_besides),
	FACT(TEXT, opposed),
	FACT(YES_NO, unplaced),
	FACT(YES_NO, registry_unknown),
	FACT(TEXT, registry),
	FACT(DAYS, attempts),
	FACT(DAYS, person_attempts),
	FACT(YES_NO, marked),
	FACT(YES_NO, cancelled),
};
#define FACT_COUNT (sizeof(facts) / sizeof(facts[0]))

#define REACHED " reached" /* behind the date of an attempt */

/* --- writing -------------------------------------------------------------------------- */

static json_t *json_text(const char *text)
{
	if (text == NULL)
		return json_null();
	char *plain = hex_text_of(text);
	json_t *value = json_string(plain);

	free(plain);
	return value;
}

/* To the millisecond: a decision may turn on one. */
static json_t *json_instant(int64_t ms)
{
	char text[CIVIL_INSTANT_SIZE + 8];

	if (ms == TIME_NONE)
		return json_null();
	int part = (int)(((ms % 1000) + 1000) % 1000);

	civil_format_instant(ms - part, text);
	if (part != 0)
		snprintf(text + strlen(text) - 1, 8, ".%03dZ", part);
	return json_string(text);
}

static json_t *json_days(const struct case_days *days)
{
	json_t *list = json_array();
	char date[CIVIL_DATE_SIZE];

	for (size_t i = 0; i + 1 < days->len; i += 2) {
		const uint8_t *at = days->bytes + i;

		civil_format_date(attempts_day(at), date);
		json_array_append_new(list, json_sprintf("%s%s", date, attempts_reached(at) ? REACHED : ""));
	}
	return list;
}

static json_t *json_hash(const struct fields *f)
{
	json_t *object = json_object();

	for (size_t i = 0; i < f->count; i++) {
		char *name = hex_text_of(f->names[i]);

		json_object_set_new(object, name, json_text(f->values[i]));
		free(name);
	}
	if (f->flaw[0] != '\0') /* no field has this name: see hex_text_of() */
		json_object_set_new(object, "hex:", json_text(f->flaw));
	return object;
}

static json_t *json_forms(const struct case_forms *forms)
{
	json_t *object = json_object();

	for (size_t i = 0; i < forms->count; i++)
		json_object_set_new(object, forms->list[i].id, json_hash(&forms->list[i].hash));
	return object;
}

static json_t *json_words(const struct case_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->count; i++)
		json_array_append_new(list, json_text(w->list[i]));
	return list;
}

static json_t *json_lists(const struct case_lists *lists)
{
	json_t *array = json_array();

	for (size_t i = 0; i < lists->count; i++)
		json_array_append_new(array, print_pack("{s:o, s:o, s:b, s:b}", "name",
		                                        json_text(lists->list[i].name), "refreshed_at",
		                                        json_text(lists->list[i].refreshed_at), "malformed",
		                                        (int)lists->list[i].malformed, "lost",
		                                        (int)lists->list[i].lost));
	return array;
}

static json_t *json_faults(const struct case_faults *faults)
{
	json_t *array = json_array();

	for (size_t i = 0; i < faults->count; i++)
		json_array_append_new(array, print_pack("{s:s, s:o}", "fault",
		                                        campaign_fault_name(faults->list[i].fault), "text",
		                                        json_text(faults->list[i].text)));
	return array;
}

json_t *case_to_json(const struct case_file *c)
{
	json_t *object = json_object();

	for (size_t i = 0; i < FACT_COUNT; i++) {
		const void *at = (const char *)c + facts[i].at;
		json_t *value = NULL;

		switch (facts[i].kind) {
		case TEXT:
		case NEEDED:
			value = json_text(*(char *const *)at);
			break;
		case YES_NO:
			value = json_boolean(*(const bool *)at);
			break;
		case INTEGER:
			value = json_integer(*(const int64_t *)at);
			break;
		case FORMS:
			value = json_forms(at);
			break;
		case INSTANT:
			value = json_instant(*(const int64_t *)at);
			break;
		case REASON:
			value = json_string(reason_name(*(const enum reason *)at));
			break;
		case WORDS:
			value = json_words(at);
			break;
		case DAYS:
			value = json_days(at);
			break;
		case HASH:
			value = json_hash(at);
			break;
		case LISTS:
			value = json_lists(at);
			break;
		case FAULTS:
			value = json_faults(at);
			break;
		}
		json_object_set_new(object, facts[i].name, value);
	}
	return object;
}

/* --- reading ---------------------------------------------------------------------------- */

struct reader {
	char *err;
	size_t err_size;
	const char *fact; /* that is read */
};

__attribute__((format(printf, 3, 4))) static bool wrong(struct reader *r, const char *inner,
                                                        const char *format, ...)
{
	char expected[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(expected, sizeof(expected), format, ap);
	va_end(ap);
	snprintf(r->err, r->err_size, error_pick("facts.%s%s: expected %s", "facts.%s%s : attendu : %s"),
	         r->fact, inner, expected);
	return false;
}

static bool read_text(struct reader *r, const char *inner, const json_t *value, bool needed, char **ret)
{
	if (json_is_null(value) && !needed)
		return true;
	if (!json_is_string(value))
		return wrong(r, inner,
		             needed ? error_pick("a text", "un texte")
		                    : error_pick("a text or null", "un texte ou null"));
	*ret = hex_text_back(json_string_value(value));
	return *ret != NULL ? true
	                    : wrong(r, inner,
	                            error_pick("hexadecimal digits behind hex:",
	                                       "des chiffres hexadécimaux après hex:"));
}

static bool read_instant(struct reader *r, const json_t *value, int64_t *ret)
{
	if (json_is_null(value) && strcmp(r->fact, "at") != 0)
		return true;
	if (!json_is_string(value) ||
	    !civil_parse_instant(json_string_value(value), json_string_length(value), ret))
		return wrong(r, "",
		             error_pick("an instant such as 2026-11-24T09:59:50Z",
		                        "un instant comme 2026-11-24T09:59:50Z"));
	return true;
}

static bool read_bool(struct reader *r, const char *inner, const json_t *value, bool *ret)
{
	if (!json_is_boolean(value))
		return wrong(r, inner, error_pick("true or false", "true ou false"));
	*ret = json_is_true(value);
	return true;
}

static bool read_reason(struct reader *r, const json_t *value, enum reason *ret)
{
	if (!json_is_string(value) || !reason_find(json_string_value(value), json_string_length(value), ret))
		return wrong(r, "", error_pick("the code of a reason", "le code d'un motif"));
	return true;
}

static bool read_array(struct reader *r, const json_t *value, size_t max)
{
	if (!json_is_array(value))
		return wrong(r, "", error_pick("a list", "une liste"));
	return json_array_size(value) <= max
	           ? true
	           : wrong(r, "", error_pick("at most %zu elements", "au plus %zu éléments"), max);
}

static bool read_words(struct reader *r, const json_t *value, struct case_words *ret)
{
	char inner[32];

	if (!read_array(r, value, 1000))
		return false;
	ret->list = mem_zero((json_array_size(value) + 1) * sizeof(char *));
	for (size_t i = 0; i < json_array_size(value); i++) {
		snprintf(inner, sizeof(inner), "[%zu]", i);
		if (!read_text(r, inner, json_array_get(value, i), true, &ret->list[i]))
			return false;
		ret->count++;
	}
	return true;
}

static bool read_days(struct reader *r, const json_t *value, struct case_days *ret)
{
	char inner[32];

	if (!read_array(r, value, ATTEMPTS_BYTES_MAX / 2))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *text = json_array_get(value, i);
		size_t len = json_string_length(text), more = strlen(REACHED);
		bool reached = len > more && strcmp(json_string_value(text) + len - more, REACHED) == 0;
		int32_t day;

		snprintf(inner, sizeof(inner), "[%zu]", i);
		if (!json_is_string(text) ||
		    !civil_parse_date(json_string_value(text), len - (reached ? more : 0), &day) || day < 0 ||
		    day > INT16_MAX * 2 - 1)
			return wrong(
			    r, inner,
			    error_pick("a date such as 2026-11-24, perhaps with \"" REACHED "\" behind it",
			               "une date comme 2026-11-24, éventuellement suivie de « " REACHED
			               " »"));
		attempts_put(ret->bytes + ret->len, day, reached);
		ret->len += 2;
	}
	return true;
}

static bool read_hash(struct reader *r, json_t *value, struct fields *ret)
{
	const char *name;
	json_t *text;

	if (!json_is_object(value))
		return wrong(r, "", error_pick("an object of texts", "un objet de textes"));
	ret->names = mem_zero((json_object_size(value) + 1) * sizeof(char *));
	ret->values = mem_zero((json_object_size(value) + 1) * sizeof(char *));
	json_object_foreach(value, name, text)
	{
		char inner[64], *field = hex_text_back(name), *said = NULL;

		snprintf(inner, sizeof(inner), ".%.48s", name);
		if (field == NULL || !read_text(r, inner, text, true, &said)) {
			free(field);
			return wrong(r, inner, error_pick("a text", "un texte"));
		}
		if (strcmp(name, "hex:") == 0) {
			snprintf(ret->flaw, sizeof(ret->flaw), "%s", said);
			free(field);
			free(said);
			continue;
		}
		ret->names[ret->count] = field;
		ret->values[ret->count++] = said;
	}
	return true;
}

static bool read_forms(struct reader *r, json_t *value, struct case_forms *ret)
{
	const char *id;
	json_t *hash;

	if (!json_is_object(value) || json_object_size(value) > CASE_FORMS_MAX)
		return wrong(r, "",
		             error_pick("an object of at most %d forms", "un objet d'au plus %d formulaires"),
		             CASE_FORMS_MAX);
	json_object_foreach(value, id, hash)
	{
		ret->list[ret->count].id = mem_copy(id);
		if (!read_hash(r, hash, &ret->list[ret->count++].hash))
			return false;
	}
	return true;
}

static bool read_integer(struct reader *r, const json_t *value, int64_t *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT32_MAX)
		return wrong(r, "", error_pick("a whole number from 0 to %d", "un nombre entier de 0 à %d"),
		             INT32_MAX);
	*ret = json_integer_value(value);
	return true;
}

/* An object of a list; every name it has must be one of those. */
static bool read_object(struct reader *r, const char *inner, json_t *value, const char *const *names,
                        size_t count)
{
	const char *name;
	json_t *ignored;

	if (!json_is_object(value))
		return wrong(r, inner, error_pick("an object", "un objet"));
	json_object_foreach(value, name, ignored)
	{
		size_t i = 0;

		while (i < count && strcmp(names[i], name) != 0)
			i++;
		if (i == count)
			return wrong(r, inner, error_pick("no field %.40s", "pas de champ %.40s"), name);
	}
	return true;
}

static bool read_lists(struct reader *r, const json_t *value, struct case_lists *ret)
{
	static const char *const names[] = { "name", "refreshed_at", "malformed", "lost" };

	if (!read_array(r, value, LAW_LISTS_MAX))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *object = json_array_get(value, i);
		struct case_list *list = &ret->list[i];
		char inner[4][48];

		for (size_t k = 0; k < 4; k++)
			snprintf(inner[k], sizeof(inner[k]), "[%zu].%s", i, names[k]);
		if (!read_object(r, inner[0], object, names, 4))
			return false;
		ret->count++; /* what is read so far is freed with it */
		if (!read_text(r, inner[0], json_object_get(object, "name"), true, &list->name) ||
		    !read_text(r, inner[1], json_object_get(object, "refreshed_at"), false,
		               &list->refreshed_at) ||
		    !read_bool(r, inner[2], json_object_get(object, "malformed"), &list->malformed) ||
		    /* Receipts of before do not have it. */
		    (json_object_get(object, "lost") != NULL &&
		     !read_bool(r, inner[3], json_object_get(object, "lost"), &list->lost)))
			return false;
	}
	return true;
}

static bool read_faults(struct reader *r, const json_t *value, struct case_faults *ret)
{
	static const char *const names[] = { "fault", "text" };

	if (!read_array(r, value, CAMPAIGN_FAULTS_MAX))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *object = json_array_get(value, i);
		char inner[2][48];
		int fault = 0;

		for (size_t k = 0; k < 2; k++)
			snprintf(inner[k], sizeof(inner[k]), "[%zu].%s", i, names[k]);
		if (!read_object(r, inner[0], object, names, 2))
			return false;
		const char *name = json_string_value(json_object_get(object, "fault"));

		while (fault < CAMPAIGN_FAULT_COUNT &&
		       (name == NULL || strcmp(campaign_fault_name(fault), name) != 0))
			fault++;
		if (fault == CAMPAIGN_FAULT_COUNT)
			return wrong(r, inner[0], error_pick("the code of a fault", "le code d'une faute"));
		ret->list[i].fault = (enum campaign_fault)fault;
		ret->count++;
		if (!read_text(r, inner[1], json_object_get(object, "text"), true, &ret->list[i].text))
			return false;
	}
	return true;
}

static bool read_fact(struct reader *r, enum kind kind, json_t *value, void *at)
{
	if (value == NULL)
		return wrong(r, "", error_pick("it to be there", "sa présence"));
	switch (kind) {
	case TEXT:
	case NEEDED:
		return read_text(r, "", value, kind == NEEDED, at);
	case YES_NO:
		return read_bool(r, "", value, at);
	case INTEGER:
		return read_integer(r, value, at);
	case FORMS:
		return read_forms(r, value, at);
	case INSTANT:
		return read_instant(r, value, at);
	case REASON:
		return read_reason(r, value, at);
	case WORDS:
		return read_words(r, value, at);
	case DAYS:
		return read_days(r, value, at);
	case HASH:
		return read_hash(r, value, at);
	case LISTS:
		return read_lists(r, value, at);
	case FAULTS:
		break;
	}
	return read_faults(r, value, at);
}

/* A fact that this version does not know may have mattered. */
static bool know_all(struct reader *r, json_t *object)
{
	const char *names[FACT_COUNT], *name;
	json_t *value;

	for (size_t i = 0; i < FACT_COUNT; i++)
		names[i] = facts[i].name;
	json_object_foreach(object, name, value)
	{
		size_t i = 0;

		while (i < FACT_COUNT && strcmp(names[i], name) != 0)
			i++;
		if (i < FACT_COUNT)
			continue;
		const char *near = nearest_name(name, strlen(name), names, FACT_COUNT);
		char hint[ERROR_NEAR_SIZE];

		snprintf(r->err, r->err_size,
		         error_pick("facts.%.40s: no fact that this version knows%s",
		                    "facts.%.40s : fait inconnu de cette version%s"),
		         name, error_near(near, hint));
		return false;
	}
	return true;
}

/* Receipts of earlier versions do not have it: what a gate would say then was part of the brake, no
 * objection was kept without a place, and nobody was left alone for days. */
static bool is_later(const json_t *object, const char *name)
{
	return (strncmp(name, "gate", 4) == 0 || strcmp(name, "unplaced") == 0 ||
	        strcmp(name, "care_gap_days") == 0) &&
	       json_object_get(object, name) == NULL;
}

bool case_of_json(const json_t *object, struct case_file *ret, char *err, size_t err_size)
{
	struct reader r = { .err = err, .err_size = err_size, .fact = "" };

	case_init(ret);
	if (!json_is_object(object)) {
		snprintf(err, err_size,
		         error_pick("facts: expected an object", "facts : un objet est attendu"));
		return false;
	}
	bool ok = know_all(&r, (json_t *)object);

	for (size_t i = 0; i < FACT_COUNT && ok; i++) {
		r.fact = facts[i].name;
		if (is_later(object, r.fact))
			continue;
		ok = read_fact(&r, facts[i].kind, json_object_get(object, facts[i].name),
		               (char *)ret + facts[i].at);
	}
	r.fact = "campaign";
	if (ok && !id_is_valid(ret->campaign, strlen(ret->campaign)))
		ok = wrong(&r, "", error_pick("an id", "un identifiant"));
	if (!ok)
		case_done(ret);
	return ok;
}
