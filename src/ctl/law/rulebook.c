/* rulebook: the law by date, and what a change of it changes. */
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/law/diff_effect.h"
#include "ctl/law/law_text.h"
#include "ctl/law/regime_diff.h"
#include "ctl/paper/letter.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *str(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static json_int_t num(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static json_t *json_rulebook(const struct rulebook *rb)
{
	return print_pack("{s:s,s:s,s:s,s:s,s:s}", "id", rb->id, "version", rb->version, "hash", rb->hash,
	                  "tzdata", rb->tzdata, "approved_by", rb->approved_by);
}

static json_t *json_ids(const struct regime *const *regimes, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, print_json_text(regimes[i]->id));
	return list;
}

static void print_head(const struct rulebook *rb, bool french)
{
	print("%s %s %s%s%s\n", lang_pick(french, "rulebook", "règles"), rb->id, rb->version,
	      rb->approved_by[0] == '\0' ? " " : "",
	      rb->approved_by[0] == '\0' ? lang_pick(french, "(unsigned)", "(non signé)") : "");
}

/* --- show ---------------------------------------------------------------------------------- */

static json_t *json_shown(const struct regime *r)
{
	json_t *object = law_json_regime(r), *lists = json_array(), *sectors = json_object();

	for (size_t i = 0; i < r->list_count; i++)
		json_array_append_new(lists,
		                      print_pack("{s:s, s:s, s:i, s:s}", "name", r->lists[i].name, "mode",
		                                 law_mode_name(r->lists[i].mode), "max_age_days",
		                                 r->lists[i].max_age_days, "article", r->lists[i].article));
	for (size_t i = 0; i < r->sector_count; i++)
		json_object_set_new(sectors, r->sectors[i].name,
		                    print_json_text(law_sector_name(&r->sectors[i])));
	json_object_set_new(object, "consent_article", print_json_text(r->consent.article));
	json_object_set_new(object, "lists", lists);
	json_object_set_new(object, "sectors", sectors);
	return object;
}

static void add_row(struct columns *t, bool french, const char *label, const char *value, const char *article)
{
	columns_addf(t, "  %s", lang_say(french, label));
	columns_add(t, value);
	char *cited = letter_article_short(french, article != NULL ? article : "");
	columns_add(t, cited);
	free(cited);
}

static void print_shown(const struct ctl *ctl, const struct regime *r, bool french)
{
	char from[CIVIL_DATE_SIZE], to[CIVIL_DATE_SIZE], text[200];
	char *hours = law_week_text(&r->week, french);
	bool ends = r->to_day != INT32_MAX;
	struct columns t;

	puts("");
	ctl_title(ctl, "%s  %s %s%s%s  (%s)", r->id, lang_pick(french, "from", "du"),
	          civil_format_date(r->from_day, from), ends ? lang_pick(french, " to ", " au ") : "",
	          ends ? civil_format_date(r->to_day - 1, to) : lang_pick(french, ", no end", ", sans fin"),
	          law_grade(french, r->grade));
	columns_init(&t, "||");
	add_row(&t, french, "hours", hours, r->week_article);
	add_row(&t, french, "holidays", lang_pick(french, "closed", "fermé"), r->holiday_article);
	snprintf(text, sizeof(text), "%s",
	         r->consent.required ? lang_pick(french, "required", "obligatoire")
	                             : lang_pick(french, "not required", "non obligatoire"));
	add_row(&t, french, "consent", text, r->consent.article);
	if (r->cap.attempts > 0)
		snprintf(text, sizeof(text),
		         lang_pick(french, "%d attempts in %d days", "%d tentatives en %d jours"),
		         r->cap.attempts, r->cap.days);
	else
		snprintf(text, sizeof(text), "%s", lang_pick(french, "none", "néant"));
	add_row(&t, french, "cap", text, r->cap.article);
	snprintf(text, sizeof(text), lang_pick(french, "%d days of silence", "%d jours de silence"),
	         r->refusal_days);
	add_row(&t, french, "refusal", text, r->refusal_article);
	for (size_t i = 0; i < r->list_count; i++) {
		const struct list_rule *rule = &r->lists[i];
		char *label = mem_format("%s %s", lang_pick(french, "list", "liste"), rule->name);

		snprintf(text, sizeof(text), "%s", lang_say(french, law_mode_name(rule->mode)));
		if (rule->max_age_days > 0) {
			size_t used = strlen(text);

			snprintf(text + used, sizeof(text) - used,
			         lang_pick(french, ", at most %d days old", ", %d jours au plus"),
			         rule->max_age_days);
		}
		add_row(&t, french, label, text, rule->article);
		free(label);
	}
	columns_print(&t, false);
	free(hours);
}

static int show(struct ctl *ctl, bool french)
{
	const struct rulebook *rb = ctl_rulebook(ctl);

	if (ctl->json) {
		json_t *object = json_object(), *regimes = json_array();

		for (size_t i = 0; i < rb->regime_count; i++)
			json_array_append_new(regimes, json_shown(&rb->regimes[i]));
		json_object_set_new(object, "rulebook", json_rulebook(rb));
		json_object_set_new(object, "regimes", regimes);
		ctl_print_json(object);
		return 0;
	}
	print_head(rb, french);
	for (size_t i = 0; i < rb->regime_count; i++)
		print_shown(ctl, &rb->regimes[i], french);
	return 0;
}

/* --- diff: the answer ------------------------------------------------------------------------- */

/* The days around a change on which more than one regime binds. */
static json_t *json_both_bind(const struct rulebook *rb, int32_t day)
{
	json_t *days = json_array();

	for (int32_t d = day - 2; d <= day + 2; d++) {
		const struct regime *regimes[REGIME_MAX];

		if (rulebook_regimes_on(rb, d, regimes) > 1)
			json_array_append_new(days, ctl_json_date(d));
	}
	return days;
}

/* Of what is past, what it means now. */
static json_t *effect_here(struct ctl *ctl, const struct law_step *step)
{
	int64_t day_ms = step->day * DAY_MS + DAY_MS / 2, now_ms = ctl_now_ms(ctl);

	return law_effect(ctl, step, now_ms > day_ms ? now_ms : day_ms);
}

/* No reachable Redis is no fault: the rest is said all the same. */
static json_t *effect_of(struct ctl *ctl, const struct law_step *step, bool offline)
{
	char why[256] = "--offline";

	if (offline || !ctl_try_redis(ctl, why, sizeof(why)))
		return print_pack("{s:b, s:s}", "looked", 0, "why", why);
	return effect_here(ctl, step);
}

static json_t *effect_there(struct ctl *there, void *day)
{
	struct law_step step = law_step_at(ctl_rulebook(there), *(int32_t *)day);

	return effect_here(there, &step);
}

/* Of each space, with its name; what one that does not answer has is not known. */
static json_t *effects_of(struct ctl *ctl, struct everywhere *e, int32_t day)
{
	json_t *rows = json_array();

	everywhere_ask(ctl, e, effect_there, &day);
	everywhere_must_answer(ctl, e,
	                       error_pick("what the change means is not known",
	                                  "on ignore les effets du changement"));
	for (size_t i = 0; i < e->count; i++) {
		json_t *one = print_pack("{s:s}", "space", e->list[i].name);

		if (e->list[i].answer != NULL)
			json_object_update(one, e->list[i].answer);
		else
			json_object_update_new(one,
			                       print_pack("{s:b, s:s}", "looked", 0, "why", e->list[i].why));
		json_array_append_new(rows, one);
	}
	return rows;
}

/* "effect" of the only space, or "effects" of all. */
static void add_effect(struct ctl *ctl, json_t *diff, const struct law_step *step, bool offline, bool french)
{
	struct everywhere e = { 0 };

	if (!offline) {
		everywhere_open(ctl, true, &e);
		everywhere_say(ctl, &e, french);
	}
	if (e.count > 0)
		json_object_set_new(diff, "effects", effects_of(ctl, &e, step->day));
	else
		json_object_set_new(diff, "effect", effect_of(ctl, step, offline));
	everywhere_close(&e);
}

static json_t *json_diff(struct ctl *ctl, int32_t day, bool offline, bool french)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct law_step step = law_step_at(rb, day);
	bool other = step.before != step.after;
	json_t *same, *differences = law_differences(rb, &step, french, &same);
	const struct conf *conf = ctl_conf(ctl);
	json_t *overrides = json_array();
	json_t *object = json_object();

	json_object_set_new(object, "on", ctl_json_date(day));
	json_object_set_new(object, "rulebook", json_rulebook(rb));
	json_object_set_new(object, "changes", json_boolean(other || json_array_size(differences) > 0));
	json_object_set_new(object, "ends", law_json_dates(&step.before, other && step.before != NULL));
	json_object_set_new(object, "begins", law_json_dates(&step.after, other && step.after != NULL));
	json_object_set_new(object, "binds_the_day_before",
	                    json_ids(step.binds_before, step.binds_before_count));
	json_object_set_new(object, "binds", json_ids(step.binds_on, step.binds_on_count));
	json_object_set_new(object, "both_bind", json_both_bind(rb, day));
	json_object_set_new(object, "differences", differences);
	json_object_set_new(object, "same", same);
	for (size_t i = 0; i < conf->list_overrides.count; i++)
		json_array_append_new(overrides, print_json_text(conf->list_overrides.words[i]));
	json_object_set_new(object, "list_overrides", overrides);
	if (other)
		add_effect(ctl, object, &step, offline, french);
	return object;
}

/* --- diff: for people ---------------------------------------------------------------------------- */

static char *joined(const json_t *list, const char *between)
{
	char *text = mem_copy("");
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		char *more = mem_format("%s%s%s", text, i > 0 ? between : "", json_string_value(value));

		free(text);
		text = more;
	}
	return text;
}

static void print_reasons(const json_t *side)
{
	const json_t *reasons = json_object_get(side, "reasons");
	const char *key, *before = " (";
	json_t *value;

	json_object_foreach((json_t *)reasons, key, value)
	{
		print("%s%s %" JSON_INTEGER_FORMAT, before, key, json_integer_value(value));
		before = ", ";
	}
	if (json_object_size(reasons) > 0)
		fputs(")", stdout);
	puts(".");
}

static void print_sides(const json_t *s, const char *what, bool french)
{
	const json_t *gained = json_object_get(s, "becomes_lawful"),
		     *lost = json_object_get(s, "ceases_to_be");

	print(french ? "%s : %" JSON_INTEGER_FORMAT " examinés.\n"
	             : "%s: %" JSON_INTEGER_FORMAT " looked at.\n",
	      what, num(s, "looked"));
	if (num(gained, "count") + num(lost, "count") == 0) {
		print("  %s\n", lang_pick(french, "None changes side.", "Aucun changement."));
		return;
	}
	print("  %" JSON_INTEGER_FORMAT " %s", num(gained, "count"),
	      lang_pick(french, "lawful under the new law and not under the old",
	                "licites sous le nouveau droit et non sous l'ancien"));
	print_reasons(gained);
	print("  %" JSON_INTEGER_FORMAT " %s", num(lost, "count"),
	      lang_pick(french, "lawful under the old law and not under the new",
	                "licites sous l'ancien droit et non sous le nouveau"));
	print_reasons(lost);
}

static void print_effect(const json_t *effect, bool french)
{
	puts("");
	if (!json_is_true(json_object_get(effect, "looked"))) {
		print(
		    "%s (%s).\n",
		    lang_pick(
			french, "What it means for held jobs and consents was left out",
			"Les conséquences pour les tâches en attente et les consentements n'ont pas été examinées"),
		    str(effect, "why"));
		return;
	}
	print("%s %s.\n",
	      lang_pick(french, "What waits, judged by each law alone, apart from the hour of the day, as of",
	                "Ce qui attend, jugé selon chaque droit seul, sans l'heure du jour, au"),
	      str(effect, "at"));
	print_sides(json_object_get(effect, "held"), lang_pick(french, "Held jobs", "Tâches en attente"),
	            french);
	print_sides(json_object_get(effect, "consents"),
	            lang_pick(french, "Consents in the registry", "Consentements du registre"), french);
}

static void print_regimes(const json_t *diff, bool french)
{
	const json_t *both = json_object_get(diff, "both_bind"), *value;
	char last[CIVIL_DATE_SIZE] = "";
	size_t i;
	int32_t day = 0;

	if (civil_parse_date(str(diff, "on"), strlen(str(diff, "on")), &day))
		civil_format_date(day - 1, last);
	json_array_foreach(json_object_get(diff, "ends"), i, value)
	    print(french ? "Le régime %s prend fin : son dernier jour est le %s (%s).\n"
	                 : "Regime %s ends: its last day is %s (%s).\n",
	          str(value, "id"), last, law_grade(french, str(value, "grade")));
	json_array_foreach(json_object_get(diff, "begins"), i, value)
	    print(french ? "Le régime %s commence le %s (%s).\n" : "Regime %s begins on %s (%s).\n",
	          str(value, "id"), str(value, "from"), law_grade(french, str(value, "grade")));
	if (json_array_size(both) == 0)
		return;
	char *days = joined(both, lang_pick(french, " and ", " et "));

	print(french
	          ? "À 24 heures d'un changement, les deux régimes s'appliquent, le plus strict l'emporte ; "
	            "jours concernés (heure locale) : %s.\n"
	          : "Within 24 hours of a change both bind and the stricter wins; local dates: %s.\n",
	      days);
	free(days);
}

static void print_list(const char *label, const json_t *list, bool french)
{
	json_t *said = json_array();

	for (size_t i = 0; i < json_array_size(list); i++)
		json_array_append_new(said, print_json_text(lang_say(french, json_string_value(
										 json_array_get(list, i)))));
	char *text = joined(said, ", ");

	json_decref(said);
	if (*text != '\0')
		print("\n%s %s.\n", label, text);
	free(text);
}

static void print_diff(const struct ctl *ctl, const struct rulebook *rb, const json_t *diff, bool french)
{
	const json_t *differences = json_object_get(diff, "differences"), *value;
	size_t i;

	print_head(rb, french);
	if (!json_is_true(json_object_get(diff, "changes")))
		print(french ? "Rien ne change le %s.\n" : "Nothing changes on %s.\n", str(diff, "on"));
	print_regimes(diff, french);
	if (!json_is_true(json_object_get(diff, "changes")))
		return;
	puts("");
	ctl_title(ctl, "%s", lang_pick(french, "What differs", "Ce qui change"));
	json_array_foreach(differences, i, value) print("  %s\n", str(value, "text"));
	if (json_array_size(differences) == 0)
		print("  %s\n", lang_pick(french, "Nothing but the name of the regime.",
		                          "Rien, sauf le nom du régime."));
	print_list(lang_pick(french, "The same on both days:", "Inchangé :"), json_object_get(diff, "same"),
	           french);
	print_list(lang_pick(french, "licet.conf has list_overrides of its own:",
	                     "licet.conf a ses propres list_overrides :"),
	           json_object_get(diff, "list_overrides"), french);
	if (json_object_get(diff, "effect") != NULL)
		print_effect(json_object_get(diff, "effect"), french);
	json_array_foreach(json_object_get(diff, "effects"), i, value)
	{
		print(lang_pick(french, "\nSpace %s", "\nEspace %s"), str(value, "space"));
		print_effect(value, french);
	}
}

static int32_t read_day(struct ctl *ctl, const char *on)
{
	int32_t day, today;

	if (on != NULL) {
		if (!civil_parse_date(on, strlen(on), &day))
			ctl_misuse(ctl, error_pick("--on must be a date such as 2026-08-11",
			                           "--on doit être une date comme 2026-08-11"));
		return day;
	}
	today = (int32_t)(ctl_now_ms(ctl) / DAY_MS);
	day = law_next_change(ctl_rulebook(ctl), today);
	if (day == INT32_MAX)
		ctl_fail(error_pick(
		    "the rulebook knows of no change after today; --on DATE asks about a day",
		    "les règles ne prévoient aucun changement après ce jour ; --on DATE interroge une date"));
	return day;
}

static int run_rulebook(struct ctl *ctl, int argc, char **argv)
{
	const char *on = NULL;
	bool offline = false;
	const struct ctl_option options[] = { { "--on", &on, NULL },
		                              { "--offline", NULL, &offline },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french, is_diff = strcmp(argv[1], "diff") == 0;

	if (!is_diff)
		return show(ctl, french);
	json_t *diff = json_diff(ctl, read_day(ctl, on), offline, french);

	if (ctl->json) {
		ctl_print_json(diff);
	} else {
		print_diff(ctl, ctl_rulebook(ctl), diff, french);
		json_decref(diff);
	}
	return 0;
}

const struct command ctl_rulebook_commands[] = {
	{ .name = "rulebook",
	  .usage = "show | diff",
	  .summary = "the law by date, and the effect of a change",
	  .may_ask_redis = true,
	  .run = run_rulebook,
	  .example = "licetctl rulebook diff --on 2026-08-11",
	  .details =
	      "show lists the regimes, each with its dates and articles.\n"
	      "diff prints which regimes begin or end on a day, each field that differs from the day "
	      "before, and the effect on held jobs and on consents in the registry: how many are lawful "
	      "under one law only, apart from the hour of the day. Without Redis it leaves the effect out. "
	      "If there are several spaces, it prints the effect in each.\n" },
	{ 0 },
};
