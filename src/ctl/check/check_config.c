/* check-config: what is configured, what the law of today is, and what will hurt. */
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/text/cluster_slot.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/check/lint.h"
#include "ctl/law/law_text.h"
#include "io/host/mem.h"
#include "io/redis/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is in force -------------------------------------------------------------- */

/* Where Redis is, or who knows. */
static char *redis_text(const struct conf *conf)
{
	bool by_node = conf->cluster.count > 0;
	const struct conf_words *guides = by_node ? &conf->cluster : &conf->sentinels;

	if (guides->count == 0)
		return *conf->redis_socket != '\0' ? mem_copy(conf->redis_socket)
		                                   : mem_format("%s:%d", conf->redis_host, conf->redis_port);
	char *text = by_node ? mem_format("slot %d of a cluster, by", prefix_slot(conf->prefix))
	                     : mem_format("%s, by Sentinel", conf->sentinel_master);

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
	char *redis = redis_text(conf);
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

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void add_pair(struct columns *t, const char *name, const char *value)
{
	columns_addf(t, "  %s", name);
	columns_add(t, value);
}

static void print_regime(struct columns *t, const json_t *r)
{
	json_int_t attempts = json_integer_value(json_object_get(r, "cap_attempts"));
	const char *to = text_at(r, "to");

	columns_addf(t, "  regime %s", text_at(r, "id"));
	columns_addf(t, "from %s%s%s (%s)", text_at(r, "from"), *to != '\0' ? " to " : ", no end", to,
	             text_at(r, "grade"));
	add_pair(t, "  hours", text_at(r, "hours"));
	add_pair(t, "  consent",
	         json_is_true(json_object_get(r, "consent_required")) ? "required" : "not required");
	columns_add(t, "    cap");
	if (attempts > 0)
		columns_addf(t, "%d attempts in %d days", (int)attempts,
		             (int)json_integer_value(json_object_get(r, "cap_days")));
	else
		columns_add(t, "none");
}

static void print_report(const struct ctl *ctl, json_t *report)
{
	json_t *law = json_object_get(report, "in_force"), *warnings = json_object_get(report, "warnings"),
	       *value;
	const char *key;
	struct columns table;
	size_t i;

	ctl_title(ctl, "Configuration");
	columns_init(&table, "|");
	json_object_foreach(json_object_get(report, "configuration"), key, value)
	{
		add_pair(&table, key, json_string_value(value));
	}
	columns_print(&table, false);

	ctl_title(ctl, "\nRulebook");
	columns_init(&table, "|");
	json_object_foreach(json_object_get(report, "rulebook"), key, value)
	    add_pair(&table, key, *json_string_value(value) != '\0' ? json_string_value(value) : "-");
	columns_print(&table, false);

	ctl_title(ctl, "\nIn force at %s", text_at(report, "now"));
	columns_init(&table, "|");
	json_array_foreach(json_object_get(law, "regimes"), i, value) print_regime(&table, value);
	json_array_foreach(json_object_get(law, "lists"), i, value)
	{
		int days = (int)json_integer_value(json_object_get(value, "max_age_days"));

		columns_addf(&table, "  list %s", text_at(value, "name"));
		if (days > 0)
			columns_addf(&table, "%s, at most %d days old", text_at(value, "mode"), days);
		else
			columns_add(&table, text_at(value, "mode"));
	}
	columns_print(&table, false);

	ctl_title(ctl, "\nWarnings: %zu", json_array_size(warnings));
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

	ctl_words(ctl, argc, argv, NULL, 0, 0);
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
		print_report(ctl, report);
		json_decref(report);
	}
	return 0;
}

const struct command ctl_config_commands[] = {
	{ .name = "check-config",
	  .usage = "",
	  .summary = "read licet.conf and the rulebook, and warn",
	  .may_ask_redis = true,
	  .run = run_check_config,
	  .example = "licetctl check-config -c conf/licet.conf",
	  .details =
	      "Shows what is in force today, and warns of what will end, of rules that can never do anything "
	      "and of places that have no lawful minute. Exit 1 if licetd would refuse to start with it.\n" },
	{ 0 },
};
