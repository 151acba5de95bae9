/* query.c - questions to Redis, for the commands that need one; see query.h. */
#include "ctl/query/query.h"

#include "core/text/control.h"
#include "core/text/nearest.h"
#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/lua_source.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- values ------------------------------------------------------------------------------- */

void hash_take(struct hash *ret, struct redis_reply *reply)
{
	size_t n = reply_count(reply) / 2;

	*ret = (struct hash){ .reply = reply, .wrong_type = reply_is_error(reply) };
	if (n > FIELDS_MAX)
		fields_too_large(&ret->fields);
	ret->fields.names = mem_zero((n + 1) * sizeof(char *));
	ret->fields.values = mem_zero((n + 1) * sizeof(char *));
	for (size_t i = 0; i < n; i++) {
		size_t name_len, value_len;

		ret->fields.names[i] = reply_text(reply_at(reply, 2 * i), &name_len);
		ret->fields.values[i] = reply_text(reply_at(reply, 2 * i + 1), &value_len);
		fields_check(&ret->fields, ret->fields.names[i], name_len, ret->fields.values[i], value_len);
	}
	ret->fields.count = n;
}

void hash_read(struct ctl *ctl, const char *key, struct hash *ret)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HGETALL");
	args_add(&a, key);
	struct redis_reply *reply = ask_value(ctl, &a);

	args_done(&a);
	hash_take(ret, reply);
}

const char *hash_get(const struct hash *h, const char *name)
{
	return fields_get(&h->fields, name);
}

int64_t hash_int(const struct hash *h, const char *name)
{
	return reply_int(reply_field(h->reply, name), 0);
}

void hash_done(struct hash *h)
{
	free(h->fields.names);
	free(h->fields.values);
	reply_free(h->reply);
	*h = (struct hash){ 0 };
}

struct redis_reply *ask_page(struct ctl *ctl, const char *key, char cursor[CURSOR_SIZE])
{
	struct redis_reply *reply = ask_value_words(ctl, "HSCAN", key, cursor, "COUNT", "500");
	const char *next = reply_text(reply_at(reply, 0), NULL);

	snprintf(cursor, CURSOR_SIZE, "%s", next != NULL ? next : "0");
	return reply;
}

void ask_send_standing(struct ctl *ctl, const char *id)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];

	ask_send_words(ctl, "HGETALL", key_campaign(prefix, id, "state", key));
	ask_send_words(ctl, "HGETALL", key_campaign(prefix, id, "stats", key));
	ask_send_words(ctl, "LLEN", key_campaign(prefix, id, "queue", key));
}

int64_t ask_count(struct ctl *ctl, const char *command, const char *key)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, command);
	args_add(&a, key);
	struct redis_reply *reply = ask_value(ctl, &a);
	int64_t count = reply_int(reply, COUNT_UNKNOWN);

	args_done(&a);
	reply_free(reply);
	return count;
}

char *count_text(int64_t count, char buf[COUNT_SIZE])
{
	snprintf(buf, COUNT_SIZE, "%" PRId64, count);
	if (count == COUNT_UNKNOWN)
		snprintf(buf, COUNT_SIZE, "?");
	return buf;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

double ask_pace(struct ctl *ctl, const char *key)
{
	struct redis_reply *reply = ask_value_words(ctl, "GET", key);
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	double ms = text != NULL ? strtod(text, NULL) : 0;

	reply_free(reply);
	return ms;
}

void names_add(struct names *names, const char *text, size_t len)
{
	names->list = mem_grow(names->list, &names->capacity, names->count, sizeof(char *));
	names->list[names->count++] = mem_copy_len(text, len);
}

const char *names_nearest(const struct names *names, const char *word)
{
	return nearest_name(word, strlen(word), (const char *const *)names->list, names->count);
}

void names_read(struct ctl *ctl, const char *key, struct names *ret)
{
	struct redis_reply *reply = ask_words(ctl, "SMEMBERS", key);

	*ret = (struct names){ 0 };
	for (size_t i = 0; i < reply_count(reply); i++) {
		size_t len;
		const char *text = reply_text(reply_at(reply, i), &len);

		names_add(ret, text, len);
	}
	reply_free(reply);
	if (ret->count > 0)
		qsort(ret->list, ret->count, sizeof(char *), by_name);
}

void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct names){ 0 };
}

/* --- arguments ------------------------------------------------------------------------------- */

void ask_id(const struct ctl *ctl, const char *what, const char *text)
{
	char shown[SHOWN_TEXT];

	if (!id_is_valid(text, strlen(text)))
		ctl_misuse(ctl,
		           error_pick("%s is not an id of %s: expected [a-z0-9][a-z0-9._-]{0,63}",
		                      "%s n'est pas un identifiant (%s) : [a-z0-9][a-z0-9._-]{0,63} attendu"),
		           shown_masked(text, strlen(text), shown, sizeof(shown)), what);
}

bool ask_is_campaign(struct ctl *ctl, const char *id)
{
	char key[KEY_SIZE];
	const char *prefix = ctl_conf(ctl)->prefix;

	if (!id_is_valid(id, strlen(id)))
		return false;
	struct redis_reply *listed = ask_words(ctl, "SISMEMBER", key_global(prefix, "campaigns", key), id);
	bool known = reply_int(listed, 0) == 1;

	reply_free(listed);
	return known || ask_count(ctl, "EXISTS", key_campaign(prefix, id, "def", key)) == 1;
}

void ask_campaign(struct ctl *ctl, const char *id)
{
	char campaigns[KEY_SIZE];
	struct names names;

	ask_id(ctl, error_pick("a campaign", "campagne"), id);
	if (ask_is_campaign(ctl, id))
		return;
	key_global(ctl_conf(ctl)->prefix, "campaigns", campaigns);
	names_read(ctl, campaigns, &names);
	const char *near = names_nearest(&names, id);

	if (near != NULL)
		ctl_fail(error_pick("campaign %s is unknown, did you mean %s?",
		                    "campagne inconnue %s, vouliez-vous dire %s ?"),
		         id, near);
	ctl_fail(error_pick("campaign %s is unknown (licetctl campaign list shows those that are)",
	                    "campagne inconnue %s (licetctl campaign list montre celles qui existent)"),
	         id);
}

/* The advertisers that campaigns name, and the whole of what they call an advertiser's. */
static void names_of_advertisers(struct ctl *ctl, struct names *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct names ids;

	*ret = (struct names){ 0 };
	names_read(ctl, key_global(prefix, "campaigns", key), &ids);
	for (size_t i = 0; i < ids.count; i++)
		ask_send_words(ctl, "HGET", key_campaign(prefix, ids.list[i], "def", key), "advertiser");
	for (size_t i = 0; i < ids.count; i++) {
		struct redis_reply *reply = ask_next(ctl);
		size_t len;
		const char *text = reply_is_error(reply) ? NULL : reply_text(reply, &len);

		if (text != NULL)
			names_add(ret, text, len);
		reply_free(reply);
	}
	names_done(&ids);
	/* Those that have no campaign yet: the SIRENs in use, each with the id that has it. */
	struct redis_reply *used = ask_permitted_words(ctl, "HVALS", key_global(prefix, "sirens", key));

	for (size_t i = 0; i < reply_count(used); i++) {
		size_t len;
		const char *text = reply_text(reply_at(used, i), &len);

		if (text != NULL)
			names_add(ret, text, strcspn(text, " "));
	}
	reply_free(used);
}

void ask_advertiser(struct ctl *ctl, const char *id)
{
	static const char *const kept[] = { "advertiser", "attempts", "oppositions:dated", "consent" };
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct names names;

	ask_id(ctl, error_pick("an advertiser", "annonceur"), id);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (ask_count(ctl, "EXISTS", key_of(prefix, kept[i], id, key)) == 1)
			return;
	/* licetd notes who was declared. */
	struct redis_reply *known = ask_words(ctl, "SISMEMBER", key_global(prefix, "advertisers", key), id);
	bool was = reply_int(known, 0) == 1;

	reply_free(known);
	if (was)
		return;
	names_of_advertisers(ctl, &names);
	/* A campaign's id begins with its advertiser's. */
	char first[ID_MAX + 1];
	const char *near = names_nearest(&names, id);

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(id, "."), id);
	if (near == NULL && strchr(id, '.') != NULL &&
	    ask_count(ctl, "EXISTS", key_of(prefix, "advertiser", first, key)) == 1)
		near = first;
	struct redis_reply *owner =
	    ask_permitted_words(ctl, "HGET", key_campaign(prefix, id, "def", key), "advertiser");

	if (near == NULL && !reply_is_error(owner))
		near = reply_text(owner, NULL); /* it is a campaign's id */
	char nearest[ID_MAX + 1] = "";

	if (near != NULL)
		snprintf(nearest, sizeof(nearest), "%s", near);
	reply_free(owner);
	names_done(&names);
	if (nearest[0] != '\0')
		ctl_fail(error_pick("advertiser %s is unknown: nothing was written; did you mean %s?",
		                    "annonceur inconnu %s : rien n'a été écrit ; vouliez-vous dire %s ?"),
		         id, nearest);
	ctl_fail(error_pick("advertiser %s is unknown: nothing was written; HSET %s declares it",
	                    "annonceur inconnu %s : rien n'a été écrit ; HSET %s le déclare"),
	         id, key_of(prefix, "advertiser", id, key));
}

void ask_route(struct ctl *ctl, const char *id)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];

	ask_id(ctl, error_pick("a route", "route"), id);
	if (strcmp(id, "main") == 0)
		return;
	struct redis_reply *listed = ask_value_words(ctl, "SISMEMBER", key_global(prefix, "routes", key), id),
			   *declared = ask_any_words(ctl, "EXISTS", key_of(prefix, "route", id, key));
	bool known = reply_int(listed, 1) == 1 || reply_int(declared, 1) == 1;

	reply_free(listed);
	reply_free(declared);
	if (known)
		return;
	struct names names;

	names_read(ctl, key_global(prefix, "routes", key), &names);
	const char *near = names_nearest(&names, id);

	if (near == NULL)
		near = nearest_name(id, strlen(id), (const char *const[]){ "main" }, 1);
	if (near != NULL)
		ctl_fail(error_pick("route %s is unknown, did you mean %s?",
		                    "route inconnue %s, vouliez-vous dire %s ?"),
		         id, near);
	ctl_fail(error_pick("route %s is unknown: neither declared (HSET %s) nor in use",
	                    "route inconnue %s : ni déclarée (HSET %s) ni utilisée"),
	         id, key_of(prefix, "route", id, key));
}

void ask_sender_name(const struct ctl *ctl, const char *option, const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 64 || control_in(name, len))
		ctl_misuse(ctl,
		           error_pick("%s must be a name of 1 to 64 bytes without control characters",
		                      "%s doit être un nom de 1 à 64 octets, sans caractères de contrôle"),
		           option);
}

void ask_number(struct ctl *ctl, const char *text, struct phone *ret)
{
	char mask[PHONE_MASK_SIZE];

	if (phone_normalise(ctl_rulebook(ctl), text, strlen(text), ret))
		return;
	const char *hint = NULL;

	phone_parse(ctl->rulebook, text, strlen(text), ret, &hint);
	char *told = core_text(error_is_french(), hint != NULL ? hint : ""), said[200];

	snprintf(said, sizeof(said), "%s", told);
	free(told);
	ctl_fail("%s: %s: %s", phone_mask(text, mask), reason_name(REASON_NUMBER_MALFORMED), said);
}

char *ask_instant(const struct ctl *ctl, const char *name, const char *text, char buf[24])
{
	return civil_format_instant(ctl_read_time(ctl, name, text), buf);
}

/* --- output ----------------------------------------------------------------------------------- */

void ctl_progress(const char *what, int64_t count)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (count < 0)
		fputs("\r\033[K", stderr);
	else
		print_to(stderr, error_pick("\r%s: %" PRId64 "\033[K", "\r%s : %" PRId64 "\033[K"), what,
		         count);
}

void ctl_progress_of(const char *what, int64_t count, int64_t at, int64_t size, int64_t start_ms)
{
	int64_t elapsed_ms = clock_monotonic_ms() - start_ms;

	if (!isatty(STDERR_FILENO) || elapsed_ms <= 0)
		return;
	print_to(stderr, error_pick("\r%s: %" PRId64 ", %" PRId64 "/s", "\r%s : %" PRId64 ", %" PRId64 "/s"),
	         what, count, count * 1000 / elapsed_ms);
	if (size > 0 && at > 0) {
		int64_t left_s = (int64_t)((double)elapsed_ms * (double)(size - at) / (double)at / 1000);

		print_to(stderr,
		         error_pick(", %" PRId64 " %%, %" PRId64 ":%02" PRId64 " left",
		                    ", %" PRId64 " %%, encore %" PRId64 ":%02" PRId64),
		         at * 100 / size, left_s / 60, left_s % 60);
	}
	fputs("\033[K", stderr);
}
