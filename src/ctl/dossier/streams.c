/* streams.c - which campaigns and advertisers there are, and what their streams
 * say of the number. */
#include "ctl/dossier/streams.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/dossier/call.h"
#include "ctl/dossier/dossier.h"
#include "ctl/dossier/phrases.h"
#include "ctl/query/stream_pages.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_ROUNDS 5000 /* of 1,000 keys */

/* --- what is there ---------------------------------------------------------------------- */

static void name_add(struct names *names, const char *text, size_t len)
{
	if (!id_is_valid(text, len))
		return;
	names->list = mem_grow(names->list, &names->capacity, names->count, sizeof(char *));
	names->list[names->count++] = mem_copy_len(text, len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_sort(struct names *names)
{
	size_t kept = 0;

	if (names->count == 0)
		return;
	qsort(names->list, names->count, sizeof(char *), by_name);
	for (size_t i = 0; i < names->count; i++)
		if (kept > 0 && strcmp(names->list[kept - 1], names->list[i]) == 0)
			free(names->list[i]);
		else
			names->list[kept++] = names->list[i];
	names->count = kept;
}

/* What a key tells of: a registry may outlive its advertiser's declaration, a stream the
 * listing of its campaign. */
static void note_key(struct dossier *d, const char *name)
{
	static const char *const own[] = { "advertiser:", "consent:", "attempts:", "list:opposition:",
		                           "oppositions:dated:" };
	static const char campaign[] = "campaign:", list[] = "list:", dated[] = "list-meta:";

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			name_add(&d->advertisers, name + strlen(own[i]), strlen(name + strlen(own[i])));
	if (strncmp(name, campaign, strlen(campaign)) == 0)
		name_add(&d->campaigns, name + strlen(campaign), strcspn(name + strlen(campaign), ":"));
	/* The advertisers' own lists are asked with the advertisers. */
	if (strncmp(name, list, strlen(list)) == 0)
		name_add(&d->lists, name + strlen(list), strlen(name + strlen(list)));
	if (strncmp(name, dated, strlen(dated)) == 0)
		name_add(&d->lists, name + strlen(dated), strlen(name + strlen(dated)));
}

static void scan_keys(struct dossier *d)
{
	const char *prefix = d->ctl->conf.prefix;
	char pattern[KEY_SIZE], cursor[32] = "0";
	int round = 0;

	key_global(prefix, "*", pattern);
	do {
		struct redis_reply *reply =
		    ask_value_words(d->ctl, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000");
		const struct redis_reply *keys = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);

		if (next == NULL) {
			dossier_append(
			    d, d->limits,
			    lang_pick(
				d->french, "SCAN is not allowed here: only listed campaigns were read",
				"SCAN n'est pas permis ici : seules les campagnes déclarées ont été lues"));
			reply_free(reply);
			return;
		}
		snprintf(cursor, sizeof(cursor), "%s", next);
		for (size_t i = 0; i < reply_count(keys); i++) {
			const char *key = reply_text(reply_at(keys, i), NULL);

			if (key != NULL && strlen(key) > strlen(prefix))
				note_key(d, key + strlen(prefix));
		}
		reply_free(reply);
		ctl_progress(lang_pick(d->french, "keys", "clés"), (int64_t)++round * 1000);
	} while (strcmp(cursor, "0") != 0 && round < SCAN_ROUNDS);
	if (strcmp(cursor, "0") != 0)
		dossier_append(
		    d, d->limits,
		    lang_pick(d->french, "There are too many keys: not every campaign was looked for",
		              "Il y a trop de clés : toutes les campagnes n'ont pas été cherchées"));
}

void dossier_discover(struct dossier *d)
{
	const char *prefix = d->ctl->conf.prefix;
	char key[KEY_SIZE];
	struct names listed;

	names_read(d->ctl, key_global(prefix, "campaigns", key), &listed);
	for (size_t i = 0; i < listed.count; i++)
		name_add(&d->campaigns, listed.list[i], strlen(listed.list[i]));
	names_done(&listed);
	scan_keys(d);
	names_sort(&d->campaigns);
	for (size_t i = 0; i < d->campaigns.count; i++) {
		char *advertiser = dossier_advertiser_of(d, d->campaigns.list[i]);

		name_add(&d->advertisers, advertiser, strlen(advertiser));
		free(advertiser);
	}
	names_sort(&d->advertisers);
	names_sort(&d->lists);
}

/* --- streams ---------------------------------------------------------------------------------- */

bool dossier_is_number(const struct dossier *d, const char *text, size_t len)
{
	return phone_is(d->rb, d->phone.e164, text, len);
}

struct walk {
	struct dossier *d;
	const char *owner;
	dossier_take *take;
};

/* What is missing is said in the dossier, and makes it fail. */
static void dossier_unread(struct dossier *d, const char *name, const char *why)
{
	dossier_append(d, d->limits,
	               lang_pick(d->french, "%s could not be read: %s", "%s n'a pas pu être lu : %s"), name,
	               why);
	ctl_will_fail(d->ctl,
	              lang_pick(d->french, "the dossier is not whole: %s",
	                        "le dossier n'est pas complet : %s"),
	              why);
}

static bool take_some(void *arg, const struct redis_reply *entry)
{
	const struct walk *w = arg;

	w->take(w->d, w->owner, entry);
	return w->d->event_count <= DOSSIER_EVENTS_MAX;
}

int64_t dossier_walk(struct dossier *d, const char *key, const char *owner, dossier_take *take)
{
	const char *name = key + strlen(d->ctl->conf.prefix);
	struct walk w = { d, owner, take };
	char err[700];
	int64_t read = stream_walk(d->ctl, key, "-", take_some, &w, err, sizeof(err));

	if (read < 0 && d->event_count > DOSSIER_EVENTS_MAX)
		dossier_append(d, d->limits,
		               lang_pick(d->french, "%s was not read to its end: too much of this number",
		                         "%s n'a pas été lu jusqu'au bout : trop de traces de ce numéro"),
		               name);
	else if (read < 0)
		dossier_unread(d, name, err);
	return read;
}

static bool is_ours(const struct dossier *d, const struct redis_reply *entry)
{
	size_t len = 0;
	const char *to = reply_text(reply_field(reply_at(entry, 1), "to"), &len);

	return to != NULL && dossier_is_number(d, to, len);
}

static void take_done(struct dossier *d, const char *campaign, const struct redis_reply *entry)
{
	if (is_ours(d, entry))
		dossier_add_call(d, campaign, reply_at(entry, 1));
}

/* --- refusals ------------------------------------------------------------------------------------ */

static const char *text_of(const struct redis_reply *fields, const char *name)
{
	const char *text = reply_text(reply_field(fields, name), NULL);

	return text != NULL ? text : "";
}

/* The consent that the refused job had with it. */
static void add_job_consent(const struct dossier *d, json_t *event, const struct redis_reply *fields)
{
	size_t len = 0;
	const char *text = reply_text(reply_field(fields, "job"), &len);
	json_t *job = text != NULL ? json_loadb(text, len, 0, NULL) : NULL;
	const json_t *consent = json_object_get(job, "consent");
	const char *at = json_string_value(json_object_get(consent, "collected_at"));
	const char *proof = json_string_value(json_object_get(consent, "proof"));

	dossier_set_text(d, event, "consent_collected_at", at);
	dossier_set_text(d, event, "consent", proof);
	dossier_set_text(d, event, "person", json_string_value(json_object_get(job, "person")));
	if (json_is_object(consent))
		dossier_append(d, dossier_details(event),
		               lang_pick(d->french,
		                         "The job brought a consent collected %s, with the proof %s",
		                         "La tâche portait un consentement recueilli le %s, de preuve %s"),
		               at != NULL ? at : "?", proof != NULL ? proof : "?");
	json_decref(job);
}

static void add_refusal(struct dossier *d, const char *campaign, const struct redis_reply *entry,
                        const char *kind)
{
	const struct redis_reply *fields = reply_at(entry, 1);
	int64_t ms = strtoll(reply_text(reply_at(entry, 0), NULL), NULL, 10);
	const char *code = text_of(fields, "reason"), *rule = text_of(fields, "rule");
	char *advertiser = dossier_advertiser_of(d, campaign), *name = dossier_advertiser(d, advertiser);
	json_t *event = dossier_event(d, ms, 0, kind), *details = dossier_details(event);
	enum reason reason = REASON_COUNT;
	bool known = reason_find(code, strlen(code), &reason);
	const char *meaning = !known ? "?" : lang_reason(d->french, reason);
	const char *article = known ? dossier_article(d, reason, rule, ms) : "";

	dossier_set(d, event, "text",
	            lang_pick(d->french, "No call for %s, campaign %s: %s (%s)",
	                      "Pas d'appel pour %s, campagne %s : %s (%s)"),
	            name, campaign, meaning, code);
	dossier_set_text(d, event, "campaign", campaign);
	dossier_set_text(d, event, "advertiser", advertiser);
	dossier_set_text(d, event, "id", text_of(fields, "id"));
	dossier_set_text(d, event, "reason", code);
	dossier_set_text(d, event, "rule", rule);
	dossier_set_text(d, event, "article", article);
	dossier_set_text(d, event, "field", text_of(fields, "field"));
	dossier_set_text(d, event, "hint", text_of(fields, "hint"));
	if (*article != '\0') {
		char *cited = dossier_cited(d, article);

		dossier_append(d, details, lang_pick(d->french, "By %s", "En vertu de : %s"), cited);
		free(cited);
	}
	if (*rule != '\0')
		dossier_append(d, details,
		               lang_pick(d->french, "What stopped it: %s", "Ce qui l'a arrêtée : %s"),
		               lang_say(d->french, rule));
	if (strcmp(text_of(fields, "hint"), "was ready") == 0)
		dossier_append(
		    d, details,
		    lang_pick(d->french,
		              "It was released already, and was taken back before any sender had it",
		              "Elle était déjà autorisée, et a été reprise avant qu'un émetteur ne l'ait"));
	add_job_consent(d, event, fields);
	free(name);
	free(advertiser);
}

static void take_refused(struct dossier *d, const char *campaign, const struct redis_reply *entry)
{
	if (is_ours(d, entry))
		add_refusal(d, campaign, entry, "refused");
}

static void take_invalid(struct dossier *d, const char *campaign, const struct redis_reply *entry)
{
	if (is_ours(d, entry))
		add_refusal(d, campaign, entry, "invalid");
}

/* --- what the records reach back to ----------------------------------------------------------------- */

static int64_t id_ms(const struct redis_reply *id)
{
	const char *text = reply_text(id, NULL);

	return text != NULL ? strtoll(text, NULL, 10) : TIME_NONE;
}

/* How many calls were ever recorded, by the counters, which outlive what is trimmed. */
static int64_t calls_counted(const struct hash *stats)
{
	int64_t total = hash_int(stats, "done");

	for (size_t i = 0; i < stats->fields.count; i++)
		if (strncmp(stats->fields.names[i], "retried.", 8) == 0)
			total += strtoll(stats->fields.values[i], NULL, 10);
	return total;
}

/* Calls of this campaign or, campaign NULL, of all that ever were here. */
static int64_t read_counted(struct dossier *d, const char *campaign)
{
	char key[KEY_SIZE];
	struct hash stats;
	const char *prefix = d->ctl->conf.prefix;

	hash_read(d->ctl,
	          campaign != NULL ? key_campaign(prefix, campaign, "stats", key)
	                           : key_global(prefix, "stats", key),
	          &stats);
	int64_t total = calls_counted(&stats);

	hash_done(&stats);
	return total;
}

static void set_ms(json_t *object, const char *key, int64_t ms)
{
	json_object_set_new(object, key, ms != TIME_NONE ? json_integer(ms) : json_null());
}

/* What is known of a done stream: records written and kept, the oldest kept, the newest
 * ever, and the newest that was deleted by hand. */
static void note_stream(struct dossier *d, const char *campaign, const char *key, int64_t counted,
                        int64_t kept)
{
	struct redis_reply *info = ask_any_words(d->ctl, "XINFO", "STREAM", key);
	bool known = !reply_is_error(info);

	if (!known && !reply_error_is(info, "ERR") && !reply_error_is(info, "WRONGTYPE"))
		ask_fail(d->ctl, "XINFO STREAM", key, info);
	/* Both at one instant: calls go on being recorded while this is read. */
	int64_t gone =
	    reply_int(reply_field(info, "entries-added"), 0) - reply_int(reply_field(info, "length"), 0);
	int64_t written = kept + (gone > 0 ? gone : 0);
	const struct redis_reply *first = reply_field(info, "first-entry");
	int64_t deleted = id_ms(reply_field(info, "max-deleted-entry-id"));

	/* A stream that is gone is an error of XINFO; that nothing was written is none. */
	if (counted > written)
		written = counted;
	json_t *object = json_object();

	json_object_set_new(object, "campaign", print_json_text(campaign));
	json_object_set_new(object, "written", json_integer(written));
	json_object_set_new(object, "kept", json_integer(kept));
	set_ms(object, "oldest_kept_ms", known ? id_ms(reply_at(first, 0)) : TIME_NONE);
	set_ms(object, "newest_written_ms",
	       known ? id_ms(reply_field(info, "last-generated-id")) : TIME_NONE);
	set_ms(object, "newest_deleted_ms", known && deleted > 0 ? deleted : TIME_NONE);
	json_array_append_new(d->streams, object);
	reply_free(info);
}

void dossier_read_campaigns(struct dossier *d)
{
	const char *prefix = d->ctl->conf.prefix;
	int64_t ever = read_counted(d, NULL), counted_all = 0;
	char key[KEY_SIZE];

	for (size_t i = 0; i < d->campaigns.count; i++) {
		const char *c = d->campaigns.list[i];
		int64_t counted = read_counted(d, c);
		int64_t kept = dossier_walk(d, key_campaign(prefix, c, "done", key), c, take_done);

		if (kept >= 0) {
			d->called += kept;
			note_stream(d, c, key, counted, kept);
		}
		counted_all += counted;
		(void)dossier_walk(d, key_campaign(prefix, c, "refused", key), c, take_refused);
		(void)dossier_walk(d, key_campaign(prefix, c, "invalid", key), c, take_invalid);
		ctl_progress(lang_pick(d->french, "campaigns", "campagnes"), (int64_t)i + 1);
	}
	if (ever > counted_all)
		dossier_append(d, d->limits,
		               lang_pick(d->french,
		                         "%lld records of calls were of campaigns that were purged since",
		                         "%lld traces d'appels étaient celles de campagnes purgées depuis"),
		               (long long)(ever - counted_all));
}
