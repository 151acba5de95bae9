/* status_text.c - see status.h. */
#include "ctl/watch/status_text.h"

#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/query/query.h"
#include "ctl/sender/breaker.h"
#include "ctl/watch/urgency.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much room there is; width 0: no end of it. */
struct fit {
	size_t width, campaign_rows, others, errors; /* others: rows of each of the other tables */
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static json_int_t int_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void add_count(struct columns *table, const json_t *object, const char *name)
{
	if (json_is_null(json_object_get(object, name)))
		columns_add(table, "?");
	else
		columns_addf(table, "%" JSON_INTEGER_FORMAT, int_of(object, name));
}

static const char *age_of(const json_t *object, char buf[AGE_SIZE])
{
	const json_t *age = json_object_get(object, "age_s");

	return json_is_integer(age) ? age_text(json_integer_value(age) * 1000, buf) : "-";
}

/* A line, cut to the width. */
static void say(const struct fit *fit, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct fit *fit, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	char *shown = text_shown(text, fit->width > 0 ? fit->width : SIZE_MAX);

	puts(shown);
	free(shown);
	free(text);
}

/* Returns how many lines it takes. */
/* People who objected to somebody that nobody declared: no machine can know whom they meant. */
static size_t print_unplaced(const struct fit *fit, json_int_t count, bool count_only)
{
	if (count == 0)
		return 0;
	if (!count_only)
		say(fit,
		    "needs somebody: %" JSON_INTEGER_FORMAT
		    " objection%s to an unknown advertiser; HGETALL unplaced",
		    count, count == 1 ? "" : "s");
	return 1;
}

static size_t print_head(const struct fit *fit, const json_t *all, bool count_only)
{
	const json_t *daemons = json_object_get(all, "daemons"), *redis = json_object_get(all, "redis");
	char age[AGE_SIZE];
	size_t lines = 2;

	lines += print_unplaced(fit, int_of(all, "unplaced"), count_only);
	if (json_array_size(daemons) == 0 && ++lines > 0 && !count_only)
		puts("licetd  none is running: nothing moves");
	for (size_t i = 0; i < json_array_size(daemons); i++) {
		const json_t *d = json_array_get(daemons, i);
		bool failed = *text_of(d, "reload_error") != '\0';
		const char *off = text_of(d, "unbalanced");
		bool unbalanced = *off != '\0' && strcmp(off, "0") != 0;

		lines += 1 + failed + unbalanced;
		if (count_only)
			continue;
		say(fit, "licetd  %s, version %s, heartbeat %s ago, rulebook %s%s%s", text_of(d, "instance"),
		    text_of(d, "version"), age_of(d, age), text_of(d, "rulebook"),
		    *text_of(d, "rulebook_approved_by") != '\0' ? "" : " (unsigned)",
		    strcmp(text_of(d, "simulated"), "yes") == 0 ? ", on a simulated clock" : "");
		if (unbalanced)
			say(fit, "        needs somebody: counters do not say what is there; see licet:errors");
		if (failed)
			say(fit, "        the last reload failed: %s", text_of(d, "reload_error"));
	}
	bool full = json_is_true(json_object_get(redis, "full"));

	lines += full;
	if (count_only)
		return lines;
	bool met = json_is_true(json_object_get(redis, "met"));

	say(fit, "redis   %s %s, %s",
	    json_is_true(json_object_get(redis, "known")) ? text_of(redis, "server")
	                                                  : "INFO may not be asked",
	    text_of(redis, "version"), met ? "keeps what it was told" : text_of(redis, "why"));
	if (full)
		puts("        above its high-water mark: no job is taken in");
	say(fit, "now     %s", text_of(all, "at"));
	return lines;
}

/* --- campaigns ----------------------------------------------------------------------------- */

static enum need need_in(const json_t *c)
{
	return need_of(text_of(c, "state"), text_of(c, "because"));
}

static int by_need(const void *a, const void *b)
{
	const json_t *c = *(json_t *const *)a, *d = *(json_t *const *)b;
	int need = (int)need_in(c) - (int)need_in(d);

	return need != 0 ? need : strcmp(text_of(c, "id"), text_of(d, "id"));
}

/* As many campaigns as have room, in that order; those that are rejected have a line more. */
static size_t campaigns_that_fit(json_t *const *list, size_t count, size_t rows)
{
	size_t n = 0, used = 0;

	for (; n < count; n++) {
		size_t lines = *text_of(list[n], "faults") != '\0' ? 2 : 1;

		if (used + lines + (n + 1 < count) > rows)
			break;
		used += lines;
	}
	return n;
}

static void print_campaign_rows(const struct ctl *ctl, json_t *const *list, size_t count,
                                const struct fit *fit)
{
	static const char *const shown[] = { "queue", "held",    "later", "ready",
		                             "taken", "unknown", "done",  "refused" };
	static const char *const less[] = { "unknown", "invalid", "later", "done", "until", NULL };
	struct columns table;

	columns_init(&table, "id|state|until|queue|held|later|ready|taken|unknown|done|refused|invalid");
	for (size_t i = 0; i < count; i++) {
		const json_t *c = list[i];
		const char *because = text_of(c, "because");
		bool plain = *because == '\0' || strcmp(because, "allowed") == 0;

		columns_add(&table, text_of(c, "id"));
		columns_addf(&table, "%s%s%s",
		             *text_of(c, "state") != '\0' ? text_of(c, "state") : "not seen yet",
		             plain ? "" : ": ", plain ? "" : because);
		columns_add(&table, text_of(c, "until"));
		for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++)
			add_count(&table, c, shown[k]);
		add_count(&table, c, "invalid");
	}
	columns_fit(&table, fit->width, less);
	columns_print(&table, ctl->colour);
	for (size_t i = 0; i < count; i++) {
		const char *faults = text_of(list[i], "faults");

		if (*faults != '\0')
			say(fit, "  %s: %s", text_of(list[i], "id"), faults);
	}
}

static void print_campaigns(const struct ctl *ctl, const json_t *all, const struct fit *fit)
{
	size_t count = json_array_size(all), shown = count;
	json_t **list = mem_zero((count + 1) * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(all, i);
	if (fit->width > 0) {
		qsort(list, count, sizeof(*list), by_need);
		shown = campaigns_that_fit(list, count, fit->campaign_rows);
	}
	ctl_title(ctl, "\nCampaigns%s", count == 0 ? ": none" : "");
	print_campaign_rows(ctl, list, shown, fit);
	if (shown < count)
		print("and %zu more (--all, or licetctl top)\n", count - shown);
	free(list);
}

/* --- the other tables ------------------------------------------------------------------------ */

static size_t rows_of(const struct fit *fit, size_t count)
{
	return fit->width > 0 && count > fit->others ? fit->others : count;
}

static void say_more(const struct fit *fit, size_t count)
{
	if (count > rows_of(fit, count))
		print("and %zu more (--all)\n", count - rows_of(fit, count));
}

static void print_routes(const struct ctl *ctl, const json_t *list, const struct fit *fit)
{
	static const char *const less[] = { "to settle", "unknown", NULL };
	size_t count = json_array_size(list);
	struct columns table;

	if (json_array_size(list) > 0)
		ctl_title(ctl, "\nRoutes");
	columns_init(&table, "route|ready|leases|unknown|to settle|how it fares");
	for (size_t i = 0; i < rows_of(fit, count); i++) {
		const json_t *r = json_array_get(list, i);

		columns_add(&table, text_of(r, "route"));
		add_count(&table, r, "ready");
		add_count(&table, r, "leases");
		add_count(&table, r, "unknown");
		add_count(&table, r, "settling");
		char *health = health_text(json_object_get(r, "health"));

		columns_add(&table, health);
		free(health);
	}
	columns_fit(&table, fit->width, less);
	columns_print(&table, ctl->colour);
	say_more(fit, count);
}

static void print_lists(const struct ctl *ctl, const json_t *list, const struct fit *fit)
{
	static const char *const less[] = { "refreshed", "source", "rule", NULL };
	size_t count = json_array_size(list);
	struct columns table;
	char age[AGE_SIZE];

	ctl_title(ctl, "\nLists");
	columns_init(&table, "list|rule|state|count|refreshed|age|source|last error");
	for (size_t i = 0; i < rows_of(fit, count); i++) {
		const json_t *l = json_array_get(list, i);

		columns_add(&table, text_of(l, "name"));
		columns_add(&table, text_of(l, "mode"));
		columns_add(&table, text_of(l, "state"));
		add_count(&table, l, "count");
		columns_add(&table,
		            *text_of(l, "refreshed_at") != '\0' ? text_of(l, "refreshed_at") : "never");
		columns_add(&table, age_of(l, age));
		columns_add(&table, text_of(l, "source"));
		columns_add(&table, text_of(l, "last_error"));
	}
	columns_fit(&table, fit->width, less);
	columns_print(&table, ctl->colour);
	say_more(fit, count);
}

static void print_rest(const struct ctl *ctl, json_t *all, const struct fit *fit)
{
	static const char *const none[] = { NULL };
	size_t row = 0, skipped = 0;
	json_t *halts = json_object_get(all, "halts"), *why;
	const json_t *errors = json_object_get(all, "errors");
	const char *scope;
	struct columns table;

	if (json_object_size(halts) > 0)
		ctl_title(ctl, "\nHalted");
	columns_init(&table, "|");
	json_object_foreach(halts, scope, why)
	{
		if (row++ >= rows_of(fit, json_object_size(halts)))
			break;
		columns_add(&table, scope);
		columns_add(&table, json_string_value(why));
	}
	columns_fit(&table, fit->width, none);
	columns_print(&table, false);
	say_more(fit, json_object_size(halts));
	if (json_array_size(errors) > 0)
		ctl_title(ctl, "\nLast errors");
	columns_init(&table, "||");
	if (fit->width > 0 && json_array_size(errors) > fit->errors)
		skipped = json_array_size(errors) - fit->errors;
	for (size_t i = skipped; i < json_array_size(errors); i++) {
		const json_t *e = json_array_get(errors, i);

		columns_add(&table, text_of(e, "at"));
		columns_add(&table, text_of(e, "where"));
		columns_add(&table, text_of(e, "error"));
	}
	columns_fit(&table, fit->width, none);
	columns_print(&table, false);
}

/* --- how much room there is -------------------------------------------------------------------- */

/* Lines of a table with its title, of which so many rows are shown at most. */
static size_t lines_of(size_t count, size_t most, size_t heads)
{
	if (count == 0)
		return 0;
	return 2 + heads + (count > most ? most + 1 : count);
}

static size_t lines_besides(const struct fit *fit, json_t *all)
{
	size_t errors = json_array_size(json_object_get(all, "errors"));

	return print_head(fit, all, true) +
	       lines_of(json_array_size(json_object_get(all, "routes")), fit->others, 1) +
	       lines_of(json_array_size(json_object_get(all, "lists")), fit->others, 1) +
	       lines_of(json_object_size(json_object_get(all, "halts")), fit->others, 0) +
	       lines_of(errors < fit->errors ? errors : fit->errors, fit->errors, 0);
}

#define CAMPAIGNS_LEAST 4

static void find_room(struct fit *fit, json_t *all)
{
	static const struct {
		size_t others, errors;
	} tries[] = { { 1000, 5 }, { 6, 3 }, { 4, 2 }, { 3, 1 }, { 2, 1 } };
	size_t rows;

	screen_size(&rows, &fit->width);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		fit->others = tries[i].others;
		fit->errors = tries[i].errors;
		/* The title, the heads, and the line of the shell. */
		size_t taken = lines_besides(fit, all) + 3 + 1;

		fit->campaign_rows = rows > taken + 2 ? rows - taken : 2;
		if (fit->campaign_rows >= CAMPAIGNS_LEAST)
			break;
	}
}

void status_print(const struct ctl *ctl, json_t *all, bool cut)
{
	struct fit fit = { 0 };

	if (cut)
		find_room(&fit, all);
	print_head(&fit, all, false);
	print_campaigns(ctl, json_object_get(all, "campaigns"), &fit);
	print_routes(ctl, json_object_get(all, "routes"), &fit);
	print_lists(ctl, json_object_get(all, "lists"), &fit);
	print_rest(ctl, all, &fit);
}
