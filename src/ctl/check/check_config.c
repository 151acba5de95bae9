/* check-config: what is configured, what the law of today is, and what will hurt. */
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/text/cluster_slot.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/check/lint.h"
#include "ctl/law/law_text.h"
#include "ctl/law/place_arg.h"
#include "io/host/mem.h"
#include "io/redis/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is in force -------------------------------------------------------------- */

/* Where Redis is, or who knows. */
static char *redis_text(const struct conf *conf, bool french)
{
	bool by_node = conf->cluster.count > 0;
	const struct conf_words *guides = by_node ? &conf->cluster : &conf->sentinels;

	if (guides->count == 0)
		return *conf->redis_socket != '\0' ? mem_copy(conf->redis_socket)
		                                   : mem_format("%s:%d", conf->redis_host, conf->redis_port);
	char *text =
	    by_node ? mem_format(lang_pick(french, "slot %d of a cluster, by", "slot %d d'une grappe, selon"),
	                         prefix_slot(conf->prefix))
		    : mem_format(lang_pick(french, "%s, by Sentinel", "%s, selon Sentinel"),
	                         conf->sentinel_master);

	for (size_t i = 0; i < guides->count; i++) {
		char *longer = mem_format("%s %s", text, guides->words[i]);

		free(text);
		text = longer;
	}
	return text;
}

static json_t *json_report(struct ctl *ctl, struct lint *l)
{
	const struct conf *conf = l->conf;
	const struct rulebook *rb = l->rb;
	char *redis = redis_text(conf, l->french);
	const char *file = ctl->options.file != NULL ? ctl->options.file : TARGET_DEFAULT_FILE;
	json_t *report = json_object();

	json_object_set_new(report, "ok", json_true());
	json_object_set_new(report, "configuration",
	                    print_pack("{s:s, s:s, s:s, s:s, s:s}", "file", file, "redis", redis, "prefix",
	                               conf->prefix, "instance", conf->instance, "rulebook",
	                               conf->rulebook_path));
	json_object_set_new(report, "rulebook",
	                    print_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", rb->id, "version",
	                               rb->version, "hash", rb->hash, "tzdata", rb->tzdata, "approved_by",
	                               rb->approved_by, "approved_on", rb->approved_on, "source",
	                               rb->source));
	json_object_set_new(report, "now", ctl_json_time(l->now_ms));
	json_object_set_new(report, "in_force", law_json(&l->law));
	json_object_set_new(report, "warnings", l->warnings);
	free(redis);
	return report;
}

/* --- for people ------------------------------------------------------------------------ */

static void add_pair(struct columns *t, const char *name, const char *value)
{
	columns_addf(t, "  %s", name);
	columns_add(t, value);
}

static void print_regime(struct columns *t, const struct regime *r, bool fr)
{
	char from[CIVIL_DATE_SIZE], to[CIVIL_DATE_SIZE] = "";
	char *hours = law_week_text(&r->week, fr);

	if (r->to_day != INT32_MAX)
		civil_format_date(r->to_day - 1, to);
	columns_addf(t, lang_pick(fr, "  regime %s", "  régime %s"), r->id);
	columns_addf(t, lang_pick(fr, "from %s%s%s (%s)", "du %s%s%s (%s)"),
	             civil_format_date(r->from_day, from),
	             *to != '\0' ? lang_pick(fr, " to ", " au ") : lang_pick(fr, ", no end", ", sans fin"),
	             to, law_grade(fr, r->grade));
	add_pair(t, lang_pick(fr, "  hours", "  horaires"), hours);
	add_pair(t, lang_pick(fr, "  consent", "  consentement"),
	         r->consent.required ? lang_pick(fr, "required", "obligatoire")
	                             : lang_pick(fr, "not required", "non obligatoire"));
	columns_add(t, lang_pick(fr, "    cap", "    plafond"));
	if (r->cap.attempts > 0)
		columns_addf(t, lang_pick(fr, "%d attempts in %d days", "%d tentatives en %d jours"),
		             r->cap.attempts, r->cap.days);
	else
		columns_add(t, lang_pick(fr, "none", "néant"));
	free(hours);
}

static void print_in_force(const struct ctl *ctl, const struct lint *l)
{
	bool fr = l->french;
	char utc[CIVIL_INSTANT_SIZE], local[LANG_LOCAL_SIZE];
	const struct zone *zone = NULL;
	struct columns table;

	ctl_place_zones(l->rb, TERRITORY_BIT(0), &zone, 1);
	ctl_title(ctl, lang_pick(fr, "\nIn force at %s (%s), %s", "\nEn vigueur le %s (%s), %s"),
	          lang_local(fr, zone, l->now_ms, local), zone_name(zone),
	          civil_format_instant(l->now_ms, utc));
	columns_init(&table, "|");
	for (size_t i = 0; i < l->law.regime_count; i++)
		print_regime(&table, l->law.regimes[i], fr);
	for (size_t i = 0; i < l->law.list_count; i++) {
		const char *mode = law_mode_name(l->law.lists[i].mode);

		columns_addf(&table, lang_pick(fr, "  list %s", "  liste %s"), l->law.lists[i].name);
		if (l->law.lists[i].max_age_days > 0)
			columns_addf(&table, lang_pick(fr, "%s, at most %d days old", "%s, %d jours au plus"),
			             lang_say(fr, mode), l->law.lists[i].max_age_days);
		else
			columns_add(&table, lang_say(fr, mode));
	}
	columns_print(&table, false);
}

/* The members of an object, each with its name. */
static void print_members(const json_t *object, bool fr)
{
	struct columns table;
	const char *key;
	json_t *value;

	columns_init(&table, "|");
	json_object_foreach((json_t *)object, key, value)
	    add_pair(&table, lang_say(fr, key),
	             *json_string_value(value) != '\0' ? json_string_value(value) : "-");
	columns_print(&table, false);
}

static void print_report(const struct ctl *ctl, const struct lint *l, const json_t *report)
{
	const json_t *warnings = json_object_get(report, "warnings"), *value;
	bool fr = l->french;
	size_t i;

	ctl_title(ctl, "Configuration");
	print_members(json_object_get(report, "configuration"), fr);
	ctl_title(ctl, lang_pick(fr, "\nRulebook", "\nRègles"));
	print_members(json_object_get(report, "rulebook"), fr);
	print_in_force(ctl, l);
	ctl_title(ctl, lang_pick(fr, "\nWarnings: %zu", "\nAvertissements : %zu"), json_array_size(warnings));
	json_array_foreach(warnings, i, value) print("  %s\n", json_string_value(value));
}

static int fail_check(struct ctl *ctl, const char *err)
{
	if (!ctl->json)
		ctl_fail("%s", err);
	ctl_print_json(print_pack("{s:b, s:s}", "ok", 0, "error", err));
	return 1;
}

static int run_check_config(struct ctl *ctl, int argc, char **argv)
{
	struct redis_target target;
	struct lint l = { 0 };
	char err[512];

	ctl_words(ctl, argc, argv, NULL);
	l.french = ctl->french;
	if (!ctl_load(ctl, err, sizeof(err)))
		return fail_check(ctl, err);
	if (target_of_conf(&ctl->conf, &target, &ctl->passwords, err, sizeof(err)) != 0)
		return fail_check(ctl, err);
	target_forget(&ctl->passwords);

	l.conf = &ctl->conf;
	l.rb = ctl->rulebook;
	l.now_ms = ctl_now_ms(ctl);
	l.warnings = json_array();
	law_dates(l.rb, l.now_ms, &l.first, &l.last);
	law_read(l.rb, l.first, l.last, (const char *const *)l.conf->list_overrides.words,
	         l.conf->list_overrides.count, &l.law);
	lint_all(&l);
	json_t *report = json_report(ctl, &l);

	if (ctl->json) {
		ctl_print_json(report);
	} else {
		print_report(ctl, &l, report);
		json_decref(report);
	}
	return 0;
}

const struct command ctl_config_commands[] = {
	{ .name = "check-config",
	  .usage = "",
	  .summary = "check licet.conf and the rulebook, and warn",
	  .may_ask_redis = true,
	  .run = run_check_config,
	  .example = "licetctl check-config -c conf/licet.conf",
	  .details =
	      "It prints what is in force today. It warns of what will end, of rules that can never do "
	      "anything, and of places without a lawful minute. Exit 1 if licetd would refuse to start.\n" },
	{ 0 },
};
