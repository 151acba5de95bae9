/* dossier: the life of a number, for whoever has to answer for it. */
#include "ctl/dossier/dossier.h"
#include "ctl/log/log_said.h"

#include "core/number/place.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/dossier/absence.h"
#include "ctl/dossier/dossier_text.h"
#include "ctl/dossier/gather.h"
#include "ctl/dossier/phrases.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/paper_dossier.h"
#include "io/host/error_text.h"

#include <stdlib.h>
#include <string.h>

static int by_time(const void *one, const void *two)
{
	const struct dossier_event *a = one, *b = two;

	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* What people said before stands in that time, too. */
static bool is_shown(const struct dossier *d, const struct dossier_event *e)
{
	const char *kind = json_string_value(json_object_get(e->json, "kind"));
	bool said = strcmp(kind, "call") != 0 && strcmp(kind, "not-placed") != 0 &&
	            strcmp(kind, "refused") != 0 && strcmp(kind, "invalid") != 0;

	if (d->to_ms != TIME_NONE && e->ms >= d->to_ms)
		return false;
	return said || d->from_ms == TIME_NONE || e->ms >= d->from_ms;
}

static bool is_known(const struct dossier *d)
{
	return d->event_count > 0 || json_array_size(d->now) > 0 || json_array_size(d->standing) > 0 ||
	       json_array_size(d->attempts) > 0;
}

/* Which were asked, where there are several. */
static void set_spaces(const struct dossier *d, json_t *all)
{
	json_t *names = json_array();

	for (size_t i = 0; i < d->spaces->count; i++)
		json_array_append_new(names, print_json_text(d->spaces->list[i].name));
	if (d->spaces->count > 0)
		json_object_set(all, "spaces", names);
	else if (d->spaces->alone[0] != '\0')
		json_object_set_new(all, "space", print_json_text(d->spaces->alone));
	json_decref(names);
}

static json_t *dossier_json(struct dossier *d)
{
	char place[PLACE_NAME_SIZE];
	json_t *all = json_object(), *events = json_array();

	if (d->event_count > 0)
		qsort(d->events, d->event_count, sizeof(*d->events), by_time);
	for (size_t i = 0; i < d->event_count; i++)
		if (is_shown(d, &d->events[i]))
			json_array_append(events, d->events[i].json);
	json_object_set_new(all, "number", print_json_text(d->mask));
	json_object_set_new(all, "place", print_json_text(place_name(d->rb, d->phone.territories, place)));
	json_object_set_new(all, "zones", ctl_json_zones(d->rb, d->phone.territories));
	json_object_set_new(all, "at", ctl_json_time(d->now_ms));
	json_object_set_new(all, "lang", print_json_text(d->french ? "fr" : "en"));
	json_object_set_new(all, "known", json_boolean(is_known(d)));
	char *at = dossier_instant(d, d->now_ms, 0);

	dossier_set(d, all, "title",
	            lang_pick(d->french, "Everything on record of the number %s, as of %s",
	                      "Tout ce qui est inscrit au sujet du numéro %s, au %s"),
	            d->mask, at);
	free(at);
	dossier_set(
	    d, all, "times",
	    lang_pick(
		d->french,
		"Times are those of the place called, then UTC. The number is shown masked; it is the one asked for.",
		"Les heures sont celles du lieu appelé, puis UTC. Le numéro est masqué ; c'est celui demandé."));
	set_spaces(d, all);
	if (d->from_ms != TIME_NONE || d->to_ms != TIME_NONE)
		json_object_set_new(all, "between", dossier_absence(d));
	json_object_set_new(all, "events", events);
	json_object_set(all, "now", d->now);
	json_object_set(all, "lists", d->standing);
	json_object_set(all, "attempts", d->attempts);
	json_object_set(all, "records", d->streams);
	json_object_set(all, "limits", d->limits);
	if (d->log != NULL)
		json_object_set(all, "log", d->log);
	if (json_array_size(d->logs) > 0)
		json_object_set(all, "logs", d->logs);
	return all;
}

static void dossier_init(struct dossier *d, struct ctl *ctl, const char *number, bool french)
{
	const char *hint;
	struct phone read;

	*d = (struct dossier){ .ctl = ctl,
		               .rb = ctl_rulebook(ctl),
		               .french = french,
		               .from_ms = TIME_NONE,
		               .to_ms = TIME_NONE,
		               .now = json_array(),
		               .standing = json_array(),
		               .attempts = json_array(),
		               .streams = json_array(),
		               .limits = json_array() };
	ask_number(ctl, number, &d->phone);
	/* Where it may be; a number that is never called keeps only its E.164 form. */
	(void)phone_parse(d->rb, d->phone.e164, strlen(d->phone.e164), &read, &hint);
	d->phone.territories = read.territories;
	phone_mask(d->phone.e164, d->mask);
	d->now_ms = ctl_now_ms(ctl);
}

/* Of the same number in another space. */
static void dossier_of(struct dossier *d, struct ctl *there, const struct dossier *from)
{
	dossier_init(d, there, from->phone.e164, from->french);
	memcpy(d->mask, from->mask, sizeof(d->mask));
	d->letter = from->letter;
	d->from_ms = from->from_ms;
	d->to_ms = from->to_ms;
}

static void dossier_done(struct dossier *d)
{
	for (size_t i = 0; i < d->event_count; i++)
		json_decref(d->events[i].json);
	free(d->events);
	free(d->starts);
	json_decref(d->now);
	json_decref(d->standing);
	json_decref(d->attempts);
	json_decref(d->streams);
	json_decref(d->limits);
	json_decref(d->log);
	json_decref(d->logs);
	names_done(&d->campaigns);
	names_done(&d->advertisers);
	names_done(&d->lists);
}

static void print_sheet(const struct dossier *d, const json_t *all, bool full)
{
	const struct zone *zones[8] = { NULL };

	(void)ctl_place_zones(d->rb, d->phone.territories, zones, 8);
	paper_dossier(
	    &(struct sheet_want){ .ctl = d->ctl, .french = d->french, .full = full, .zone = zones[0] }, all,
	    stdout);
}

static int run_dossier(struct ctl *ctl, int argc, char **argv)
{
	const char *from = NULL, *to = NULL, *format = NULL;
	bool full = false;
	const struct ctl_option options[] = { { "--format", &format, NULL },
		                              { "--full", NULL, &full },
		                              { "--from", &from, NULL },
		                              { "--to", &to, NULL },
		                              { NULL, NULL, NULL } };
	struct everywhere spaces;
	struct dossier d;

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french;
	bool html = strcmp(paper_format(ctl, format, NULL, full), "html") == 0;
	int64_t from_ms = from != NULL ? ctl_read_time(ctl, "--from", from) : TIME_NONE;
	int64_t to_ms = to != NULL ? ctl_read_time(ctl, "--to", to) : TIME_NONE;

	dossier_init(&d, ctl, argv[1], french);
	d.letter = html;
	if (full)
		snprintf(d.mask, sizeof(d.mask), "%s", d.phone.e164);
	d.from_ms = from_ms;
	d.to_ms = to_ms;
	if (from != NULL && from_ms >= (to != NULL ? to_ms : d.now_ms))
		ctl_misuse(ctl,
		           to != NULL
		               ? error_pick("--from must be before --to", "--from doit précéder --to")
		               : error_pick("--from must be before now", "--from doit précéder maintenant"));
	everywhere_open(ctl, false, &spaces);
	everywhere_look(ctl, &spaces);
	d.spaces = &spaces;
	if (spaces.count > 0)
		dossier_gather_everywhere(&d, &spaces, dossier_of);
	else {
		dossier_gather(&d);
		d.log = log_said(ctl, NULL, &d.log_agrees);
	}
	ctl_progress("", -1);
	bool known = is_known(&d);
	json_t *all = dossier_json(&d);

	if (html) {
		print_sheet(&d, all, full);
		json_decref(all);
	} else if (ctl->json) {
		ctl_print_json(all);
	} else {
		dossier_print(&d, all);
		json_decref(all);
	}
	bool agrees = d.log_agrees;
	dossier_done(&d);
	everywhere_close(&spaces);
	return known && agrees ? 0 : 1;
}

const struct command ctl_dossier_commands[] = {
	{ .name = "dossier",
	  .usage = "NUMBER",
	  .summary = "all records of a number, in order of time",
	  .needs_redis = true,
	  .run = run_dossier,
	  .has_page = true,
	  .example = "licetctl dossier '06 12 34 56 78' --lang fr",
	  .details =
	      "Use it to answer the person or an authority. It has consents, withdrawals, oppositions, "
	      "refusals with their articles, calls with the facts they rested on, and where the jobs of the "
	      "number are now. It covers all advertisers and campaigns, and all spaces unless --space names "
	      "one. Exit 1 if nothing is known of the number, or if the decision log and Redis differ.\n"
	      "--from and --to limit calls and refusals to that time. If records that could show a call are "
	      "gone, \"none\" is not proven.\n" },
	{ 0 },
};
