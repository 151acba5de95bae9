/* phrases.c - events and sentences of a dossier. */
#include "ctl/dossier/phrases.h"

#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/dossier/dossier.h"
#include "ctl/law/law_text.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/letter.h"
#include "ctl/query/company_ids.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN_DIGITS 9 /* so many in a row, and more, could be a number */
#define OWN_DIGITS 8    /* of a number: enough to know it by */
#define ZONES_SHOWN 4

/* --- sentences ---------------------------------------------------------------------- */

char *dossier_say(const struct dossier *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	return text;
}

/* A text of ours that may hold one from outside; takes it over. */
static json_t *json_own(char *text)
{
	json_t *value = print_json_text(text);

	free(text);
	return value != NULL ? value : json_string("?");
}

void dossier_set(const struct dossier *d, json_t *object, const char *key, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	json_object_set_new(object, key, json_own(mem_vformat(format, ap)));
	va_end(ap);
}

void dossier_append(const struct dossier *d, json_t *array, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	json_array_append_new(array, json_own(mem_vformat(format, ap)));
	va_end(ap);
}

/* How many bytes from at on are one run of digits, as people write numbers, and how many
 * digits it has. */
static size_t digits_run(const char *at, size_t *ret_digits)
{
	size_t len = 0;

	*ret_digits = 0;
	for (size_t i = 0; at[i] != '\0' && (isdigit((unsigned char)at[i]) || strchr(" .-()/", at[i])); i++)
		if (isdigit((unsigned char)at[i])) {
			len = i + 1;
			(*ret_digits)++;
		}
	return len;
}

/* Does a run of digits end as the number of the dossier does? */
static bool is_its_own(const struct dossier *d, const char *at, size_t len)
{
	const char *own = d->phone.e164 + strlen(d->phone.e164);

	for (size_t i = len, n = 0; i > 0 && n < OWN_DIGITS && own > d->phone.e164; i--) {
		if (!isdigit((unsigned char)at[i - 1]))
			continue;
		if (*--own != at[i - 1])
			return false;
		if (++n == OWN_DIGITS)
			return true;
	}
	return false;
}

/* Proofs, dates and times have many digits as well, but no plus and no zero before them. */
char *dossier_hidden(const struct dossier *d, const char *text)
{
	char *hidden = mem_zero(strlen(text) * 3 + 1), *out = hidden;

	for (const char *at = text; *at != '\0';) {
		size_t digits = 0;
		bool starts = isdigit((unsigned char)*at) && (at == text || !isdigit((unsigned char)at[-1]));
		size_t len = starts ? digits_run(at, &digits) : 0;
		bool written = digits >= HIDDEN_DIGITS && ((at > text && at[-1] == '+') || *at == '0');

		if (!written && !is_its_own(d, at, len)) {
			*out++ = *at++;
			continue;
		}
		for (size_t n = 0; len > 0; len--, at++)
			if (isdigit((unsigned char)*at) && n++ >= 3)
				out = stpcpy(out, "•");
			else
				*out++ = *at;
	}
	return hidden;
}

void dossier_set_text(const struct dossier *d, json_t *object, const char *key, const char *text)
{
	json_t *value = NULL;

	if (text != NULL && *text != '\0') {
		char *hidden = dossier_hidden(d, text);

		value = print_json_text(hidden);
		free(hidden);
	}
	json_object_set_new(object, key, value != NULL ? value : json_null());
}

/* --- times ---------------------------------------------------------------------------- */

static size_t zones_of(const struct dossier *d, uint32_t place, const struct zone **zones)
{
	return ctl_place_zones(d->rb, place != 0 ? place : d->phone.territories, zones, ZONES_SHOWN);
}

char *dossier_local(const struct dossier *d, int64_t ms, uint32_t place)
{
	const struct zone *zones[ZONES_SHOWN] = { NULL };
	size_t count = d->letter ? 0 : zones_of(d, place, zones);
	char *text = mem_copy(""), at[LANG_LOCAL_SIZE];

	for (size_t i = 0; i < count; i++) {
		char *more = mem_format("%s%s%s (%s)", text, i > 0 ? ", " : "",
		                        lang_local(d->french, zones[i], ms, at), zone_name(zones[i]));

		free(text);
		text = more;
	}
	return text;
}

char *dossier_instant(const struct dossier *d, int64_t ms, uint32_t place)
{
	char utc[CIVIL_INSTANT_SIZE], *local = dossier_local(d, ms, place);
	char *text = mem_format("%s%s%s", local, *local != '\0' ? ", " : "", civil_format_instant(ms, utc));

	free(local);
	return text;
}

/* --- events ----------------------------------------------------------------------------- */

json_t *dossier_event(struct dossier *d, int64_t ms, uint32_t place, const char *kind)
{
	json_t *object = json_object();
	char *local = dossier_local(d, ms, place);

	json_object_set_new(object, "at", ctl_json_time(ms));
	json_object_set_new(object, "local", json_own(local));
	json_object_set_new(object, "kind", print_json_text(kind));
	json_object_set_new(object, "text", json_string(""));
	json_object_set_new(object, "details", json_array());
	d->events = mem_grow(d->events, &d->event_capacity, d->event_count, sizeof(*d->events));
	d->events[d->event_count] = (struct dossier_event){ ms, d->event_order++, object };
	d->event_count++;
	return object;
}

static bool has_token(const json_t *object, const char *token)
{
	const char *text = json_string_value(json_object_get(object, "token"));

	return text != NULL && strcmp(text, token) == 0;
}

void dossier_forget(struct dossier *d, const char *token)
{
	size_t events = 0, starts = 0;

	if (*token == '\0')
		return;
	for (size_t i = 0; i < d->event_count; i++)
		if (has_token(d->events[i].json, token))
			json_decref(d->events[i].json);
		else
			d->events[events++] = d->events[i];
	d->event_count = events;
	for (size_t i = 0; i < d->start_count; i++)
		if (strcmp(d->starts[i].token, token) != 0)
			d->starts[starts++] = d->starts[i];
	d->start_count = starts;
	for (size_t i = json_array_size(d->now); i-- > 0;)
		if (has_token(json_array_get(d->now, i), token))
			json_array_remove(d->now, i);
}

json_t *dossier_details(json_t *event)
{
	return json_object_get(event, "details");
}

/* --- names and articles -------------------------------------------------------------------- */

char *dossier_advertiser(struct dossier *d, const char *id)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_value_words(d->ctl, "HGET", key_of(d->ctl->conf.prefix, "advertiser", id, key), "name");
	const char *name = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char *text = name != NULL && *name != '\0' ? mem_format("%s (%s)", name, id) : mem_copy(id);

	reply_free(reply);
	return text;
}

const char *dossier_kept_under(struct dossier *d, const char *advertiser, char ret[ID_MAX + 1])
{
	struct company company;

	snprintf(ret, ID_MAX + 1, "%s", advertiser);
	if (!id_is_valid(advertiser, strlen(advertiser)))
		return ret;
	ask_company(d->ctl, advertiser, &company);
	memcpy(ret, company.ids[0], ID_MAX + 1);
	return ret;
}

char *dossier_advertiser_of(struct dossier *d, const char *campaign)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_value_words(d->ctl, "HGET", key_campaign(d->ctl->conf.prefix, campaign, "def", key),
	                    "advertiser");
	const char *id = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char *copy = mem_copy(id != NULL ? id : "");

	reply_free(reply);
	return copy;
}

char *dossier_cited(const struct dossier *d, const char *article)
{
	return letter_article(d->french, article);
}

const char *dossier_article(const struct dossier *d, enum reason reason, const char *rule, int64_t ms)
{
	const struct zone *zones[ZONES_SHOWN] = { NULL };
	int32_t second, day = (int32_t)(ms / DAY_MS);

	if (zones_of(d, 0, zones) > 0)
		day = zone_local_date(zones[0], ms, &second);
	return law_article(d->rb, reason, rule, d->phone.e164, day);
}
