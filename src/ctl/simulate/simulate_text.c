/* simulate_text.c - what became of a rehearsal. */
#include "ctl/simulate/simulate_text.h"

#include "ctl/base/bar.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/forecast/forecast.h"
#include "ctl/law/place_arg.h"
#include "ctl/simulate/simulate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 40

static const char *const kinds[] = { "done.", "refused.", "invalid." };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int64_t left_of(const struct rehearsal *r)
{
	return r->queue + hash_int(&r->stats, "held") + hash_int(&r->stats, "later") +
	       hash_int(&r->stats, "ready") + hash_int(&r->stats, "taken");
}

static json_t *counts_json(const struct rehearsal *r, const char *kind)
{
	json_t *object = json_object();

	for (size_t i = 0; i < r->stats.fields.count; i++) {
		const char *name = r->stats.fields.names[i];

		if (strncmp(name, kind, strlen(kind)) == 0 && strcmp(r->stats.fields.values[i], "0") != 0)
			json_object_set_new(object, name + strlen(kind),
			                    json_integer(hash_int(&r->stats, name)));
	}
	return object;
}

static json_t *rehearsal_json(const struct rehearsal *r)
{
	json_t *all = json_object(), *hours = json_array();

	json_object_set_new(all, "campaign", print_json_text(r->campaign));
	json_object_set_new(all, "from", ctl_json_time(r->at_ms));
	json_object_set_new(all, "to", ctl_json_time(r->ended_ms));
	json_object_set_new(all, "speed", json_real(r->speed));
	json_object_set_new(all, "jobs", json_integer(r->copied));
	json_object_set_new(all, "released", json_integer(r->released));
	json_object_set_new(all, "first_release", ctl_json_time(r->first_ms));
	json_object_set_new(all, "last_release", ctl_json_time(r->last_ms));
	json_object_set_new(all, "left", json_integer(left_of(r)));
	json_object_set_new(all, "stuck", *r->stuck != '\0' ? print_json_text(r->stuck) : json_null());
	json_object_set_new(all, "done", counts_json(r, "done."));
	json_object_set_new(all, "refused", counts_json(r, "refused."));
	json_object_set_new(all, "invalid", counts_json(r, "invalid."));
	json_object_set_new(all, "cancelled", json_integer(hash_int(&r->stats, "cancelled")));
	for (size_t i = 0; i < r->hour_count; i++) {
		json_t *hour = json_object();

		json_object_set_new(hour, "from", ctl_json_time(r->hours[i].start_ms));
		json_object_set_new(hour, "released", json_integer(r->hours[i].released));
		json_array_append_new(hours, hour);
	}
	json_object_set_new(all, "hours", hours);
	return all;
}

static void print_counts(const struct rehearsal *r)
{
	bool fr = r->ctl->french;
	struct columns table;

	columns_init(&table, "||");
	for (size_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < r->stats.fields.count; i++) {
			const char *name = r->stats.fields.names[i];
			enum reason reason;

			if (strncmp(name, kinds[k], strlen(kinds[k])) != 0 ||
			    strcmp(r->stats.fields.values[i], "0") == 0)
				continue;
			const char *what = name + strlen(kinds[k]);
			char kind[16];

			snprintf(kind, sizeof(kind), "%.*s", (int)strlen(kinds[k]) - 1, kinds[k]);
			columns_addf(&table, "  %s %s", lang_say(fr, kind), what);
			columns_add(&table, r->stats.fields.values[i]);
			columns_add(&table,
			            reason_find(what, strlen(what), &reason) ? lang_reason(fr, reason) : "");
		}
	if (hash_int(&r->stats, "cancelled") > 0) {
		columns_add(&table, lang_pick(fr, "  cancelled", "  annulées"));
		columns_addf(&table, "%" PRId64, hash_int(&r->stats, "cancelled"));
		columns_add(&table, lang_reason(fr, REASON_CANCELLED));
	}
	columns_print(&table, false);
}

static void print_hours(const struct rehearsal *r, const struct zone *zone)
{
	char at[LANG_LOCAL_SIZE], bar[BAR_SIZE];
	bool fr = r->ctl->french;
	int64_t most = 0;

	for (size_t i = 0; i < r->hour_count; i++)
		most = r->hours[i].released > most ? r->hours[i].released : most;
	if (most > 0)
		ctl_title(r->ctl, lang_pick(fr, "\nReleased per hour, %s", "\nTransmises par heure, %s"),
		          zone_name(zone));
	for (size_t i = 0; i < r->hour_count; i++) {
		if (i > 0 && r->hours[i].start_ms > r->hours[i - 1].start_ms + 6 * SIM_HOUR_MS)
			puts("");
		print("%s  %s %" PRId64 "\n", lang_local(fr, zone, r->hours[i].start_ms, at),
		      bar_text(r->ctl, r->hours[i].released, most, BAR_WIDTH, bar), r->hours[i].released);
	}
}

void sim_print(struct rehearsal *r)
{
	const struct zone *zone = NULL;
	char at[LANG_LOCAL_SIZE];
	bool fr = r->ctl->french;

	if (r->ctl->json) {
		ctl_print_json(rehearsal_json(r));
		return;
	}
	ctl_place_zones(r->ctl->rulebook, TERRITORY_BIT(0), &zone, 1);
	ctl_title(r->ctl,
	          lang_pick(fr, "%s: %" PRId64 " jobs, rehearsed from %s",
	                    "%s : %" PRId64 " tâches, répétition à partir du %s"),
	          r->campaign, r->copied, lang_local(fr, zone, r->at_ms, at));
	if (r->first_ms != TIME_NONE) {
		print(lang_pick(fr, "  first release  %s\n", "  première tâche   %s\n"),
		      lang_local(fr, zone, r->first_ms, at));
		print(lang_pick(fr, "  last release   %s\n", "  dernière tâche   %s\n"),
		      lang_local(fr, zone, r->last_ms, at));
	}
	print(lang_pick(fr, "  released       %" PRId64 "\n", "  transmises       %" PRId64 "\n"),
	      r->released);
	if (left_of(r) > 0)
		print(lang_pick(fr, "  still waiting  %" PRId64 " on %s\n",
		                "  encore en attente %" PRId64 ", le %s\n"),
		      left_of(r), lang_local(fr, zone, r->ended_ms, at));
	if (*r->stuck != '\0')
		print(lang_pick(fr, "  nothing moves any more: %s\n", "  plus rien ne part : %s\n"),
		      r->stuck);
	print_counts(r);
	print_hours(r, zone);
	if (r->was_paused || r->was_halted)
		print(lang_pick(fr, "\nRehearsed as if it were not %s.\n",
		                "\nRépétée comme si elle n'était pas %s.\n"),
		      r->was_paused ? lang_pick(fr, "paused", "en pause")
		                    : lang_pick(fr, "halted", "arrêtée"));
}
