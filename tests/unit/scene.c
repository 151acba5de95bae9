#include "scene.h"
#include "core/law/binding.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *sound_consent(void)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:[s,s,s,s,s],s:s}", "product", "toys", "channel",
	                 "automated-voice", "collected_at", "2026-09-01T10:12:00+02:00", "until",
	                 "2027-08-31", "form", "identity", "choice", "period", "withdrawal", "proof", "proof",
	                 "form-v3/88121");
}

struct facts scene_facts(int64_t now_ms)
{
	return (struct facts){ .now_ms = now_ms,
		               .lists = REASON_ALLOWED,
		               .lists_rule = "",
		               .lists_stale_ms = INT64_MAX,
		               .brake = REASON_ALLOWED,
		               .brake_rule = "",
		               .brake_until_ms = TIME_NONE };
}

void scene_sound(struct scene *s, const struct rulebook *rb, const char *number, int64_t now_ms)
{
	const char *space = strchr(number, ' ');
	size_t len = space != NULL ? (size_t)(space - number) : strlen(number);

	memset(s, 0, sizeof(*s));
	s->rb = rb;
	definition_sound(&s->definition);
	s->job_json =
	    json_pack("{s:s,s:s%,s:o}", "id", "crm-1", "to", number, len, "consent", sound_consent());
	if (space != NULL)
		json_object_set_new(s->job_json, "postcode", json_string(space + 1));
	s->facts = scene_facts(now_ms);
}

/* --- changes -------------------------------------------------------------------------- */

static void set_text(json_t *object, const char *name, const char *value)
{
	if (*value == '\0') {
		json_object_del(object, name);
		return;
	}
	if (strcmp(name, "form") != 0 && strcmp(name, "bases") != 0) {
		json_object_set_new(object, name, json_string(value));
		return;
	}
	json_t *mentions = json_array();
	for (const char *at = value; *at != '\0';) {
		size_t n = strcspn(at, ",");
		json_array_append_new(mentions, json_stringn(at, n));
		at += n + (at[n] == ',');
	}
	json_object_set_new(object, name, mentions);
}

static size_t read_days(char *days, uint8_t *ret)
{
	size_t n = 0;

	for (char *day; (day = strtok_r(days, " ", &days)) != NULL;) {
		size_t len = strlen(day);
		bool reached = day[len - 1] == '*';
		if (reached)
			day[len - 1] = '\0';
		attempts_put(ret + n, law_date(day), reached);
		n += 2;
	}
	return n;
}

/* "reason rule": cut at the space. */
static enum reason read_reason(char *text, const char **ret_rule)
{
	enum reason reason = REASON_ALLOWED;
	char *space = strchr(text, ' ');

	*ret_rule = "";
	if (space != NULL) {
		*space = '\0';
		*ret_rule = space + 1;
	}
	if (!reason_find(text, strlen(text), &reason))
		fail_msg("no reason is named %s", text);
	return reason;
}

static json_t *record(struct scene *s)
{
	if (s->record_json == NULL)
		s->record_json = json_object();
	return s->record_json;
}

static void set_registry(struct scene *s, const char *field, const char *value)
{
	json_t *consents = json_object_get(record(s), "consents");

	if (consents == NULL) {
		consents = json_array();
		json_array_append_new(consents, sound_consent());
		json_object_set_new(record(s), "consents", consents);
	}
	if (field != NULL)
		set_text(json_array_get(consents, 0), field, value);
}

static bool set_job(struct scene *s, const char *name, const char *value)
{
	if (strcmp(name, "consent") == 0 && strcmp(value, "none") == 0)
		json_object_del(s->job_json, "consent");
	else if (strncmp(name, "consent.", 8) == 0)
		set_text(json_object_get(s->job_json, "consent"), name + 8, value);
	else if (strncmp(name, "job.", 4) == 0)
		set_text(s->job_json, name + 4, value);
	else if (strcmp(name, "registry") == 0)
		set_registry(s, NULL, NULL);
	else if (strncmp(name, "registry.", 9) == 0)
		set_registry(s, name + 9, value);
	else if (strcmp(name, "registry-raw") == 0)
		s->record_raw = value;
	else if (strcmp(name, "withdrawn") == 0)
		json_object_set_new(record(s), "withdrawn_ms", json_integer(law_instant(value)));
	else
		return false;
	return true;
}

static bool set_fact(struct scene *s, const char *name, char *value)
{
	struct facts *f = &s->facts;

	if (strcmp(name, "registry-unknown") == 0)
		f->registry_unknown = true;
	else if (strcmp(name, "unplaced") == 0)
		f->unplaced = true;
	else if (strcmp(name, "duplicate") == 0)
		f->duplicate = true;
	else if (strcmp(name, "cancelled") == 0)
		f->cancelled = true;
	else if (strcmp(name, "halt") == 0)
		f->halt_scope = value;
	else if (strcmp(name, "listed") == 0)
		f->listed_on = value;
	else if (strcmp(name, "opposed") == 0 || strcmp(name, "opposed-in-call") == 0) {
		s->opposition = (struct opposition_fact){ true, law_instant(value), name[7] != '\0' };
		f->opposition = &s->opposition;
		f->listed_on = "opposition:acme";
	} else if (strcmp(name, "attempt") == 0)
		f->attempt = atoi(value);
	else if (strcmp(name, "slot-used") == 0)
		f->slot_used = true;
	else if (strcmp(name, "lists") == 0)
		f->lists = read_reason(value, &f->lists_rule);
	else if (strcmp(name, "stale") == 0)
		f->lists_stale_ms = law_instant(value);
	else if (strcmp(name, "attempts") == 0)
		f->attempts_len = read_days(value, s->attempts);
	else if (strcmp(name, "person-attempts") == 0)
		f->person_attempts_len = read_days(value, s->person_attempts);
	else if (strcmp(name, "brake") == 0)
		f->brake = read_reason(value, &f->brake_rule);
	else if (strcmp(name, "brake-until") == 0)
		f->brake_until_ms = law_instant(value);
	else
		return false;
	return true;
}

void scene_differ(struct scene *s, const char *differs)
{
	char *rest = s->words + s->words_used;
	assert_in_range(s->words_used + strlen(differs) + 1, 0, sizeof(s->words));
	memcpy(rest, differs, strlen(differs) + 1);
	s->words_used += strlen(differs) + 1;
	for (char *word; (word = strtok_r(rest, ";", &rest)) != NULL;) {
		char name[64];
		word += strspn(word, " ");
		for (char *end = word + strlen(word); end > word && end[-1] == ' ';)
			*--end = '\0';
		size_t len = strcspn(word, "=");
		char *value = word[len] == '=' ? word + len + 1 : word + len;
		snprintf(name, sizeof(name), "%.*s", (int)len, word);
		if (!set_job(s, name, value) && !set_fact(s, name, value))
			definition_set(&s->definition, word);
	}
}

/* --- the decision ----------------------------------------------------------------------- */

static void facts_fill(struct scene *s)
{
	struct facts *f = &s->facts;

	s->definition.date = civil_format_date((int32_t)(f->now_ms / DAY_MS), s->date);
	f->campaign = definition_read(s->rb, &s->definition);
	f->attempts = f->attempts_len > 0 ? s->attempts : NULL;
	f->person_attempts = f->person_attempts_len > 0 ? s->person_attempts : NULL;
	if (s->record_json == NULL && s->record_raw == NULL)
		return;
	char *text = s->record_raw != NULL ? strdup(s->record_raw) : json_dumps(s->record_json, JSON_COMPACT);
	registry_done(&s->record);
	f->registry_unknown = !registry_parse(text, strlen(text), &s->record);
	f->registry = &s->record;
	free(text);
}

const struct decision *scene_decide(struct scene *s)
{
	char *text = json_dumps(s->job_json, JSON_COMPACT);
	struct decision traced;
	bool good;

	job_done(&s->job);
	good = job_parse(text, strlen(text), &s->job, &s->fault);
	free(text);
	facts_fill(s);
	s->rulings.count = 0;
	if (!good) {
		s->dec = (struct decision){ .reason = s->fault.reason,
			                    .rule = s->fault.field,
			                    .hint = s->fault.hint,
			                    .until_ms = TIME_NONE };
		return &s->dec;
	}
	place_views_init(&s->views, s->rb, s->definition.c.has_window ? &s->definition.c.window : NULL);
	decide(&s->views, &s->job, &s->facts, &traced, &s->rulings);
	decide(&s->views, &s->job, &s->facts, &s->dec, NULL);
	assert_string_equal(reason_name(traced.reason), reason_name(s->dec.reason));
	assert_string_equal(traced.rule, s->dec.rule);
	assert_string_equal(traced.hint, s->dec.hint);
	assert_int_equal(traced.until_ms, s->dec.until_ms);
	if (s->dec.place != 0) /* 0: not looked at, another rule came before */
		assert_int_equal(traced.place, s->dec.place);
	if (s->dec.reason == REASON_ALLOWED)
		assert_int_equal(traced.not_after_ms, s->dec.not_after_ms);
	return &s->dec;
}

void scene_done(struct scene *s)
{
	job_done(&s->job);
	registry_done(&s->record);
	json_decref(s->job_json);
	json_decref(s->record_json);
}

enum reason scene_check_row(const struct table_row *row, const struct rulebook *rb)
{
	struct scene s;
	char rule[256], until[CIVIL_INSTANT_SIZE];

	scene_sound(&s, rb, row->columns[1], law_instant(row->columns[2]));
	scene_differ(&s, row->columns[3]);
	const struct decision *dec = scene_decide(&s);
	enum reason reason = dec->reason;
	snprintf(rule, sizeof(rule), "%s", dec->rule);
	if (dec->until_ms != TIME_NONE)
		snprintf(rule + strlen(rule), sizeof(rule) - strlen(rule), " until %s",
		         civil_format_instant(dec->until_ms, until));
	table_assert_string(row, "reason", reason_name(reason), row->columns[4]);
	table_assert_string(row, "rule", rule, row->columns[5]);
	assert_non_null(dec->hint);
	for (size_t i = 0; i < s.rulings.count; i++) {
		assert_non_null(s.rulings.list[i].rule);
		assert_non_null(s.rulings.list[i].article);
	}
	scene_done(&s);
	return reason;
}
