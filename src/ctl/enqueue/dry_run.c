/* dry_run.c - what would become of the lines of a file, by the code that forecasts. */
#include "ctl/enqueue/dry_run.h"

#include "core/number/place.h"
#include "core/text/shown.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/report_file.h"
#include "ctl/base/table.h"
#include "ctl/enqueue/enqueue.h"
#include "ctl/forecast/forecast.h"
#include "ctl/forecast/waiting_model.h"
#include "ctl/law/place_arg.h"
#include "ctl/query/number_facts.h"
#include "ctl/query/waiting_jobs.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_MAX 400 /* days that are told apart */
#define RULES_MAX 100
#define RULE_SIZE 96

struct trial {
	struct ctl *ctl;
	struct outlook *o;
	struct waiting *w;
	struct sorting *s;
	/* the batch */
	char *texts[NUMBERS_MAX];
	size_t lens[NUMBERS_MAX], lines[NUMBERS_MAX], count;
	/* how many */
	int64_t now, later, never, unknown;
	int64_t reasons[REASON_COUNT]; /* of never and unknown */
	struct {
		enum reason reason;
		char rule[RULE_SIZE]; /* "": of the reason alone, or one more than are told apart */
		int64_t count;
	} rules[RULES_MAX]; /* the same, told apart */
	size_t rule_count;
	struct {
		int32_t date; /* of the callee */
		int64_t count;
	} days[DAYS_MAX];
	size_t day_count;
};

struct trial *trial_new(struct ctl *ctl, const char *campaign)
{
	struct trial *t = mem_zero(sizeof(*t));

	t->ctl = ctl;
	t->o = outlook_begin(ctl, campaign);
	t->w = waiting_open(ctl, t->o->cf);
	t->s = sorting_new(ctl, t->o);
	return t;
}

void trial_free(struct trial *t)
{
	if (t == NULL)
		return;
	sorting_free(t->s);
	waiting_close(t->w);
	outlook_free(t->o);
	free(t);
}

/* --- counting ------------------------------------------------------------------------------ */

static void count_day(struct trial *t, const struct fate *fate)
{
	const struct zone *zones[1];
	int32_t second, date;
	size_t i = 0;

	if (ctl_place_zones(t->ctl->rulebook, fate->place, zones, 1) == 0)
		return;
	date = zone_local_date(zones[0], fate->at_ms, &second);
	while (i < t->day_count && t->days[i].date != date)
		i++;
	if (i == DAYS_MAX)
		return;
	if (i == t->day_count)
		t->days[t->day_count++].date = date;
	t->days[i].count++;
}

/* "a mention, basis, act or proof is missing" tells nobody which: the rule does. */
static void count_rule(struct trial *t, enum reason reason, const char *rule)
{
	size_t i = 0;
	char kept[RULE_SIZE];

	t->reasons[reason]++;
	shown_masked(rule, strlen(rule), kept, sizeof(kept));
	while (i < t->rule_count && (t->rules[i].reason != reason || strcmp(t->rules[i].rule, kept) != 0))
		i++;
	if (i == RULES_MAX) {
		t->rules[i - 1].count++;
		return;
	}
	if (i == t->rule_count) {
		t->rules[i].reason = reason;
		snprintf(t->rules[i].rule, RULE_SIZE, "%s", i < RULES_MAX - 1 ? kept : "others");
		t->rule_count++;
	}
	t->rules[i].count++;
}

static int by_date(const void *a, const void *b)
{
	const int32_t *p = a, *q = b; /* the first member */

	return *p < *q ? -1 : *p > *q;
}

static const char *const kind_names[] = {
	[FATE_NOW] = "now", [FATE_LATER] = "later", [FATE_NEVER] = "never", [FATE_UNKNOWN] = "unknown"
};

static void write_row(const struct intake *in, const struct waiting_job *j, const struct fate *fate,
                      size_t line)
{
	const char *cells[REPORT_CELLS] = { 0 };
	char number[24], at[CIVIL_INSTANT_SIZE], place[PLACE_NAME_SIZE], mask[PHONE_MASK_SIZE];

	snprintf(number, sizeof(number), "%zu", line);
	cells[REPORT_LINE] = number;
	cells[REPORT_VERDICT] = kind_names[fate->kind];
	if (fate->at_ms != TIME_NONE)
		cells[REPORT_AT] = civil_format_instant(fate->at_ms, at);
	cells[REPORT_REASON] = reason_name(fate->reason);
	cells[REPORT_RULE] = fate->rule;
	if (fate->place != 0)
		cells[REPORT_PLACE] = place_name(in->rb, fate->place, place);
	cells[REPORT_ID] = j->job.id;
	if (j->job.to != NULL)
		cells[REPORT_TO] = phone_mask(j->job.to, mask);
	rows_put(in->bad.file, cells);
}

static void judge_batch(struct intake *in)
{
	struct trial *t = in->trial;
	struct fate fate;
	struct waiting_job *jobs = waiting_look(t->w, (const char *const *)t->texts, t->lens, t->count);

	for (size_t i = 0; i < t->count; i++) {
		sorting_fate(t->s, &jobs[i], &fate);
		t->now += fate.kind == FATE_NOW;
		t->later += fate.kind == FATE_LATER;
		t->never += fate.kind == FATE_NEVER;
		t->unknown += fate.kind == FATE_UNKNOWN;
		if (fate.kind == FATE_LATER)
			count_day(t, &fate);
		else if (fate.kind != FATE_NOW)
			count_rule(t, fate.reason, fate.rule != NULL ? fate.rule : "");
		if (in->bad.file != NULL)
			write_row(in, &jobs[i], &fate, t->lines[i]);
	}
	waiting_look(t->w, NULL, NULL, 0); /* it looks at texts that are freed now */
	while (t->count > 0)
		free(t->texts[--t->count]);
}

void trial_add(struct intake *in)
{
	struct trial *t = in->trial;

	t->texts[t->count] = mem_copy_len(in->text, in->text_len);
	t->lens[t->count] = in->text_len;
	t->lines[t->count++] = in->lines->number;
	if (t->count == NUMBERS_MAX)
		judge_batch(in);
}

void trial_end(struct intake *in)
{
	struct trial *t = in->trial;

	if (t->count > 0)
		judge_batch(in);
	qsort(t->days, t->day_count, sizeof(t->days[0]), by_date);
}

/* --- saying it ------------------------------------------------------------------------------- */

void trial_json(const struct trial *t, json_t *object)
{
	json_t *days = json_array(), *never = json_object(), *rules = json_array();

	for (size_t i = 0; i < t->day_count; i++)
		json_array_append_new(days, print_pack("{s:o,s:I}", "date", ctl_json_date(t->days[i].date),
		                                       "count", (json_int_t)t->days[i].count));
	for (size_t r = 0; r < REASON_COUNT; r++)
		if (t->reasons[r] > 0)
			json_object_set_new(never, reason_name((enum reason)r), json_integer(t->reasons[r]));
	for (size_t i = 0; i < t->rule_count; i++)
		json_array_append_new(rules,
		                      print_pack("{s:s,s:s,s:I}", "reason", reason_name(t->rules[i].reason),
		                                 "rule", t->rules[i].rule, "count",
		                                 (json_int_t)t->rules[i].count));
	json_object_set_new(object, "now", json_integer(t->now));
	json_object_set_new(object, "later", json_integer(t->later));
	json_object_set_new(object, "never", json_integer(t->never));
	json_object_set_new(object, "unknown", json_integer(t->unknown));
	json_object_set_new(object, "days", days);
	json_object_set_new(object, "why", never);
	json_object_set_new(object, "why_rules", rules);
	json_object_set_new(object, "blocked",
	                    t->o->blocked == REASON_ALLOWED
	                        ? json_null()
	                        : print_pack("{s:s,s:s}", "reason", reason_name(t->o->blocked), "rule",
	                                     t->o->blocked_rule));
}

void trial_print(const struct trial *t, bool fr)
{
	struct columns table;
	char date[CIVIL_DATE_SIZE];

	if (t->o->blocked != REASON_ALLOWED)
		print(lang_pick(fr, "Nothing of the campaign moves now: %s%s%s. If that is lifted:\n",
		                "Rien de la campagne ne part à présent : %s%s%s. Une fois cela levé :\n"),
		      fr ? reason_text_fr(t->o->blocked) : reason_name(t->o->blocked),
		      t->o->blocked_rule[0] != '\0' ? ", " : "", t->o->blocked_rule);
	columns_init(&table, "||");
	columns_add(&table, lang_pick(fr, "callable now", "appelables à présent"));
	columns_addf(&table, "%" PRId64, t->now);
	columns_add(&table, "");
	for (size_t i = 0; i < t->day_count; i++) {
		columns_addf(&table, lang_pick(fr, "later, %s", "plus tard, le %s"),
		             civil_format_date(t->days[i].date, date));
		columns_addf(&table, "%" PRId64, t->days[i].count);
		columns_add(&table, "");
	}
	for (size_t i = 0; i < t->rule_count; i++) {
		enum reason reason = t->rules[i].reason;
		const char *rule = t->rules[i].rule;

		columns_addf(&table, lang_pick(fr, "%s, %s", "%s (%s)"),
		             reason_verdict(reason) == VERDICT_HOLD
		                 ? lang_pick(fr, "nobody knows when", "on ne sait quand")
		                 : lang_pick(fr, "never", "jamais"),
		             reason_name(reason));
		columns_addf(&table, "%" PRId64, t->rules[i].count);
		columns_addf(&table, "%s%s%s", lang_say(fr, rule),
		             *rule != '\0' ? lang_pick(fr, ": ", " : ") : "",
		             fr ? reason_text_fr(reason) : reason_text(reason));
	}
	columns_print(&table, false);
	puts(lang_pick(fr, "Each by itself and before rates; lists are taken to stay fresh.",
	               "Chacune pour elle-même et hors débits ; les listes sont supposées rester à jour."));
}
