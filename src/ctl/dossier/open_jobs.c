/* open_jobs.c - where its jobs are: waiting, ready, with a sender, unknown, or reported
 * and not yet settled. */
#include "ctl/dossier/open_jobs.h"

#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/dossier/call.h"
#include "ctl/dossier/dossier.h"
#include "ctl/dossier/phrases.h"
#include "ctl/dossier/streams.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/job_find.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500

static json_t *add_now(struct dossier *d, const char *campaign, const char *where, const char *id)
{
	json_t *object = json_object();
	char *advertiser = dossier_advertiser_of(d, campaign);

	dossier_set_text(d, object, "campaign", campaign);
	dossier_set_text(d, object, "advertiser", advertiser);
	json_object_set_new(object, "where", print_json_text(where));
	dossier_set_text(d, object, "id", id);
	json_array_append_new(d->now, object);
	free(advertiser);
	return object;
}

/* --- released ------------------------------------------------------------------------- */

static bool is_ours(const struct dossier *d, const struct ready_entry *e)
{
	return strcmp(e->to, d->phone.e164) == 0;
}

static void note_start(struct dossier *d, const struct ready_entry *e)
{
	int64_t last_ms = e->not_after_ms < d->now_ms ? e->not_after_ms : d->now_ms;
	struct dossier_start start = { e->taken_ms, last_ms > e->taken_ms ? last_ms : e->taken_ms, false, "",
		                       "" };
	char first[ID_MAX + 1];

	snprintf(start.token, sizeof(start.token), "%s", e->token);
	snprintf(start.advertiser, sizeof(start.advertiser), "%s",
	         dossier_kept_under(d, e->advertiser, first));
	dossier_add_start(d, &start);
}

static void add_entry(struct dossier *d, const char *where, const struct ready_entry *e)
{
	json_t *object = add_now(d, e->campaign, where, e->id);
	int64_t since_ms = e->taken_ms != 0 ? e->taken_ms : e->released_ms;
	char *since = dossier_instant(d, since_ms, 0);

	json_object_set_new(object, "token", print_json_text(e->token));
	if (e->taken_ms != 0)
		note_start(d, e);
	json_object_set_new(object, "released_at", ctl_json_time(e->released_ms));
	json_object_set_new(object, "taken_at", ctl_json_time(e->taken_ms != 0 ? e->taken_ms : TIME_NONE));
	dossier_set_text(d, object, "sender", e->sender);
	if (strcmp(where, "ready") == 0)
		dossier_set(
		    d, object, "text",
		    lang_pick(
			d->french,
			"Campaign %s: released %s; no sender has it, and it is judged once more before one gets it",
			"Campagne %s : autorisée le %s ; aucun émetteur ne l'a, et elle sera jugée encore une fois avant d'être remise"),
		    e->campaign, since);
	else if (strcmp(where, "taken") == 0)
		dossier_set(
		    d, object, "text",
		    lang_pick(
			d->french, "Campaign %s: with the sender %s since %s; it may be calling now",
			"Campagne %s : chez l'émetteur %s depuis le %s ; il appelle peut-être en ce moment"),
		    e->campaign, e->sender, since);
	else
		dossier_set(
		    d, object, "text",
		    lang_pick(
			d->french,
			"Campaign %s: the sender %s took it %s and never reported; whether there was a call, "
			"nobody knows",
			"Campagne %s : l'émetteur %s l'a prise le %s et n'a jamais rendu compte ; nul ne sait s'il y a eu un appel"),
		    e->campaign, e->sender, since);
	free(since);
}

static void read_ready(struct dossier *d, const char *route)
{
	char key[KEY_SIZE], from[24], to[24];

	key_ready(d->ctl->conf.prefix, route, "", key);
	for (size_t at = 0;; at += CHUNK) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + CHUNK - 1);
		struct redis_reply *reply = ask_value_words(d->ctl, "LRANGE", key, from, to);
		size_t count = reply_count(reply), len;

		for (size_t i = 0; i < count; i++) {
			const char *text = reply_text(reply_at(reply, i), &len);
			struct ready_entry e;

			if (text != NULL && entry_read(text, len, &e) && is_ours(d, &e))
				add_entry(d, "ready", &e);
		}
		reply_free(reply);
		if (count < CHUNK)
			return;
	}
}

/* The leases, or the jobs whose leases ended without a report. */
static void read_leases(struct dossier *d, const char *route, const char *part, const char *where)
{
	char key[KEY_SIZE], cursor[32] = "0";

	key_ready(d->ctl->conf.prefix, route, part, key);
	do {
		struct redis_reply *reply = ask_value_words(d->ctl, "HSCAN", key, cursor, "COUNT", "500");
		const struct redis_reply *pairs = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);
		size_t len;

		if (next == NULL)
			dossier_append(d, d->limits,
			               lang_pick(d->french, "%s could not be read: %s",
			                         "%s n'a pas pu être lu : %s"),
			               key + strlen(d->ctl->conf.prefix), reply_text(reply, NULL));
		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t i = 1; i < reply_count(pairs); i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);
			struct ready_entry e;

			if (text != NULL && lease_read(text, len, &e) && is_ours(d, &e))
				add_entry(d, where, &e);
		}
		reply_free(reply);
	} while (strcmp(cursor, "0") != 0);
}

/* What a sender reported, or what was taken back, and the daemon has not moved on yet. */
static void take_settling(struct dossier *d, const char *route, const struct redis_reply *item)
{
	const struct redis_reply *fields = reply_at(item, 1);
	const char *kind = reply_text(reply_field(fields, "kind"), NULL);
	size_t len = 0;
	const char *text = reply_text(reply_field(fields, "entry"), &len);
	struct ready_entry e;

	(void)route;
	if (kind == NULL || text == NULL || !entry_read(text, len, &e) || !is_ours(d, &e))
		return;
	if (strcmp(kind, "done") == 0) {
		dossier_add_reported(d, fields, &e);
	} else if (strcmp(kind, "back") == 0) {
		json_t *object = add_now(d, e.campaign, "settling", e.id);
		const char *code = reply_text(reply_field(fields, "reason"), NULL);

		dossier_set(
		    d, object, "text",
		    lang_pick(
			d->french,
			"Campaign %s: taken back before a sender had it (%s); the daemon has yet to move it",
			"Campagne %s : reprise avant qu'un émetteur ne l'ait (%s) ; le démon doit encore la ranger"),
		    e.campaign, code != NULL ? code : "?");
	}
}

/* --- waiting ----------------------------------------------------------------------------------- */

static void read_waiting(struct dossier *d, const char *campaign)
{
	struct found_job found;

	job_find_waiting(d->ctl, campaign, d->phone.e164, &found);
	if (found.gave_up)
		dossier_append(
		    d, d->limits,
		    lang_pick(d->french, "Campaign %s has more waiting jobs than were looked at (%zu)",
		              "La campagne %s a plus de tâches en attente que celles examinées (%zu)"),
		    campaign, found.looked);
	if (strcmp(found.where, "none") != 0) {
		json_t *object = add_now(d, campaign, found.where, found.id);

		dossier_set_text(d, object, "detail", found.detail);
		json_object_set_new(object, "attempt", json_integer(found.attempt));
		if (strcmp(found.where, "queue") == 0)
			dossier_set(d, object, "text",
			            lang_pick(d->french, "Campaign %s: queued, not judged yet",
			                      "Campagne %s : en file, pas encore jugée"),
			            campaign);
		else if (strcmp(found.where, "held") == 0)
			dossier_set(d, object, "text",
			            lang_pick(d->french, "Campaign %s: waits for a lawful hour at %s",
			                      "Campagne %s : attend une heure licite à %s"),
			            campaign, found.detail);
		else
			dossier_set(d, object, "text",
			            lang_pick(d->french, "Campaign %s: waits until %s",
			                      "Campagne %s : attend jusqu'au %s"),
			            campaign, found.detail);
	}
	found_done(&found);
}

void dossier_read_now(struct dossier *d)
{
	const char *prefix = d->ctl->conf.prefix;
	char key[KEY_SIZE];
	struct names routes;

	names_read(d->ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count; i++) {
		read_ready(d, routes.list[i]);
		read_leases(d, routes.list[i], ":lease", "taken");
		read_leases(d, routes.list[i], ":unknown", "unknown");
		(void)dossier_walk(d, key_settle(prefix, routes.list[i], key), routes.list[i], take_settling);
	}
	names_done(&routes);
	for (size_t i = 0; i < d->campaigns.count; i++) {
		read_waiting(d, d->campaigns.list[i]);
		ctl_progress(lang_pick(d->french, "campaigns", "campagnes"), (int64_t)i + 1);
	}
}
