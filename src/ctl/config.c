/* check-config: what is configured, what the law of today is, and what will hurt. */
#include "core/civil.h"
#include "core/decide.h"
#include "core/place.h"
#include "core/window.h"
#include "ctl/columns.h"
#include "ctl/ctl.h"
#include "ctl/law_text.h"
#include "io/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After that many years every date has fallen on every day of the week. */
#define YEARS 28
#define SOON_DAYS 30
#define LISTED_SOON_DAYS 365

struct check {
	const struct conf *conf;
	const struct rulebook *rb;
	int64_t now_ms;
	int32_t first, last; /* local dates now */
	struct law law;
	json_t *warnings;
};

__attribute__((format(printf, 2, 3))) static void warn(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);
	va_end(ap);
	bool said = false;

	for (size_t i = 0; i < json_array_size(c->warnings); i++)
		said |= strcmp(json_string_value(json_array_get(c->warnings, i)), text) == 0;
	if (!said)
		json_array_append_new(c->warnings, json_string(text));
	free(text);
}

/* --- warnings -------------------------------------------------------------------- */

static void check_signature(struct check *c)
{
	if (c->rb->approved_by[0] != '\0')
		return;
	warn(c, "the rulebook is not signed (approved_by, approved_on): %s",
	     c->conf->require_approved ? "require_approved holds every job" : "it is used all the same");
}

static void check_law(struct check *c)
{
	char date[CIVIL_DATE_SIZE];
	int32_t known_to = INT32_MIN;

	if (!c->law.known)
		warn(c, "no law is known for today: every job is held");
	for (size_t i = 0; i < c->rb->regime_count; i++) {
		const struct regime *r = &c->rb->regimes[i];

		known_to = r->to_day > known_to ? r->to_day : known_to;
		if (r->from_day > c->last && r->from_day <= c->last + SOON_DAYS)
			warn(c, "regime %s begins on %s", r->id, civil_format_date(r->from_day, date));
	}
	for (size_t i = 0; i < c->law.regime_count; i++)
		if (strcmp(c->law.regimes[i]->grade, "primary") != 0)
			warn(c, "regime %s was not read in the original text (grade %s)",
			     c->law.regimes[i]->id, c->law.regimes[i]->grade);
	if (c->law.known && known_to <= c->last + SOON_DAYS)
		warn(c, "no law is known from %s on: every job is held then",
		     civil_format_date(known_to, date));
}

/* The day after the last on which the rulebook used a list; INT32_MIN: never. */
static int32_t used_until(const struct rulebook *rb, const char *name, size_t len, bool *ret_known)
{
	int32_t until = INT32_MIN;

	*ret_known = false;
	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].list_count; i++) {
			const struct list_rule *rule = &rb->regimes[r].lists[i];

			if (strlen(rule->name) != len || memcmp(rule->name, name, len) != 0)
				continue;
			*ret_known = true;
			if (rule->mode != LIST_UNUSED && rb->regimes[r].to_day > until)
				until = rb->regimes[r].to_day;
		}
	return until;
}

static void check_overrides(struct check *c)
{
	char date[CIVIL_DATE_SIZE];

	for (size_t i = 0; i < c->conf->list_override_count; i++) {
		const char *override = c->conf->list_overrides[i];
		size_t len = strcspn(override, "=");
		bool known;
		int32_t until = used_until(c->rb, override, len, &known);

		if (!known)
			warn(c, "list_overrides: the rulebook has no list %.*s, so %s does nothing", (int)len,
			     override, override);
		else if (until <= c->first && strcmp(override + len, "=required") == 0)
			warn(
			    c,
			    "list_overrides: %s, but the rulebook uses %.*s only until %s: nothing refreshes it any more, "
			    "and every job is held once it is too old",
			    override, (int)len, override, civil_format_date(until - 1, date));
	}
}

static bool has_hours(const struct check *c, int32_t date)
{
	for (size_t i = 0; i < c->law.regime_count; i++)
		if (c->law.regimes[i]->week.days[civil_weekday(date)].count == 0)
			return false;
	return c->law.regime_count > 0;
}

/* A holiday that closes nothing may be a slip of a digit. */
static void check_holiday(struct check *c, const struct territory *t, const struct holiday *h)
{
	int this_year = civil_from_days(c->first).year;
	bool falls = false, works = false;
	char until[CIVIL_DATE_SIZE];
	int32_t date;

	for (int year = this_year; year < this_year + YEARS && !works; year++)
		for (size_t nth = 0; holiday_date_in(h, year, nth, &date) && !works; nth++) {
			falls = true;
			works = has_hours(c, date);
		}
	if (falls && !works && c->law.known)
		warn(c, "holiday %s never falls on a day that has hours", h->name);
	if (!falls && h->to_year >= this_year && h->from_year < this_year + YEARS)
		warn(c, "%s: holiday %s has no date from %d on", t->name, h->name, this_year);
	if (h->kind == HOLIDAY_LISTED && h->complete_until <= c->last + LISTED_SOON_DAYS && t->covered)
		warn(c,
		     "%s: its listed holidays are known until %s; after that day it is held as law-unknown",
		     t->name, civil_format_date(h->complete_until, until));
}

static void check_place(struct check *c, uint32_t place)
{
	char name[PLACE_NAME_SIZE];
	int64_t open_ms;

	if (place != 0 && place_is_covered(c->rb, place) && c->law.known &&
	    !window_next_open(c->rb, place, NULL, c->now_ms, WINDOW_HORIZON_DAYS, &open_ms))
		warn(c, "%s: no minute is lawful in all of it; its jobs are held as place-unknown",
		     place_name(c->rb, place, name));
}

/* Every set of territories that a number or an address alone can mean, once. */
static void check_places(struct check *c)
{
	const struct rulebook *rb = c->rb;
	size_t ranges = rb->numbering.range_count, postcodes = rb->postcode_count, insee = rb->insee_count;
	uint32_t *seen = mem_zero((ranges + postcodes + insee + 1) * sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; i < ranges + postcodes + insee; i++) {
		uint32_t place = i < ranges               ? rb->numbering.ranges[i].territories
		                 : i < ranges + postcodes ? rb->postcodes[i - ranges].territories
		                                          : rb->insee[i - ranges - postcodes].territories;
		size_t known = 0;

		while (known < count && seen[known] != place)
			known++;
		if (known == count) {
			seen[count++] = place;
			check_place(c, place);
		}
	}
	free(seen);
}

static void check_all(struct check *c)
{
	check_signature(c);
	check_law(c);
	check_overrides(c);
	for (size_t t = 0; t < c->rb->territory_count; t++)
		for (size_t h = 0; h < c->rb->territories[t].holiday_count; h++)
			check_holiday(c, &c->rb->territories[t], &c->rb->territories[t].holidays[h]);
	check_places(c);
}

/* --- what is in force -------------------------------------------------------------- */

static json_t *json_report(struct ctl *ctl, struct check *c)
{
	const struct conf *conf = c->conf;
	const struct rulebook *rb = c->rb;
	char *redis = *conf->redis_socket != '\0' ? mem_copy(conf->redis_socket)
	                                          : mem_format("%s:%d", conf->redis_host, conf->redis_port);
	const char *file = ctl->options.file != NULL ? ctl->options.file : TARGET_DEFAULT_FILE;
	json_t *report = json_object();

	json_object_set_new(report, "ok", json_true());
	json_object_set_new(report, "configuration",
	                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "file", file, "redis", redis, "prefix",
	                              conf->prefix, "instance", conf->instance, "rulebook",
	                              conf->rulebook_path));
	json_object_set_new(report, "rulebook",
	                    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", rb->id, "version", rb->version,
	                              "hash", rb->hash, "approved_by", rb->approved_by, "approved_on",
	                              rb->approved_on, "source", rb->source));
	json_object_set_new(report, "now", ctl_json_time(c->now_ms));
	json_object_set_new(report, "in_force", law_json(&c->law));
	json_object_set_new(report, "warnings", c->warnings);
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
	const char *bold = ctl->colour ? "\033[1m" : "", *plain = ctl->colour ? "\033[0m" : "", *key;
	struct columns table;
	size_t i;

	printf("%sConfiguration%s\n", bold, plain);
	columns_init(&table, "|");
	json_object_foreach(json_object_get(report, "configuration"), key, value)
	{
		add_pair(&table, key, json_string_value(value));
	}
	columns_print(&table, false);

	printf("\n%sRulebook%s\n", bold, plain);
	columns_init(&table, "|");
	json_object_foreach(json_object_get(report, "rulebook"), key, value)
	    add_pair(&table, key, *json_string_value(value) != '\0' ? json_string_value(value) : "-");
	columns_print(&table, false);

	printf("\n%sIn force%s at %s\n", bold, plain, text_at(report, "now"));
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

	printf("\n%sWarnings%s: %zu\n", bold, plain, json_array_size(warnings));
	json_array_foreach(warnings, i, value) printf("  %s\n", json_string_value(value));
}

static int fail_check(struct ctl *ctl, const char *err)
{
	if (!ctl->json)
		ctl_fail("%s", err);
	ctl_print_json(json_pack("{s:b, s:s}", "ok", 0, "error", err));
	return 1;
}

static int run_check_config(struct ctl *ctl, int argc, char **argv)
{
	struct redis_target target;
	struct check c = { 0 };
	char err[512];

	ctl_words(ctl, argc, argv, NULL, 0, 0);
	if (!ctl_load(ctl, err, sizeof(err)))
		return fail_check(ctl, err);
	if (target_of_conf(&ctl->conf, &target, &ctl->password, err, sizeof(err)) != 0)
		return fail_check(ctl, err);
	target_forget(ctl->password);
	ctl->password = NULL;

	c.conf = &ctl->conf;
	c.rb = ctl->rulebook;
	c.now_ms = ctl_now_ms(ctl);
	c.warnings = json_array();
	law_dates(c.rb, c.now_ms, &c.first, &c.last);
	law_read(c.rb, c.first, c.last, (const char *const *)c.conf->list_overrides,
	         c.conf->list_override_count, &c.law);
	check_all(&c);
	json_t *report = json_report(ctl, &c);

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
	  .run = run_check_config,
	  .details = "Shows what is in force today. Exit 1 if licetd would refuse to start with it.\n" },
	{ 0 },
};
