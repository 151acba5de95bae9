/* ruling_inputs.c - what each rule looked at, for receipts. One function per rule. */
#include "ctl/explain/ruling_inputs.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/explain/receipt.h"
#include "ctl/law/law_text.h"
#include "ctl/law/place_arg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
	json_t *value = text != NULL && *text != '\0' ? print_json_text(text) : NULL;

	return value != NULL ? value : json_null();
}

static json_t *instant_or_null(int64_t ms)
{
	return ms == INT64_MIN || ms == INT64_MAX ? json_null() : ctl_json_time(ms);
}

static const char *status_name(enum campaign_status status)
{
	static const char *const names[] = { "running", "paused", "stopped" };

	return names[status];
}

static json_t *job_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", j->sound ? text_or_null(j->job.id) : json_null());
	json_object_set_new(object, "found_in", print_json_text(j->from->job_where));
	json_object_set_new(object, "judged", print_json_text(j->from->judged));
	if (j->sound)
		return object;
	json_object_set_new(object, "field", text_or_null(j->fault.field));
	json_object_set_new(object, "position", json_integer((json_int_t)j->fault.position));
	json_object_set_new(object, "hint", text_or_null(j->fault.hint));
	return object;
}

static json_t *sector_status(const struct judgement *j, const char *sector)
{
	json_t *list = json_array();

	for (size_t r = 0; r < j->sit.law.regime_count && sector != NULL; r++)
		for (size_t i = 0; i < j->sit.law.regimes[r]->sector_count; i++) {
			const struct sector_rule *s = &j->sit.law.regimes[r]->sectors[i];

			if (strcmp(s->name, sector) == 0)
				json_array_append_new(list, print_json_text(law_sector_name(s)));
		}
	return list;
}

static json_t *campaign_inputs(const struct judgement *j)
{
	const struct fields *def = &j->from->def;
	json_t *object = json_object(), *faults = json_array();

	for (size_t i = 0; i < j->sit.c.fault_count; i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s: %s", campaign_fault_name(j->sit.c.faults[i].fault),
		         j->sit.c.faults[i].text);
		json_array_append_new(faults, text_or_null(text));
	}
	json_object_set_new(object, "purpose", print_json_text(j->sit.c.service ? "service" : "prospecting"));
	json_object_set_new(object, "sector", text_or_null(fields_get(def, "sector")));
	json_object_set_new(object, "sector_status", sector_status(j, fields_get(def, "sector")));
	json_object_set_new(object, "advertiser", text_or_null(j->sit.c.named));
	json_object_set_new(object, "source", text_or_null(j->sit.c.source));
	json_object_set_new(object, "route", text_or_null(j->sit.c.route));
	json_object_set_new(object, "caller_id_doubtful", json_boolean(j->from->caller_id_doubtful));
	json_object_set_new(object, "faults", faults);
	return object;
}

json_t *placed_json(const struct judgement *j)
{
	const struct rulebook *rb = j->rb;
	const struct job *job = &j->job;
	uint32_t postcode = 0, insee = 0, number = j->dec.phone.territories;
	char name[PLACE_NAME_SIZE];
	json_t *object = json_object();

	enum address known = place_of_postcode(rb, job->postcode,
	                                       job->postcode != NULL ? strlen(job->postcode) : 0, &postcode);
	enum address also =
	    place_of_insee(rb, job->insee, job->insee != NULL ? strlen(job->insee) : 0, &insee);
	uint32_t address = postcode | insee;
	/* Addresses that agree narrow; one that does not is joined to the rest. */
	bool narrowed = address != 0 &&
	                (number & (postcode != 0 ? postcode : insee) & (insee != 0 ? insee : postcode)) != 0;
	const char *by = known == ADDRESS_UNKNOWN || also == ADDRESS_UNKNOWN ? "unknown"
	                 : address == 0                                      ? "prefix"
	                 : !narrowed                                         ? "united"
	                 : postcode != 0 && insee != 0                       ? "postcode and INSEE"
	                 : postcode != 0                                     ? "postcode"
	                                                                     : "insee";

	json_object_set_new(object, "by", number != 0 ? print_json_text(by) : json_null());
	json_object_set_new(object, "candidates", ctl_json_territories(rb, number));
	json_object_set_new(object, "postcode", text_or_null(job->postcode));
	json_object_set_new(object, "insee", text_or_null(job->insee));
	json_object_set_new(object, "place", print_json_text(place_name(rb, j->dec.place, name)));
	json_object_set_new(object, "zones", ctl_json_zones(rb, judgement_place(j)));
	return object;
}

static json_t *number_inputs(const struct judgement *j)
{
	json_t *object = placed_json(j);
	char mask[PHONE_MASK_SIZE];
	const char *to = j->dec.phone.e164[0] != '\0' ? j->dec.phone.e164 : j->from->number;

	json_object_set_new(object, "to", print_json_text(phone_mask(to, mask)));
	json_object_set_new(object, "class", print_json_text(number_class_name(j->dec.phone.cls)));
	return object;
}

static json_t *dates_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "at", ctl_json_time(j->from->at_ms));
	json_object_set_new(object, "status", print_json_text(status_name(j->sit.c.status)));
	json_object_set_new(object, "end", instant_or_null(j->sit.c.end_ms));
	json_object_set_new(object, "not_after", instant_or_null(j->job.not_after_ms));
	return object;
}

static json_t *duplicate_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "released_before", json_boolean(j->from->marked));
	json_object_set_new(object, "family", text_or_null(j->sit.c.family));
	return object;
}

static json_t *cancel_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "cancelled", json_boolean(j->from->cancelled));
	return object;
}

static json_t *halt_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "scope", text_or_null(j->from->halt_scope));
	json_object_set_new(object, "why", text_or_null(j->from->halt_why));
	return object;
}

static json_t *lists_inputs(const struct judgement *j)
{
	json_t *object = json_object(), *lists = json_array();

	for (size_t i = 0; i < j->sit.law.list_count; i++) {
		const struct law_list *rule = &j->sit.law.lists[i];
		const struct list_fact *fact = &j->sit.list_facts[i];
		json_t *list = json_object();

		json_object_set_new(list, "name", print_json_text(rule->name));
		json_object_set_new(list, "mode", print_json_text(law_mode_name(rule->mode)));
		json_object_set_new(list, "meta", json_boolean(fact->has_meta));
		json_object_set_new(list, "refreshed_at", ctl_json_time(fact->refreshed_ms));
		if (rule->max_age_days > 0)
			json_object_set_new(list, "max_age_days", json_integer(rule->max_age_days));
		if (fact->refreshed_ms != TIME_NONE)
			json_object_set_new(list, "age_hours",
			                    json_integer((json_int_t)((j->from->at_ms - fact->refreshed_ms) /
			                                              3600000)));
		if (fact->malformed)
			json_object_set_new(list, "malformed", json_true());
		if (fact->lost)
			json_object_set_new(list, "lost", json_true());
		json_array_append_new(lists, list);
	}
	json_object_set_new(object, "on", text_or_null(j->from->listed_on));
	json_object_set_new(object, "lists", lists);
	return object;
}

static json_t *law_inputs(const struct judgement *j)
{
	const struct place_view *v = j->dec.view;
	json_t *object = json_object(), *dates = json_array();

	for (int32_t day = v->date_first; day <= v->date_last; day++)
		json_array_append_new(dates, ctl_json_date(day));
	json_object_set_new(object, "local_dates", dates);
	return object;
}

/* --- consent ---------------------------------------------------------------------- */

static json_t *consent_json(const struct judgement *j, const char *from, const struct consent *c)
{
	json_t *object = json_object(), *form = json_array();

	for (size_t i = 0; i < c->mention_count; i++)
		json_array_append_new(form, print_json_text(c->mentions[i]));
	json_object_set_new(object, "from", print_json_text(from));
	json_object_set_new(object, "used", json_boolean(j->dec.proof != NULL && j->dec.proof == c->proof));
	json_object_set_new(object, "collected_at", instant_or_null(c->collected_ms));
	json_object_set_new(object, "until",
	                    c->until_ms != TIME_NONE ? ctl_json_time(c->until_ms)
	                                             : ctl_json_date(c->until_date));
	json_object_set_new(object, "product", text_or_null(c->product));
	json_object_set_new(object, "channel", text_or_null(c->channel));
	if (c->advertiser != NULL)
		json_object_set_new(object, "advertiser", text_or_null(c->advertiser));
	if (c->form_id != NULL)
		json_object_set_new(object, "form", text_or_null(c->form_id));
	else
		json_object_set(object, "form", form);
	json_decref(form);
	json_object_set_new(object, "proof", text_or_null(c->proof));
	if (c->slot_ms != TIME_NONE)
		json_object_set_new(object, "slot", ctl_json_time(c->slot_ms));
	return object;
}

static json_t *consent_inputs(const struct judgement *j)
{
	const struct law *law = &j->dec.view->law;
	json_t *object = json_object(), *list = json_array();
	bool required = false;

	for (size_t i = 0; i < law->regime_count; i++)
		required |= law->regimes[i]->consent.required;
	if (j->job.has_consent)
		json_array_append_new(list, consent_json(j, "job", &j->job.consent));
	for (size_t i = 0; j->has_registry && i < j->registry.count; i++)
		json_array_append_new(list, consent_json(j, "registry", &j->registry.consents[i]));
	json_object_set_new(object, "required", json_boolean(required && !j->sit.c.service));
	json_object_set_new(object, "product", text_or_null(j->sit.c.product));
	json_object_set_new(object, "advertiser", text_or_null(j->sit.c.siren));
	json_object_set_new(object, "consents", list);
	json_object_set_new(object, "withdrawn_at",
	                    j->has_registry ? instant_or_null(j->registry.withdrawn_ms) : json_null());
	if (j->facts.registry_unknown)
		json_object_set_new(object, "registry", json_string("unknown"));
	return object;
}

static json_t *history_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "attempts_before",
	                    text_or_null(fields_get(&j->from->advertiser, "attempts_before")));
	return object;
}

static json_t *json_days(const struct case_days *days)
{
	json_t *list = json_array();

	for (size_t i = 0; i + 1 < days->len; i += 2)
		json_array_append_new(list, ctl_json_date(attempts_day(days->bytes + i)));
	return list;
}

static json_t *cap_inputs(const struct judgement *j)
{
	const struct law *law = &j->dec.view->law;
	json_t *object = json_object(), *caps = json_array();

	for (size_t i = 0; i < law->regime_count; i++)
		if (law->regimes[i]->cap.attempts > 0)
			json_array_append_new(caps, print_pack("{s:i, s:i}", "attempts",
			                                       law->regimes[i]->cap.attempts, "days",
			                                       law->regimes[i]->cap.days));
	json_object_set_new(object, "counted", json_integer(j->dec.cap_count));
	json_object_set_new(object, "caps", caps);
	json_object_set_new(object, "days_of_number", json_days(&j->from->attempts));
	json_object_set_new(object, "days_of_person", json_days(&j->from->person_attempts));
	return object;
}

/* The last day on which the person was reached; null: none is known. */
static json_t *last_reached(const struct case_days *days)
{
	int32_t last = -1;

	for (size_t i = 0; i + 1 < days->len; i += 2)
		if (attempts_reached(days->bytes + i) && attempts_day(days->bytes + i) > last)
			last = attempts_day(days->bytes + i);
	return last < 0 ? json_null() : ctl_json_date(last);
}

static json_t *gap_inputs(const struct judgement *j)
{
	return print_pack("{s:i, s:o, s:o}", "gap_days", j->sit.c.gap_days, "number_reached",
	                  last_reached(&j->from->attempts), "person_reached",
	                  last_reached(&j->from->person_attempts));
}

static json_t *not_before_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "not_before", instant_or_null(j->job.not_before_ms));
	return object;
}

static json_t *start_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "start", instant_or_null(j->sit.c.start_ms));
	return object;
}

/* --- window ------------------------------------------------------------------------- */

static json_t *local_json(const struct zone *zone, int64_t ms)
{
	int32_t second, day = zone_local_date(zone, ms, &second);
	char date[CIVIL_DATE_SIZE], time[16];

	snprintf(time, sizeof(time), "%02d:%02d:%02d", second / 3600 % 24, second / 60 % 60, second % 60);
	return print_pack("{s:s, s:s, s:s, s:s}", "zone", zone_name(zone), "date",
	                  civil_format_date(day, date), "day", ctl_weekday_name(day), "time", time);
}

static json_t *window_inputs(const struct judgement *j)
{
	const struct zone *zones[64] = { NULL };
	size_t zone_count = ctl_place_zones(j->rb, j->dec.place, zones, 64);
	const struct place_view *v = j->dec.view;
	json_t *object = json_object(), *local = json_array(), *hours = json_array();
	const struct holiday *holiday = NULL;

	for (size_t i = 0; i < zone_count; i++)
		json_array_append_new(local, local_json(zones[i], j->from->at_ms));
	for (size_t i = 0; i < v->law.regime_count; i++) {
		char *text = law_week_text(&v->law.regimes[i]->week, false);

		json_array_append_new(hours, print_json_text(text));
		free(text);
	}
	for (int32_t day = v->date_first; day <= v->date_last && holiday == NULL; day++)
		holiday = window_holiday_on(j->rb, j->dec.place, day);
	json_object_set_new(object, "local", local);
	json_object_set_new(object, "hours", hours);
	json_object_set_new(object, "own_hours", text_or_null(fields_get(&j->from->def, "window")));
	json_object_set_new(object, "holiday", text_or_null(holiday != NULL ? holiday->name : NULL));
	json_object_set_new(object, "open", json_boolean(v->open));
	json_object_set_new(object, "closes", v->open ? ctl_json_time(v->close_ms) : json_null());
	json_object_set_new(object, "next_open", ctl_json_time(v->next_open_ms));
	json_object_set_new(object, "guard_s", json_integer(j->sit.c.guard_s));
	return object;
}

static json_t *brake_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "brake",
	                    text_or_null(j->from->brake != REASON_ALLOWED ? reason_name(j->from->brake)
	                                                                  : NULL));
	json_object_set_new(object, "require_approved", json_boolean(j->from->require_approved));
	json_object_set_new(object, "approved_by", text_or_null(j->rb->approved_by));
	return object;
}

static json_t *pause_inputs(const struct judgement *j)
{
	json_t *object = json_object();

	json_object_set_new(object, "status", print_json_text(status_name(j->sit.c.status)));
	return object;
}

/* --- all ------------------------------------------------------------------------------- */

/* Whose regimes bind: nobody's (a rule of ours), the platform's dates, the callee's. */
enum law_of { OURS, PLATFORM, CALLEE };

static const struct {
	const char *rule;
	json_t *(*inputs)(const struct judgement *j);
	enum law_of law;
} rules[] = {
	{ "job", job_inputs, OURS },
	{ "campaign", campaign_inputs, PLATFORM },
	{ "number", number_inputs, OURS },
	{ "dates", dates_inputs, OURS },
	{ "duplicate", duplicate_inputs, OURS },
	{ "cancel", cancel_inputs, OURS },
	{ "halt", halt_inputs, OURS },
	{ "lists", lists_inputs, PLATFORM },
	{ "law", law_inputs, CALLEE },
	{ "consent", consent_inputs, CALLEE },
	{ "history", history_inputs, PLATFORM },
	{ "cap", cap_inputs, CALLEE },
	{ "gap", gap_inputs, OURS },
	{ "not-before", not_before_inputs, OURS },
	{ "start", start_inputs, OURS },
	{ "window", window_inputs, CALLEE },
	{ "brake", brake_inputs, OURS },
	{ "pause", pause_inputs, OURS },
};
#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

static size_t rule_named(const char *name)
{
	size_t i = 0;

	while (i < RULE_COUNT && strcmp(rules[i].rule, name) != 0)
		i++;
	return i;
}

json_t *ruling_inputs(const struct judgement *j, const struct ruling *r)
{
	size_t i = rule_named(r->name);
	bool placed = j->dec.view != NULL;

	if (i == RULE_COUNT || (rules[i].law == CALLEE && !placed))
		return json_object();
	return rules[i].inputs(j);
}

json_t *ruling_regimes(const struct judgement *j, const struct ruling *r)
{
	size_t i = rule_named(r->name);
	bool placed = j->dec.view != NULL;
	const struct law *law = i == RULE_COUNT || rules[i].law == OURS ? NULL
	                        : rules[i].law == PLATFORM              ? &j->sit.law
	                        : placed                                ? &j->dec.view->law
	                                                                : NULL;

	return law != NULL ? law_json_dates(law->regimes, law->regime_count) : json_array();
}
