/* status_text.c - see status.h. */
#include "ctl/watch/status_text.h"

#include "core/law/rulebook.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/law/place_arg.h"
#include "ctl/query/query.h"
#include "ctl/sender/breaker.h"
#include "ctl/watch/status_head.h"
#include "ctl/watch/urgency.h"
#include "io/host/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *age_of(const struct fit *fit, const json_t *object, char buf[LANG_AGE_SIZE])
{
	const json_t *age = json_object_get(object, "age_s");

	return json_is_integer(age) ? lang_age(fit->french, json_integer_value(age) * 1000, buf) : "-";
}

/* Above a table. */
static void title(const struct ctl *ctl, const struct fit *fit, const char *text)
{
	if (!fit->tight)
		ctl_title(ctl, "\n%s", text);
}

/* An instant as the daemon wrote it, there; "" if it wrote none. */
static const char *time_in(const struct fit *fit, const char *text, char buf[LANG_LOCAL_SIZE])
{
	int64_t ms;

	if (fit->zone == NULL || !civil_parse_instant(text, strlen(text), &ms))
		return text;
	return lang_short(fit->french, fit->zone, fit->now_ms, ms, buf);
}

/* Where there are several spaces, the first column is the space. */
static void table_init(struct columns *table, const struct fit *fit, const char *heads)
{
	char *all = mem_format("%s%s",
	                       !fit->several   ? ""
	                       : *heads == '|' ? "|"
	                                       : lang_pick(fit->french, "space|", "espace|"),
	                       heads);

	columns_init(table, all);
	free(all);
}

static void add_space(struct columns *table, const json_t *row, const struct fit *fit)
{
	if (fit->several)
		columns_add(table, text_of(row, "space"));
}

/* People who objected to an advertiser that nobody declared. Returns how many lines it takes. */
static size_t print_unplaced(const struct fit *fit, json_int_t count, bool count_only)
{
	if (count == 0)
		return 0;
	if (!count_only)
		status_say(fit,
		           fit->french ? "à traiter : %" JSON_INTEGER_FORMAT
		                         " opposition%s à un annonceur inconnu ; HGETALL unplaced"
		                       : "needs somebody: %" JSON_INTEGER_FORMAT
		                         " objection%s to an unknown advertiser; HGETALL unplaced",
		           count, count == 1 ? "" : "s");
	return 1;
}

static void print_now(const struct fit *fit, const json_t *all)
{
	char local[LANG_LOCAL_SIZE];

	bool simulated = false;
	size_t i;
	json_t *d;

	json_array_foreach(json_object_get(all, "daemons"), i, d) simulated =
	    simulated || strcmp(text_of(d, "simulated"), "yes") == 0;
	if (fit->zone != NULL)
		status_say(fit,
		           fit->french ? "heure   %s%s, %s, comme partout ici"
		                       : "now     %s%s in %s, as all times here",
		           lang_local(fit->french, fit->zone, fit->now_ms, local),
		           !simulated ? "" : lang_pick(fit->french, " (simulated)", " (simulée)"),
		           zone_name(fit->zone));
	else
		status_say(fit, "%s     %s", lang_pick(fit->french, "now", "heure"), text_of(all, "at"));
}

static size_t print_head(const struct fit *fit, const json_t *all, bool count_only)
{
	const json_t *daemons = json_object_get(all, "daemons"), *redis = json_object_get(all, "redis");
	char age[LANG_AGE_SIZE];
	size_t lines = 2 + print_unplaced(fit, int_of(all, "unplaced"), count_only);

	if (fit->several) {
		lines += status_head(fit, all, count_only) - 1;
		if (!count_only)
			print_now(fit, all);
		return lines;
	}
	if (json_array_size(daemons) == 0 && ++lines > 0 && !count_only)
		puts(lang_pick(fit->french, "licetd  none is running: nothing moves",
		               "licetd  aucun ne tourne : rien ne part"));
	for (size_t i = 0; i < json_array_size(daemons); i++) {
		const json_t *d = json_array_get(daemons, i);
		bool failed = *text_of(d, "reload_error") != '\0';
		const char *off = text_of(d, "unbalanced");
		bool unbalanced = *off != '\0' && strcmp(off, "0") != 0;

		lines += 1 + failed + unbalanced;
		if (count_only)
			continue;
		status_say(fit,
		           fit->french ? "licetd  %s, version %s, vu il y a %s, recueil %s%s"
		                       : "licetd  %s, version %s, heartbeat %s ago, rulebook %s%s",
		           text_of(d, "instance"), text_of(d, "version"), age_of(fit, d, age),
		           text_of(d, "rulebook"),
		           *text_of(d, "rulebook_approved_by") != '\0'
		               ? ""
		               : lang_pick(fit->french, " (unsigned)", " (non signé)"));
		if (unbalanced)
			status_say(
			    fit, "        %s",
			    lang_pick(
				fit->french,
				"needs somebody: counters do not say what is there; see licet:errors",
				"à traiter : les compteurs ne disent pas ce qui est en place ; voir licet:errors"));
		if (failed)
			status_say(fit,
			           fit->french ? "        le dernier rechargement a échoué : %s"
			                       : "        the last reload failed: %s",
			           text_of(d, "reload_error"));
	}
	bool full = json_is_true(json_object_get(redis, "full"));

	lines += full;
	if (count_only)
		return lines;
	char *kept = status_redis_kept(redis, fit->french);

	status_say(fit, "redis   %s %s, %s",
	           json_is_true(json_object_get(redis, "known"))
	               ? text_of(redis, "server")
	               : lang_pick(fit->french, "INFO may not be asked", "INFO n'est pas permis"),
	           text_of(redis, "version"), kept);
	free(kept);
	if (full)
		puts(lang_pick(fit->french,
		               "        above its high-water mark: no job is taken in or released",
		               "        au-delà de son seuil : aucune tâche n'est reçue ni transmise"));
	print_now(fit, all);
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

static const char *standing_of(const struct fit *fit, const json_t *c, char buf[STANDING_SIZE])
{
	const char *state = text_of(c, "state"), *because = text_of(c, "because");
	char until[LANG_LOCAL_SIZE];
	const char *at = time_in(fit, text_of(c, "until"), until);

	return standing_text(fit->french, state, because, at, SIZE_MAX, buf);
}

/* An id of 64 letters leaves room for the rest, where there is an end of it. */
#define ID_PART 4

static void add_campaign(struct columns *table, const json_t *c, const struct fit *fit)
{
	static const char *const counts[] = { "queue",   "held", "later",   "ready",  "taken",
		                              "unknown", "done", "refused", "invalid" };
	size_t most = fit->width > 0 ? fit->width / ID_PART : SIZE_MAX;
	char buf[STANDING_SIZE];
	char *id = text_shown(text_of(c, "id"), most);

	add_space(table, c, fit);
	columns_add(table, id);
	free(id);
	const char *standing = "";

	if (strcmp(text_of(c, "id"), "*") != 0) /* the sum stands nowhere */
		standing = standing_of(fit, c, buf);
	columns_add(table, standing);
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
		add_count(table, c, counts[k]);
}

static void print_campaign_rows(const struct ctl *ctl, json_t *const *list, size_t count,
                                const json_t *totals, const struct fit *fit)
{
	static const char *const less[2][8] = {
		{ "invalid", "unknown", "later", "done", "refused", "taken", "ready", NULL },
		{ "invalides", "inconnues", "plus tard", "finies", "refusées", "prises", "prêtes", NULL },
	};
	struct columns table;

	table_init(
	    &table, fit,
	    lang_pick(
		fit->french,
		"campaign|stands or runs|queue|held|later|ready|taken|unknown|done|refused|invalid",
		"campagne|état|file|en attente|plus tard|prêtes|prises|inconnues|finies|refusées|invalides"));
	for (size_t i = 0; i < count; i++)
		add_campaign(&table, list[i], fit);
	if (totals != NULL)
		add_campaign(&table, totals, fit);
	columns_fit(&table, fit->width, less[fit->french]);
	columns_print(&table, ctl->colour);
	for (size_t i = 0; i < count; i++) {
		const char *faults = text_of(list[i], "faults");

		if (*faults == '\0')
			continue;
		char *said = core_faults(fit->french, faults);

		status_say(fit, lang_pick(fit->french, "  %s: %s", "  %s : %s"), text_of(list[i], "id"),
		           said);
		free(said);
	}
}

static void print_campaigns(const struct ctl *ctl, const json_t *all, const json_t *totals,
                            const struct fit *fit)
{
	size_t count = json_array_size(all), shown = count;
	json_t **list = mem_zero((count + 1) * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(all, i);
	if (fit->width > 0) {
		qsort(list, count, sizeof(*list), by_need);
		shown = campaigns_that_fit(list, count, fit->campaign_rows);
	}
	title(ctl, fit,
	      count == 0 ? lang_pick(fit->french, "Campaigns: none", "Campagnes : aucune")
	                 : lang_pick(fit->french, "Campaigns", "Campagnes"));
	print_campaign_rows(ctl, list, shown, totals, fit);
	if (shown < count)
		print(fit->french ? "et %zu autres (--all, ou licetctl top)\n"
		                  : "and %zu more (--all, or licetctl top)\n",
		      count - shown);
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
		print(fit->french ? "et %zu autres (--all)\n" : "and %zu more (--all)\n",
		      count - rows_of(fit, count));
}

static void print_routes(const struct ctl *ctl, const json_t *list, const struct fit *fit)
{
	static const char *const less[2][3] = { { "to settle", "unknown", NULL },
		                                { "à traiter", "inconnues", NULL } };
	size_t count = json_array_size(list);
	struct columns table;

	if (json_array_size(list) > 0)
		title(ctl, fit, "Routes");
	table_init(&table, fit,
	           lang_pick(fit->french, "route|ready|leases|unknown|to settle|how it fares",
	                     "route|prêtes|prises|inconnues|à traiter|comment elle va"));
	for (size_t i = 0; i < rows_of(fit, count); i++) {
		const json_t *r = json_array_get(list, i);

		add_space(&table, r, fit);
		columns_add(&table, text_of(r, "route"));
		add_count(&table, r, "ready");
		add_count(&table, r, "leases");
		add_count(&table, r, "unknown");
		add_count(&table, r, "settling");
		char *health = health_text(json_object_get(r, "health"), fit->french);

		columns_add(&table, health);
		free(health);
	}
	columns_fit(&table, fit->width, less[fit->french]);
	columns_print(&table, ctl->colour);
	say_more(fit, count);
}

/* Nothing has to be said of it. */
static bool is_good(const json_t *list)
{
	const char *state = text_of(list, "state");

	return (strcmp(state, "ok") == 0 || strcmp(state, "not used") == 0) &&
	       *text_of(list, "last_error") == '\0';
}

static size_t good_lists(const json_t *lists)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(lists); i++)
		n += is_good(json_array_get(lists, i));
	return n;
}

static const char *state_of_list(const struct fit *fit, const char *state)
{
	enum reason reason;

	if (fit->french && reason_find(state, strlen(state), &reason))
		return reason_text_fr(reason);
	if (fit->french && strcmp(state, "ok") == 0)
		return "à jour";
	return lang_say(fit->french, strcmp(state, "not used") == 0 && fit->french ? "unused" : state);
}

static void add_list(struct columns *table, const json_t *l, const struct fit *fit)
{
	char age[LANG_AGE_SIZE], at[LANG_LOCAL_SIZE];

	add_space(table, l, fit);
	columns_add(table, text_of(l, "name"));
	columns_add(table, lang_say(fit->french, text_of(l, "mode")));
	columns_add(table, state_of_list(fit, text_of(l, "state")));
	add_count(table, l, "count");
	columns_add(table, *text_of(l, "refreshed_at") != '\0' ? time_in(fit, text_of(l, "refreshed_at"), at)
	                                                       : lang_pick(fit->french, "never", "jamais"));
	columns_add(table, age_of(fit, l, age));
	columns_add(table, text_of(l, "source"));
	char *error = core_text(fit->french, text_of(l, "last_error"));

	columns_add(table, error);
	free(error);
}

static void print_lists(const struct ctl *ctl, const json_t *list, const struct fit *fit)
{
	static const char *const less[2][4] = { { "refreshed", "source", "rule", NULL },
		                                { "mise à jour", "source", "règle", NULL } };
	size_t good = fit->tight ? good_lists(list) : 0, count = json_array_size(list) - good, shown = 0;
	struct columns table;

	title(ctl, fit, lang_pick(fit->french, "Lists", "Listes"));
	table_init(&table, fit,
	           lang_pick(fit->french, "list|rule|state|count|refreshed|age|source|last error",
	                     "liste|règle|état|membres|mise à jour|âge|source|dernière erreur"));
	for (size_t i = 0; i < json_array_size(list) && shown < rows_of(fit, count); i++) {
		const json_t *l = json_array_get(list, i);

		if (fit->tight && is_good(l))
			continue;
		add_list(&table, l, fit);
		shown++;
	}
	columns_fit(&table, fit->width, less[fit->french]);
	columns_print(&table, ctl->colour);
	if (good > 0)
		status_say(fit,
		           fit->french ? "listes  %zu en ordre ou inutilisée%s (--all)"
		                       : "lists   %zu %s fresh or not used (--all)",
		           good,
		           good == 1 ? lang_pick(fit->french, "is", "") : lang_pick(fit->french, "are", "s"));
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
	char at[LANG_LOCAL_SIZE];

	if (json_object_size(halts) > 0)
		title(ctl, fit, lang_pick(fit->french, "Halted", "Arrêts"));
	columns_init(&table, "|");
	json_object_foreach(halts, scope, why)
	{
		if (row++ >= rows_of(fit, json_object_size(halts)))
			break;
		columns_addf(&table, "%s%s", fit->tight ? lang_pick(fit->french, "halted  ", "arrêt   ") : "",
		             scope);
		columns_add(&table, json_string_value(why));
	}
	columns_fit(&table, fit->width, none);
	columns_print(&table, false);
	say_more(fit, json_object_size(halts));
	if (json_array_size(errors) > 0 && fit->errors + (fit->width == 0) > 0)
		title(ctl, fit, lang_pick(fit->french, "Last errors", "Dernières erreurs"));
	table_init(&table, fit, "||");
	if (fit->width > 0 && json_array_size(errors) > fit->errors)
		skipped = json_array_size(errors) - fit->errors;
	for (size_t i = skipped; i < json_array_size(errors); i++) {
		const json_t *e = json_array_get(errors, i);

		add_space(&table, e, fit);
		columns_addf(&table, "%s%s", fit->tight ? lang_pick(fit->french, "error   ", "erreur  ") : "",
		             time_in(fit, text_of(e, "at"), at));
		columns_add(&table, text_of(e, "where"));
		columns_add(&table, text_of(e, "error"));
	}
	columns_fit(&table, fit->width, none);
	columns_print(&table, false);
}

/* --- how much room there is -------------------------------------------------------------------- */

/* Lines of a table with its title, of which so many rows are shown at most. */
static size_t lines_of(const struct fit *fit, size_t count, size_t most, size_t heads)
{
	if (count == 0)
		return 0;
	return (fit->tight ? 0 : 2) + heads + (count > most ? most + 1 : count);
}

static size_t lines_besides(const struct fit *fit, json_t *all)
{
	const json_t *lists = json_object_get(all, "lists");
	size_t errors = json_array_size(json_object_get(all, "errors")),
	       good = fit->tight ? good_lists(lists) : 0;

	return print_head(fit, all, true) +
	       lines_of(fit, json_array_size(json_object_get(all, "routes")), fit->others, 1) +
	       lines_of(fit, json_array_size(lists) - good, fit->others, 1) + (good > 0) +
	       lines_of(fit, json_object_size(json_object_get(all, "halts")), fit->others, 0) +
	       (fit->errors > 0 ? lines_of(fit, errors < fit->errors ? errors : fit->errors, fit->errors, 0)
	                        : 0);
}

/* Rows of all campaigns, or of those that need somebody, and that there are more. */
static size_t rows_wanted(const json_t *campaigns, bool needing)
{
	size_t rows = 0, left = 0;

	for (size_t i = 0; i < json_array_size(campaigns); i++) {
		const json_t *c = json_array_get(campaigns, i);

		if (needing && need_in(c) != NEED_ACT)
			left++;
		else
			rows += *text_of(c, "faults") != '\0' ? 2 : 1;
	}
	return rows + (left > 0);
}

/* Try it with so much of the rest. Are there rows for the campaigns that are wanted? */
static bool has_room(struct fit *fit, json_t *all, size_t screen, size_t wanted)
{
	/* The heads, the title, and the line of the shell. */
	size_t taken = lines_besides(fit, all) + 1 + (fit->tight ? 0 : 2) + 1 + fit->several;

	fit->campaign_rows = screen > taken + 2 ? screen - taken : 2;
	return fit->campaign_rows >= wanted;
}

#define CAMPAIGNS_LEAST 4

/* As much of the rest as leaves room for every campaign; else for those that need somebody; else for some. */
static void find_room(struct fit *fit, json_t *all)
{
	static const struct {
		size_t others, errors;
		bool tight;
	} tries[] = { { 1000, 5, false }, { 6, 3, false }, { 4, 1, false }, { 1000, 2, true },
		      { 6, 1, true },     { 4, 1, true },  { 3, 0, true },  { 2, 0, true } };
	const json_t *campaigns = json_object_get(all, "campaigns");
	const size_t wanted[] = { rows_wanted(campaigns, false), rows_wanted(campaigns, true),
		                  CAMPAIGNS_LEAST };
	size_t rows;

	screen_size(&rows, &fit->width);
	for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++)
		for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
			fit->others = tries[i].others;
			fit->errors = tries[i].errors;
			fit->tight = tries[i].tight;
			if (has_room(fit, all, rows, wanted[k]))
				return;
		}
}

/* Where most callees are, by the law that is configured. */
static const struct zone *zone_of(struct ctl *ctl)
{
	const struct zone *zone = NULL;
	char err[512];

	if (ctl_load(ctl, err, sizeof(err)))
		ctl_place_zones(ctl->rulebook, TERRITORY_BIT(0), &zone, 1);
	return zone;
}

void status_print(struct ctl *ctl, json_t *all, bool cut, bool french)
{
	struct fit fit = { .zone = zone_of(ctl),
		           .several = json_object_get(all, "spaces") != NULL,
		           .french = french };

	if (!civil_parse_instant(text_of(all, "at"), strlen(text_of(all, "at")), &fit.now_ms))
		fit.now_ms = ctl_now_ms(ctl);
	if (cut)
		find_room(&fit, all);
	print_head(&fit, all, false);
	print_campaigns(ctl, json_object_get(all, "campaigns"), json_object_get(all, "totals"), &fit);
	print_routes(ctl, json_object_get(all, "routes"), &fit);
	print_lists(ctl, json_object_get(all, "lists"), &fit);
	print_rest(ctl, all, &fit);
}
