/* call.c - one call: when, by whom, with what result, and on what it rested. */
#include "ctl/dossier/call.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/dossier/dossier.h"
#include "ctl/dossier/phrases.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an outcome says, as licet_done takes it. */
static const struct {
	const char *name, *english, *french;
} outcomes[] = {
	{ "answered", "the call was answered", "l'appel a été décroché" },
	{ "voicemail", "a message was left on the voice mail", "un message a été laissé sur la messagerie" },
	{ "busy", "the line was busy", "la ligne était occupée" },
	{ "no-answer", "nobody answered", "personne n'a répondu" },
	{ "failed", "the call failed, or nobody knows", "l'appel a échoué, ou nul ne sait" },
	{ "submitted", "the call was handed to an operator; its result is not known",
	  "l'appel a été remis à un opérateur ; son résultat n'est pas connu" },
	{ "not-placed", "no call was placed", "aucun appel n'a été passé" },
	{ "opted-out", "the call was answered, and the person opted out",
	  "l'appel a été décroché, et la personne s'est opposée" },
	{ "refused", "the call was answered, and the person refused",
	  "l'appel a été décroché, et la personne a refusé" },
	{ "never-again", "the call was answered, and the person wants no call from anybody",
	  "l'appel a été décroché, et la personne ne veut plus d'appel de quiconque" },
};

static const char *outcome_text(bool french, const char *name)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].name, name) == 0)
			return lang_pick(french, outcomes[i].english, outcomes[i].french);
	return "?";
}

static const char *text_of(const struct redis_reply *fields, const char *name)
{
	const char *text = reply_text(reply_field(fields, name), NULL);

	return text != NULL ? text : "";
}

static int64_t ms_of(const struct redis_reply *fields, const char *name)
{
	int64_t ms = reply_int(reply_field(fields, name), 0);

	return ms > 0 ? ms : TIME_NONE;
}

/* The list dates and the rulebook, as they were at the release. */
static void add_facts(const struct dossier *d, json_t *event, const struct redis_reply *fields)
{
	size_t len = 0;
	const char *text = reply_text(reply_field(fields, "facts"), &len), *name;
	json_t *facts = text != NULL ? json_loadb(text, len, 0, NULL) : NULL, *at;
	json_t *details = dossier_details(event), *lists = json_object_get(facts, "lists");

	json_object_set(event, "facts", json_is_object(facts) ? facts : json_null());
	if (json_is_object(facts)) {
		const char *rulebook = json_string_value(json_object_get(facts, "rulebook"));
		const char *hash = json_string_value(json_object_get(facts, "hash"));

		dossier_append(d, details,
		               lang_pick(d->french, "The law was that of the rulebook %s, %.12s",
		                         "Le droit appliqué était celui des règles %s, %.12s"),
		               rulebook != NULL ? rulebook : "?", hash != NULL ? hash : "?");
	}
	json_object_foreach(lists, name, at)
	{
		dossier_append(d, details,
		               lang_pick(d->french, "List %s was of %s", "La liste %s était à jour du %s"),
		               name, json_string_value(at) != NULL ? json_string_value(at) : "?");
	}
	json_decref(facts);
}

static void add_basis(const struct dossier *d, json_t *event, const struct redis_reply *fields,
                      uint32_t place, int64_t taken_ms)
{
	json_t *details = dossier_details(event);
	int64_t close_ms = ms_of(fields, "window_close_ms");
	const char *proof = text_of(fields, "consent"), *cap = text_of(fields, "cap");
	const char *const cited[] = { dossier_article(d, REASON_CONSENT_MISSING, "", taken_ms),
		                      dossier_article(d, REASON_OUTSIDE_HOURS, "", taken_ms),
		                      dossier_article(d, REASON_CAP_REACHED, "", taken_ms) };
	json_t *articles = json_array();
	char *article = dossier_cited(d, cited[0]), *hours = dossier_cited(d, cited[1]),
	     *most = dossier_cited(d, cited[2]),
	     *where = d->french || d->letter ? words_place(d->french, text_of(fields, "place"))
	                                     : mem_copy(text_of(fields, "place"));

	for (size_t i = 0; i < sizeof(cited) / sizeof(cited[0]); i++)
		if (*cited[i] != '\0')
			json_array_append_new(articles, print_json_text(cited[i]));
	json_object_set_new(event, "articles", articles);
	dossier_set_text(d, event, "place", text_of(fields, "place"));
	dossier_set_text(d, event, "consent", proof);
	dossier_set_text(d, event, "cap", cap);
	dossier_set_text(d, event, "lists", text_of(fields, "lists"));
	json_object_set_new(event, "not_after", ctl_json_time(ms_of(fields, "not_after_ms")));
	json_object_set_new(event, "window_close", ctl_json_time(close_ms));
	if (close_ms != TIME_NONE) {
		char *close = dossier_instant(d, close_ms, place);

		dossier_append(d, details,
		               lang_pick(d->french, "It was lawful to call until %s (place %s; %s)",
		                         "L'appel était licite jusqu'au %s (lieu %s ; %s)"),
		               close, where, hours);
		free(close);
	}
	if (*proof != '\0') {
		char *hidden = dossier_hidden(d, proof);

		dossier_append(d, details,
		               lang_pick(d->french, "It rested on the consent with the proof %s (%s)",
		                         "Il reposait sur le consentement de preuve %s (%s)"),
		               hidden, article);
		free(hidden);
	} else {
		dossier_append(
		    d, details,
		    lang_pick(
			d->french, "It named no consent: a service message, or one that had no proof",
			"Il ne nommait aucun consentement : message de service, ou consentement sans preuve"));
	}
	if (*cap != '\0')
		dossier_append(d, details,
		               lang_pick(d->french, "Attempts that counted before it: %s (%s)",
		                         "Tentatives comptées avant lui : %s (%s)"),
		               cap, most);
	free(article);
	free(hours);
	free(most);
	free(where);
	add_facts(d, event, fields);
}

static void add_course(const struct dossier *d, json_t *event, const struct redis_reply *fields,
                       uint32_t place, const char *sender)
{
	static const char *const names[] = { "released_ms", "taken_ms", "done_ms" };
	static const char *const said[] = { "released_at", "taken_at", "done_at" };

	for (size_t i = 0; i < 3; i++) {
		int64_t ms = ms_of(fields, names[i]);

		json_object_set_new(event, said[i], ctl_json_time(ms));
		if (ms == TIME_NONE)
			continue;
		char *at = dossier_instant(d, ms, place);

		if (i == 0)
			dossier_append(d, dossier_details(event),
			               lang_pick(d->french, "Released %s", "Autorisé : %s"), at);
		else if (i == 1)
			dossier_append(d, dossier_details(event),
			               lang_pick(d->french, "Taken by the sender %s %s",
			                         "Pris par l'émetteur %s : %s"),
			               sender, at);
		else
			dossier_append(d, dossier_details(event),
			               lang_pick(d->french, "Reported %s", "Rapporté : %s"), at);
		free(at);
	}
}

void dossier_add_start(struct dossier *d, const struct dossier_start *start)
{
	d->starts = mem_grow(d->starts, &d->start_capacity, d->start_count, sizeof(*d->starts));
	d->starts[d->start_count++] = *start;
}

static void note_start(struct dossier *d, const char *token, const char *advertiser, int64_t taken_ms,
                       int64_t done_ms, int64_t not_after_ms)
{
	struct dossier_start start = { taken_ms, done_ms, true, "", "" };
	char first[ID_MAX + 1];

	/* A report may come long after: a person settled it. */
	if (not_after_ms != TIME_NONE && (done_ms == TIME_NONE || not_after_ms < done_ms))
		start.last_ms = not_after_ms;
	if (start.last_ms < start.first_ms)
		start.last_ms = start.first_ms;
	snprintf(start.token, sizeof(start.token), "%s", token);
	snprintf(start.advertiser, sizeof(start.advertiser), "%s", dossier_kept_under(d, advertiser, first));
	dossier_add_start(d, &start);
}

static json_t *add_event(struct dossier *d, const char *campaign, const char *id, const char *token,
                         int attempt, const struct redis_reply *fields, uint32_t place)
{
	const char *outcome = text_of(fields, "outcome");
	int64_t ms = ms_of(fields, "taken_ms"), not_after_ms = ms_of(fields, "not_after_ms");
	char *advertiser = dossier_advertiser_of(d, campaign), *name = dossier_advertiser(d, advertiser);
	bool placed = strcmp(outcome, "not-placed") != 0;
	json_t *event = dossier_event(d, ms != TIME_NONE ? ms : ms_of(fields, "done_ms"), place,
	                              placed ? "call" : "not-placed");

	if (placed)
		note_start(d, token, advertiser, ms, ms_of(fields, "done_ms"), not_after_ms);
	json_object_set_new(event, "token", print_json_text(token));
	if (placed)
		dossier_set(d, event, "text",
		            lang_pick(d->french, "Called for %s, campaign %s, attempt %d: %s (%s)",
		                      "Appelé pour %s, campagne %s, tentative %d : %s (%s)"),
		            name, campaign, attempt, outcome_text(d->french, outcome),
		            d->french ? words_of(true, outcome) : outcome);
	else
		dossier_set(
		    d, event, "text",
		    lang_pick(d->french, "Handed to a sender for %s, campaign %s: no call was placed (%s)",
		              "Remis à un émetteur pour %s, campagne %s : aucun appel n'a été passé (%s)"),
		    name, campaign, d->french ? words_of(true, outcome) : outcome);
	dossier_set_text(d, event, "campaign", campaign);
	dossier_set_text(d, event, "advertiser", advertiser);
	dossier_set_text(d, event, "id", id);
	dossier_set_text(d, event, "outcome", outcome);
	dossier_set_text(d, event, "detail", text_of(fields, "detail"));
	dossier_set_text(d, event, "sender", text_of(fields, "sender"));
	json_object_set_new(event, "attempt", json_integer(attempt));
	add_course(d, event, fields, place, text_of(fields, "sender"));
	if (*text_of(fields, "detail") != '\0') {
		char *detail = dossier_hidden(d, text_of(fields, "detail"));

		dossier_append(d, dossier_details(event),
		               lang_pick(d->french, "The sender said: %s", "L'émetteur a dit : %s"), detail);
		free(detail);
	}
	free(name);
	free(advertiser);
	return event;
}

void dossier_add_call(struct dossier *d, const char *campaign, const struct redis_reply *fields)
{
	const char *place_text = text_of(fields, "place");
	int64_t taken_ms = ms_of(fields, "taken_ms");
	uint32_t place = 0;

	dossier_forget(d, text_of(fields, "token"));
	(void)place_parse(d->rb, place_text, strlen(place_text), &place);
	json_t *event = add_event(d, campaign, text_of(fields, "id"), text_of(fields, "token"),
	                          (int)reply_int(reply_field(fields, "attempt"), 1), fields, place);

	dossier_set_text(d, event, "route", text_of(fields, "route"));
	add_basis(d, event, fields, place, taken_ms != TIME_NONE ? taken_ms : d->now_ms);
	if (ms_of(fields, "retry_ms") != TIME_NONE) {
		char *at = dossier_instant(d, ms_of(fields, "retry_ms"), place);

		dossier_append(d, dossier_details(event),
		               lang_pick(d->french, "To be tried again, through every rule, from %s",
		                         "À retenter, en repassant toutes les règles, à partir du %s"),
		               at);
		free(at);
	}
}

void dossier_add_reported(struct dossier *d, const struct redis_reply *event, const struct ready_entry *e)
{
	dossier_forget(d, e->token);
	json_t *added = add_event(d, e->campaign, e->id, e->token, e->attempt, event, 0);

	json_object_set_new(added, "released_at", ctl_json_time(e->released_ms));
	json_object_set_new(added, "settled", json_false());
	dossier_append(d, dossier_details(added),
	               lang_pick(d->french, "The daemon has not written it into the campaign's record yet",
	                         "Le démon ne l'a pas encore inscrit dans les traces de la campagne"));
}
