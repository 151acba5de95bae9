/* statements.c - what the person said: consents, withdrawals, oppositions; on which lists
 * the number is; and which attempts are on record. */
#include "ctl/dossier/statements.h"

#include "core/consent/attempts.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/dossier/dossier.h"
#include "ctl/dossier/phrases.h"
#include "ctl/dossier/streams.h"
#include "ctl/paper/words.h"
#include "ctl/query/members.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- consents ------------------------------------------------------------------------- */

static char *joined(const json_t *value)
{
	char *text = mem_copy(json_string_value(value) != NULL ? json_string_value(value) : "");
	const json_t *inner;
	size_t i;

	json_array_foreach(value, i, inner)
	{
		char *more = mem_format("%s%s%s", text, i > 0 ? " " : "",
		                        json_string_value(inner) != NULL ? json_string_value(inner) : "?");

		free(text);
		text = more;
	}
	return text;
}

static void add_consent(struct dossier *d, const char *id, const char *name, const json_t *consent)
{
	static const char *const shown[] = { "channel", "until", "form", "proof",     "act",
		                             "via",     "bases", "slot", "advertiser" };
	const char *at = json_string_value(json_object_get(consent, "collected_at"));
	const char *product = json_string_value(json_object_get(consent, "product"));
	int64_t ms;
	bool dated = at != NULL && civil_parse_instant(at, strlen(at), &ms);
	json_t *event = dossier_event(d, dated ? ms : TIME_NONE, 0, "consent");

	dossier_set(d, event, "text",
	            lang_pick(d->french, "Consent to %s in its registry, for: %s",
	                      "Consentement donné à %s, dans son registre, pour : %s"),
	            name, product != NULL ? product : "?");
	dossier_set_text(d, event, "advertiser", id);
	json_object_set(event, "consent", (json_t *)consent);
	if (!dated)
		dossier_append(d, dossier_details(event),
		               lang_pick(d->french, "It has no time of collection",
		                         "Il n'a pas d'heure de recueil"));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		char *value = joined(json_object_get(consent, shown[i]));

		if (*value != '\0')
			dossier_append(d, dossier_details(event), lang_pick(d->french, "%s: %s", "%s : %s"),
			               lang_say(d->french, shown[i]), value);
		free(value);
	}
}

/* A withdrawal that the stream of oppositions has is told from there, with who reported it. */
static bool is_told(const struct dossier *d, const char *advertiser, int64_t received_ms)
{
	for (size_t i = 0; i < d->event_count; i++) {
		const json_t *e = d->events[i].json;
		const char *kind = json_string_value(json_object_get(e, "kind"));
		const char *of = json_string_value(json_object_get(e, "advertiser"));

		if (strcmp(kind, "withdrawn") == 0 && of != NULL && strcmp(of, advertiser) == 0 &&
		    json_integer_value(json_object_get(e, "received_ms")) == received_ms)
			return true;
	}
	return false;
}

static void read_registry(struct dossier *d, const char *id, const char *name)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_value_words(d->ctl, "HGET", key_of(d->ctl->conf.prefix, "consent", id, key), d->phone.e164);
	size_t len = 0, i;
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, &len);
	json_t *record = text != NULL ? json_loadb(text, len, 0, NULL) : NULL;
	const json_t *withdrawn = json_object_get(record, "withdrawn_ms"), *consent;
	const json_t *received = json_object_get(record, "withdrawn_received_ms");

	if (reply_is_error(reply) || (text != NULL && !json_is_object(record)))
		dossier_append(d, d->limits,
		               lang_pick(d->french, "The consents of %s could not be read",
		                         "Les consentements de %s n'ont pas pu être lus"),
		               name);
	json_array_foreach(json_object_get(record, "consents"), i, consent)
	{
		add_consent(d, id, name, consent);
	}
	if (json_is_number(withdrawn) && !is_told(d, id, (int64_t)json_number_value(received))) {
		json_t *event = dossier_event(d, (int64_t)json_number_value(withdrawn), 0, "withdrawn");

		dossier_set(d, event, "text",
		            lang_pick(d->french, "Consent to %s withdrawn", "Consentement donné à %s retiré"),
		            name);
		dossier_set_text(d, event, "advertiser", id);
		json_object_set(event, "received_ms",
		                json_is_number(received) ? (json_t *)received : json_null());
	}
	json_decref(record);
	reply_free(reply);
}

/* --- oppositions ------------------------------------------------------------------------- */

static const char *text_of(const struct redis_reply *fields, const char *name)
{
	const char *text = reply_text(reply_field(fields, name), NULL);

	return text != NULL ? text : "";
}

static void say_opposition(const struct dossier *d, json_t *event, const char *kind, const char *advertiser,
                           const char *name)
{
	bool all = *advertiser == '\0';

	if (strcmp(kind, "withdrawn") == 0)
		dossier_set(d, event, "text",
		            lang_pick(d->french, "Consent to %s withdrawn", "Consentement donné à %s retiré"),
		            name);
	else if (strcmp(kind, "undone") == 0 && all)
		dossier_set(d, event, "text",
		            lang_pick(d->french, "The opposition to all calls was taken back",
		                      "L'opposition à tout appel a été annulée"));
	else if (strcmp(kind, "undone") == 0)
		dossier_set(d, event, "text",
		            lang_pick(d->french, "The opposition to calls of %s was taken back",
		                      "L'opposition aux appels de %s a été annulée"),
		            name);
	else if (strcmp(kind, "lifted") == 0)
		dossier_set(
		    d, event, "text",
		    lang_pick(d->french, "The opposition to calls of %s was lifted by a later consent",
		              "L'opposition aux appels de %s a été levée par un consentement ultérieur"),
		    name);
	else if (all)
		dossier_set(d, event, "text",
		            lang_pick(d->french, "Opposition to all calls", "Opposition à tout appel"));
	else
		dossier_set(d, event, "text",
		            lang_pick(d->french, "Opposition to calls of %s", "Opposition aux appels de %s"),
		            name);
}

/* What our own functions wrote: who reported it ("call:acme.noel"), and an outcome as the reason. Takes it over. */
static char *in_french(char *value)
{
	char *text = strncmp(value, "call:", 5) == 0 ? mem_format("appel de la campagne %s", value + 5)
	                                             : mem_copy(words_of(true, value));

	free(value);
	return text;
}

static void take_opposition(struct dossier *d, const char *ignored, const struct redis_reply *entry)
{
	const struct redis_reply *fields = reply_at(entry, 1);
	const char *scope = text_of(fields, "scope"), *kind = text_of(fields, "kind");
	const char *said = text_of(fields, "event"), *colon = strchr(scope, ':');
	const char *advertiser = colon != NULL ? colon + 1 : "";
	size_t len = 0;
	const char *number = reply_text(reply_field(fields, "number"), &len);
	int64_t received_ms = reply_int(reply_field(fields, "received_ms"), 0), event_ms;

	(void)ignored;
	if (number == NULL || !dossier_is_number(d, number, len))
		return;
	if (received_ms == 0)
		received_ms = strtoll(reply_text(reply_at(entry, 0), NULL), NULL, 10);
	if (*said == '\0' || !civil_parse_instant(said, strlen(said), &event_ms))
		event_ms = received_ms;
	char *name = dossier_advertiser(d, advertiser), *at = dossier_instant(d, received_ms, 0);
	json_t *event = dossier_event(d, event_ms, 0, *kind != '\0' ? kind : "opposed");

	say_opposition(d, event, kind, advertiser, name);
	dossier_set_text(d, event, "advertiser", advertiser);
	json_object_set_new(event, "received_at", ctl_json_time(received_ms));
	json_object_set_new(event, "received_ms", json_integer(received_ms));
	dossier_append(d, dossier_details(event), lang_pick(d->french, "Received %s", "Reçu : %s"), at);
	static const char *const shown[] = { "scope", "source", "reason", "by", "person" };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		char *value = dossier_hidden(d, text_of(fields, shown[i]));

		dossier_set_text(d, event, shown[i], text_of(fields, shown[i]));
		if (d->french)
			value = in_french(value);
		if (*value != '\0' && i > 0)
			dossier_append(d, dossier_details(event), lang_pick(d->french, "%s: %s", "%s : %s"),
			               lang_say(d->french, shown[i]), value);
		free(value);
	}
	/* Another space recorded it first. */
	if (*text_of(fields, "space") != '\0')
		dossier_set_text(d, event, "heard_from", text_of(fields, "space"));
	free(at);
	free(name);
}

/* --- lists ---------------------------------------------------------------------------------- */

/* Is it on that list now? What stands there without a record was put there by hand, or came
 * with a file. */
static void read_list(struct dossier *d, const char *list)
{
	char dated_key[KEY_SIZE];
	const char *prefix = d->ctl->conf.prefix, *colon = strchr(list, ':');
	bool live = strncmp(list, "opposition", 10) == 0;

	int on = members_has(d->ctl, list, d->phone.e164, NULL);
	struct redis_reply *dated =
	    ask_value_words(d->ctl, "HGET", key_dated(prefix, colon != NULL ? colon + 1 : "", dated_key),
	                    d->phone.e164);
	const char *date = live && !reply_is_error(dated) ? reply_text(dated, NULL) : NULL;

	if (on < 0) {
		dossier_append(d, d->limits,
		               lang_pick(d->french, "The list %s could not be read",
		                         "La liste %s n'a pas pu être lue"),
		               list);
	} else if (on == 1) {
		json_t *object = json_object();

		json_object_set_new(object, "list", print_json_text(list));
		json_object_set_new(object, "dated", json_boolean(date != NULL));
		if (live && date == NULL)
			dossier_set(d, object, "text",
			            lang_pick(d->french,
			                      "On the list %s, without a date: no consent lifts that",
			                      "Sur la liste %s, sans date : aucun consentement ne la lève"),
			            list);
		else
			dossier_set(d, object, "text",
			            lang_pick(d->french, "On the list %s", "Sur la liste %s"), list);
		json_array_append_new(d->standing, object);
	}
	reply_free(dated);
}

/* --- attempts ---------------------------------------------------------------------------------- */

static void read_attempts(struct dossier *d, const char *id, const char *name)
{
	uint8_t days[ATTEMPTS_BYTES_MAX];
	char key[KEY_SIZE], date[CIVIL_DATE_SIZE];
	const char *packed;
	size_t len = 0, packed_len;
	struct attempts_slot at;

	attempts_slot_of_number(d->phone.e164, &at);
	struct redis_reply *reply =
	    ask_value_words(d->ctl, "HGET", key_of(d->ctl->conf.prefix, "attempts", id, key), at.field);
	const char *bucket = reply_is_error(reply) ? NULL : reply_text(reply, &len);

	if (reply_is_error(reply))
		dossier_append(d, d->limits,
		               lang_pick(d->french, "The attempts of %s could not be read",
		                         "Les tentatives de %s n'ont pas pu être lues"),
		               name);
	if (bucket != NULL && attempts_find(bucket, len, at.mark, &packed, &packed_len)) {
		size_t n = attempts_unpack(packed, packed_len, (int32_t)(d->now_ms / DAY_MS), days);
		json_t *object = json_object(), *dates = json_array();
		char *text = mem_copy("");

		for (size_t i = 0; i + 1 < n; i += 2) {
			civil_format_date(attempts_day(days + i), date);
			char *more = mem_format("%s%s%s", text, i > 0 ? ", " : "", date);

			free(text);
			text = more;
			json_array_append_new(dates, print_json_text(date));
		}
		json_object_set_new(object, "advertiser", print_json_text(id));
		json_object_set_new(object, "dates", dates);
		dossier_set(
		    d, object, "text",
		    lang_pick(d->french, "Attempts of %s on record, ours and those made elsewhere: %s",
		              "Tentatives de %s inscrites, les nôtres et celles faites ailleurs : %s"),
		    name, text);
		json_array_append_new(d->attempts, object);
		free(text);
	}
	reply_free(reply);
}

void dossier_read_said(struct dossier *d)
{
	char key[KEY_SIZE], own[ID_MAX + 16];

	(void)dossier_walk(d, key_global(d->ctl->conf.prefix, "oppositions", key), "", take_opposition);
	read_list(d, "opposition");
	for (size_t i = 0; i < d->lists.count; i++)
		if (strcmp(d->lists.list[i], "opposition") != 0)
			read_list(d, d->lists.list[i]);
	for (size_t i = 0; i < d->advertisers.count; i++) {
		const char *id = d->advertisers.list[i];
		char *name = dossier_advertiser(d, id);

		snprintf(own, sizeof(own), "opposition:%s", id);
		read_list(d, own);
		read_registry(d, id, name);
		read_attempts(d, id, name);
		free(name);
	}
}
