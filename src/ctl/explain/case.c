/* case.c - one question, and everything that its answer depends on; see case.h. */
#include "ctl/explain/case.h"

#include "core/campaign/standing.h"
#include "core/consent/consent.h"
#include "core/consent/form.h"
#include "core/law/binding.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/query/campaign_facts.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the value -------------------------------------------------------------------- */

void case_init(struct case_file *c)
{
	*c = (struct case_file){ .at_ms = TIME_NONE, .brake_until_ms = TIME_NONE };
}

static void fields_free(struct fields *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free((char *)f->names[i]);
		free((char *)f->values[i]);
	}
	free(f->names);
	free(f->values);
}

void case_done(struct case_file *c)
{
	char *texts[] = { c->campaign,   c->number,    c->halt_scope, c->halt_why,       c->brake_rule,
		          c->gate_rule,  c->job,       c->judged,     c->job_id,         c->job_where,
		          c->job_detail, c->listed_on, c->registry,   c->listed_besides, c->opposed };
	struct fields *hashes[] = { &c->def, &c->advertiser, &c->source, &c->route };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		fields_free(hashes[i]);
	for (size_t i = 0; i < c->list_overrides.count; i++)
		free(c->list_overrides.list[i]);
	free(c->list_overrides.list);
	for (size_t i = 0; i < c->faults_beside.count; i++)
		free(c->faults_beside.list[i].text);
	for (size_t i = 0; i < c->lists.count; i++) {
		free(c->lists.list[i].name);
		free(c->lists.list[i].refreshed_at);
	}
	for (size_t i = 0; i < c->forms.count; i++) {
		free(c->forms.list[i].id);
		fields_free(&c->forms.list[i].hash);
	}
	case_init(c);
}

const struct case_list *case_list_named(const struct case_file *c, const char *name)
{
	for (size_t i = 0; i < c->lists.count; i++)
		if (strcmp(c->lists.list[i].name, name) == 0)
			return &c->lists.list[i];
	return NULL;
}

void fields_copy(struct fields *ret, const struct fields *from)
{
	ret->count = from->count;
	ret->names = mem_zero((from->count + 1) * sizeof(char *));
	ret->values = mem_zero((from->count + 1) * sizeof(char *));
	for (size_t i = 0; i < from->count; i++) {
		ret->names[i] = mem_copy(from->names[i] != NULL ? from->names[i] : "");
		ret->values[i] = mem_copy(from->values[i] != NULL ? from->values[i] : "");
	}
}

char *case_bare_job(const char *id, const char *number)
{
	json_t *object = print_pack("{s:s,s:s}", "id", *id != '\0' ? id : "explain", "to", number);
	char *text = object != NULL ? json_pool_text(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text != NULL ? text : mem_copy("{}");
}

/* --- judging it --------------------------------------------------------------------- */

static void judge_campaign(struct judgement *j)
{
	static const struct fields none = { 0 };
	const struct case_file *f = j->from;
	struct campaign *c = &j->sit.c;
	const struct situation_input in = { .rb = j->rb,
		                            .options = { f->caller_id_doubtful, f->route_p99_ms,
		                                         (int)f->care_gap_days },
		                            .list_overrides = (const char *const *)f->list_overrides.list,
		                            .list_override_count = f->list_overrides.count,
		                            .id = f->campaign,
		                            .def = &f->def,
		                            .advertiser = &f->advertiser,
		                            .source = &f->source,
		                            .route = &f->route };

	situation_read(&in, f->at_ms, &j->sit);
	for (size_t i = 0; i < f->faults_beside.count && c->fault_count < CAMPAIGN_FAULTS_MAX; i++) {
		size_t n = c->fault_count++;

		c->faults[n].fault = f->faults_beside.list[i].fault;
		snprintf(c->faults[n].text, sizeof(c->faults[n].text), "%s", f->faults_beside.list[i].text);
	}
	for (size_t i = 0; i < j->sit.law.list_count; i++) {
		const struct case_list *list = case_list_named(f, j->sit.law.lists[i].name);
		const char *const names[] = { "lost", "refreshed_at" };
		const char *const values[] = { list != NULL && list->lost ? "yes" : "0",
			                       list != NULL ? list->refreshed_at : NULL };
		const struct fields meta = { .names = (const char **)names,
			                     .values = (const char **)values,
			                     .count = values[1] != NULL ? 2 : 1 };

		situation_set_list(&j->sit, i, list != NULL ? &meta : &none, list != NULL && list->malformed);
	}
	situation_judge_lists(&j->sit, f->at_ms);
	j->sit.halt_scope = f->halt_scope;
	j->sit.halt_why = f->halt_why;
	place_views_init(&j->views, j->rb, c->has_window ? &c->window : NULL);
}

/* Where the job cannot be read, the other rules are told for the number alone. */
static void judge_job(struct judgement *j)
{
	struct fault ignored;

	j->text = mem_copy(j->from->job);
	j->sound = job_parse(j->text, strlen(j->text), &j->job, &j->fault);
	if (j->sound)
		return;
	job_done(&j->job);
	free(j->text);
	j->text = case_bare_job("", j->from->number);
	job_parse(j->text, strlen(j->text), &j->job, &ignored);
}

static void find_form(struct judgement *j, struct consent *c)
{
	for (size_t i = 0; c->form_id != NULL && i < j->from->forms.count; i++)
		if (strcmp(j->from->forms.list[i].id, c->form_id) == 0)
			c->form = &j->forms[i];
}

static void judge_forms(struct judgement *j)
{
	for (size_t i = 0; i < j->from->forms.count; i++)
		form_read(&j->from->forms.list[i].hash, &j->forms[i]);
	if (j->job.has_consent)
		find_form(j, &j->job.consent);
	for (size_t i = 0; j->has_registry && i < j->registry.count; i++)
		find_form(j, &j->registry.consents[i]);
}

static const char *text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void fill_facts(struct judgement *j)
{
	const struct case_file *f = j->from;
	struct facts *facts = &j->facts;

	facts->now_ms = f->at_ms;
	facts->campaign = &j->sit.c;
	facts->lists = j->sit.lists;
	facts->lists_rule = j->sit.lists_rule;
	facts->lists_stale_ms = j->sit.lists_stale_ms;
	facts->halt_scope = f->halt_scope;
	facts->brake = f->gate != REASON_ALLOWED ? f->gate : f->brake;
	facts->brake_rule = text_or_empty(f->gate != REASON_ALLOWED ? f->gate_rule : f->brake_rule);
	facts->brake_until_ms = f->gate != REASON_ALLOWED ? TIME_NONE : f->brake_until_ms;
	facts->duplicate = f->marked;
	facts->cancelled = f->cancelled;
	facts->listed_on = f->listed_on;
	facts->listed_besides = f->listed_besides;
	if (f->opposed != NULL && opposition_read(f->opposed, strlen(f->opposed), &j->opposition))
		facts->opposition = &j->opposition;
	facts->attempt = (int)f->attempt;
	facts->slot_used = f->slot_used;
	facts->unplaced = f->unplaced;
	if (f->registry != NULL)
		j->has_registry = registry_parse(f->registry, strlen(f->registry), &j->registry);
	facts->registry_unknown = f->registry_unknown || (f->registry != NULL && !j->has_registry);
	facts->registry = j->has_registry ? &j->registry : NULL;
	facts->attempts = f->attempts.bytes;
	facts->attempts_len = f->attempts.len;
	facts->person_attempts = f->person_attempts.bytes;
	facts->person_attempts_len = f->person_attempts.len;
}

static int64_t next_lawful(const struct judgement *j)
{
	struct place_views *views = mem_zero(sizeof(*views));
	struct facts facts = j->facts;
	struct decision last;

	place_views_init(views, j->rb, j->views.own);
	facts.lists_stale_ms = INT64_MAX; /* lists are refreshed meanwhile */
	int64_t ret_ms = facts_next_lawful(views, &j->job, &facts, &last);

	free(views);
	return ret_ms;
}

/* What stops the campaign as a whole comes before why the job waits, in the order of the judge. */
static void overrule(struct judgement *j)
{
	const struct case_file *f = j->from;
	const char *rule = text_or_empty(f->brake_rule);
	bool tripped = f->brake == REASON_ROUTE_BREAKER && strcmp(rule, "canary") != 0;
	const struct gates gates = { .told = f->gate, .told_rule = text_or_empty(f->gate_rule) };
	const struct route_now route = { .tripped = tripped ? rule : "", .room = INT64_MAX, .claimed = -1 };
	const struct jobs_now jobs = { .queue = 1, .later_first_ms = TIME_NONE };
	const struct standing_input in = { .gates = &gates,
		                           .sit = &j->sit,
		                           .route = &route,
		                           .jobs = &jobs,
		                           .views = &j->views,
		                           .now_ms = f->at_ms };
	struct stop stop;

	if (!standing_overrules(&in, j->dec.reason, &stop))
		return;
	j->dec.reason = stop.reason;
	j->dec.rule = stop.rule;
	j->dec.until_ms = stop.until_ms;
	j->dec.hint = "";
}

/* The first rule of all: can it be read as a job? */
static void put_job_ruling(struct judgement *j)
{
	struct rulings *r = &j->rulings;

	if (r->count == RULINGS_MAX)
		r->count--;
	memmove(&r->list[1], &r->list[0], r->count * sizeof(r->list[0]));
	r->list[0] = (struct ruling){ "job", j->sound ? REASON_ALLOWED : j->fault.reason,
		                      j->sound ? "" : j->fault.field, "", TIME_NONE };
	r->count++;
	if (j->sound)
		return;
	j->dec.reason = j->fault.reason;
	j->dec.rule = j->fault.field;
	j->dec.hint = j->fault.hint;
	j->dec.until_ms = TIME_NONE;
}

struct judgement *case_judge(const struct rulebook *rb, const struct case_file *c)
{
	struct judgement *j = mem_zero(sizeof(*j));

	j->rb = rb;
	j->from = c;
	judge_campaign(j);
	judge_job(j);
	fill_facts(j);
	judge_forms(j);
	decide(&j->views, &j->job, &j->facts, &j->dec, &j->rulings);
	overrule(j);
	j->next_ms = j->sound ? next_lawful(j) : TIME_NONE;
	put_job_ruling(j);
	return j;
}

void judgement_free(struct judgement *j)
{
	if (j == NULL)
		return;
	job_done(&j->job);
	if (j->has_registry)
		registry_done(&j->registry);
	free(j->text);
	free(j);
}

uint32_t judgement_place(const struct judgement *j)
{
	return j->dec.place != 0 ? j->dec.place : j->dec.phone.territories;
}
