/* status: one screen of how things stand. */
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"

#include "core/campaign/balance.h"
#include "core/law/binding.h"
#include "core/time/civil.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/campaigns_seen.h"
#include "ctl/query/members.h"
#include "ctl/sender/breaker.h"
#include "ctl/watch/status_spaces.h"
#include "ctl/watch/status_text.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 100
#define ERRORS_SHOWN "5"
#define SCAN_ROUNDS 500 /* of 5,000 keys */

static json_t *json_text(const char *text)
{
	json_t *value = print_json_text(text != NULL ? text : "");

	return value != NULL ? value : json_string("?"); /* no UTF-8: somebody else wrote it */
}

static int64_t instant_of(const char *text)
{
	int64_t ms;

	return text != NULL && civil_parse_instant(text, strlen(text), &ms) ? ms : TIME_NONE;
}

static void set_age(json_t *object, int64_t now_ms, const char *since)
{
	int64_t ms = instant_of(since);

	json_object_set_new(object, "age_s",
	                    ms == TIME_NONE ? json_null() : json_integer((now_ms - ms) / 1000));
}

/* --- daemons ------------------------------------------------------------------------ */

static json_t *json_daemon(struct ctl *ctl, const char *key)
{
	static const char *const texts[] = {
		"version",   "pid",          "started",       "now",
		"simulated", "rulebook",     "rulebook_hash", "rulebook_approved_by",
		"tzdata",    "redis_policy", "reload_error",  "unbalanced"
	};
	json_t *object = json_object();
	struct hash h;

	hash_read(ctl, key, &h);
	json_object_set_new(object, "instance",
	                    json_text(key + strlen(ctl->conf.prefix) + strlen("daemon:")));
	set_age(object, ctl_now_ms(ctl), hash_get(&h, "now"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(object, texts[i], json_text(hash_get(&h, texts[i])));
	json_object_set_new(object, "clock_offset_ms", json_integer(hash_int(&h, "clock_offset_ms")));
	json_object_set_new(object, "progress_age_ms", json_integer(hash_int(&h, "progress_age_ms")));
	json_object_set_new(object, "campaigns", json_integer(hash_int(&h, "campaigns")));
	bool gone = h.fields.count == 0;

	hash_done(&h);
	if (!gone)
		return object;
	json_decref(object);
	return NULL;
}

/* Those that said which rulebook they work by: for who may not look for keys. */
static void add_daemons_named(struct ctl *ctl, json_t *list)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash named;

	hash_read(ctl, key_global(prefix, "rulebooks", key), &named);
	for (size_t i = 0; i < named.fields.count; i++) {
		json_t *daemon = json_daemon(ctl, key_of(prefix, "daemon", named.fields.names[i], key));

		if (daemon != NULL)
			json_array_append_new(list, daemon);
	}
	hash_done(&named);
}

/* Heartbeats have no index: their keys are looked for, with a bound. */
static json_t *read_daemons(struct ctl *ctl)
{
	json_t *list = json_array();
	char cursor[32] = "0", pattern[KEY_SIZE];

	key_of(ctl_conf(ctl)->prefix, "daemon", "*", pattern);
	for (int round = 0; round < SCAN_ROUNDS; round++) {
		struct redis_reply *reply =
		    ask_permitted_words(ctl, "SCAN", cursor, "MATCH", pattern, "COUNT", "5000");

		if (reply_is_error(reply)) {
			reply_free(reply);
			add_daemons_named(ctl, list);
			return list;
		}
		const struct redis_reply *keys = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);

		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t i = 0; i < reply_count(keys); i++) {
			json_t *daemon = json_daemon(ctl, reply_text(reply_at(keys, i), NULL));

			if (daemon != NULL)
				json_array_append_new(list, daemon);
		}
		reply_free(reply);
		if (strcmp(cursor, "0") == 0)
			break;
	}
	return list;
}

static const char not_known[] = "whether it keeps what it is told is not known";

/* licetd knows more of it than INFO tells: what it said last counts, where one runs. */
static json_t *read_redis(struct ctl *ctl, const json_t *daemons)
{
	const char *told = json_string_value(json_object_get(json_array_get(daemons, 0), "redis_policy"));
	struct redis_policy p = { 0 };
	bool known = ask_policy(ctl, &p);
	const char *why = told == NULL ? (known ? p.why : not_known) : strcmp(told, "met") == 0 ? "" : told;

	if (told != NULL && *told == '\0')
		why = not_known;

	return print_pack("{s:b,s:s,s:s,s:s,s:b,s:s,s:I,s:I,s:b,s:b,s:s}", "known", (int)known, "server",
	                  p.server, "version", p.version, "role", p.role, "appendonly", (int)p.aof,
	                  "maxmemory_policy", p.maxmemory_policy, "used_memory", (json_int_t)p.used,
	                  "maxmemory", (json_int_t)p.limit, "full", (int)p.full, "met",
	                  (int)((known || told != NULL) && *why == '\0'), "why", why);
}

/* --- campaigns -------------------------------------------------------------------------- */

/* What could not be counted is null. */
static json_t *json_count(int64_t count)
{
	return count != COUNT_UNKNOWN ? json_integer(count) : json_null();
}

static json_t *json_campaign(const char *id, struct redis_reply *state_reply, struct redis_reply *stats_reply,
                             int64_t queue)
{
	static const char *const texts[] = { "state", "because", "rule", "since", "until", "faults", "note" };
	json_t *object = json_object();
	struct hash state, stats;

	hash_take(&state, state_reply);
	hash_take(&stats, stats_reply);
	json_object_set_new(object, "id", json_text(id));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(object, texts[i], json_text(hash_get(&state, texts[i])));
	json_object_set_new(object, "queue", json_count(queue));
	for (size_t i = 0; i <= BALANCE_TERMS; i++) {
		const char *counter = i < BALANCE_TERMS ? balance_terms[i] : "intake";

		json_object_set_new(object, counter,
		                    json_count(stats.wrong_type ? COUNT_UNKNOWN : hash_int(&stats, counter)));
	}
	hash_done(&state);
	hash_done(&stats);
	return object;
}

static json_t *read_campaigns(struct ctl *ctl, size_t *ret_others)
{
	json_t *list = json_array();
	struct names ids;

	*ret_others = campaigns_seen(ctl, &ids);
	for (size_t at = 0; at < ids.count; at += CHUNK) {
		size_t end = at + CHUNK < ids.count ? at + CHUNK : ids.count;

		for (size_t i = at; i < end; i++)
			ask_send_standing(ctl, ids.list[i]);
		for (size_t i = at; i < end; i++) {
			struct redis_reply *state = ask_next(ctl), *stats = ask_next(ctl),
					   *queue = ask_next(ctl);

			json_array_append_new(list, json_campaign(ids.list[i], state, stats,
			                                          reply_int(queue, COUNT_UNKNOWN)));
			reply_free(queue);
		}
	}
	names_done(&ids);
	return list;
}

/* --- routes, lists, halts, errors ------------------------------------------------------------ */

static json_t *read_routes(struct ctl *ctl)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	json_t *list = json_array();
	char key[KEY_SIZE];
	struct names routes;

	names_read(ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count; i++) {
		const char *r = routes.list[i];
		json_int_t ready = ask_count(ctl, "LLEN", key_ready(prefix, r, "", key));
		json_int_t leases = ask_count(ctl, "HLEN", key_ready(prefix, r, ":lease", key));
		json_int_t unknown = ask_count(ctl, "HLEN", key_ready(prefix, r, ":unknown", key));
		json_int_t settling = ask_count(ctl, "XLEN", key_settle(prefix, r, key));

		json_array_append_new(list, print_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "route", r, "ready",
		                                       json_count(ready), "leases", json_count(leases),
		                                       "unknown", json_count(unknown), "settling",
		                                       json_count(settling), "health", health_json(ctl, r)));
	}
	names_done(&routes);
	return list;
}

/* What the daemon would say of this list alone. */
static const char *list_standing(const struct law_list *list, const struct list_fact *fact, int64_t now_ms)
{
	struct law one = { .known = true, .list_count = 1, .lists = { *list } };
	const char *rule;
	int64_t stale_ms;
	enum reason reason = lists_state(&one, fact, now_ms, &rule, &stale_ms);

	if (reason != REASON_ALLOWED)
		return reason_name(reason);
	return fact->has_meta ? "ok" : "not used";
}

static json_t *json_list(struct ctl *ctl, const struct law_list *list)
{
	static const char *const modes[] = {
		[LIST_UNUSED] = "unused", [LIST_REQUIRED] = "required", [LIST_IF_PRESENT] = "if-present"
	};
	json_t *object = json_object();
	char key[KEY_SIZE];
	struct hash meta;

	hash_read(ctl, key_of(ctl->conf.prefix, "list-meta", list->name, key), &meta);
	int64_t count = members_count(ctl, list->name, &meta);
	bool wrong = count == COUNT_UNKNOWN;
	const char *at = hash_get(&meta, "refreshed_at");
	struct list_fact fact = list_fact_read(list->name, &meta.fields, meta.wrong_type || wrong);

	json_object_set_new(object, "name", json_text(list->name));
	json_object_set_new(object, "mode", print_json_text(modes[list->mode]));
	json_object_set_new(object, "max_age_days",
	                    list->max_age_days > 0 ? json_integer(list->max_age_days) : json_null());
	json_object_set_new(object, "count", wrong ? json_null() : json_integer(count));
	json_object_set_new(object, "refreshed_at", at != NULL ? json_text(at) : json_null());
	set_age(object, ctl_now_ms(ctl), at);
	json_object_set_new(object, "source", json_text(hash_get(&meta, "source")));
	json_object_set_new(object, "last_error", json_text(hash_get(&meta, "last_error")));
	json_object_set_new(object, "state", print_json_text(list_standing(list, &fact, ctl_now_ms(ctl))));
	hash_done(&meta);
	return object;
}

static json_t *read_lists(struct ctl *ctl)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct conf *conf = ctl_conf(ctl);
	json_t *list = json_array();
	struct law law;
	int32_t first, last;

	law_dates(rb, ctl_now_ms(ctl), &first, &last);
	law_read(rb, first, last, (const char *const *)conf->list_overrides.words, conf->list_overrides.count,
	         &law);
	for (size_t i = 0; i < law.list_count; i++)
		json_array_append_new(list, json_list(ctl, &law.lists[i]));
	return list;
}

static json_t *read_halts(struct ctl *ctl)
{
	json_t *object = json_object();
	char key[KEY_SIZE];
	struct hash halt;

	hash_read(ctl, key_global(ctl_conf(ctl)->prefix, "halt", key), &halt);
	for (size_t i = 0; i < halt.fields.count; i++)
		json_object_set_new(object, halt.fields.names[i], json_text(halt.fields.values[i]));
	if (halt.wrong_type)
		json_object_set_new(object, "all",
		                    json_string(error_pick("halt is not a hash", "halt n'est pas un hash")));
	hash_done(&halt);
	return object;
}

static json_t *read_errors(struct ctl *ctl)
{
	json_t *list = json_array();
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_permitted_words(ctl, "XREVRANGE", key_global(ctl_conf(ctl)->prefix, "errors", key), "+", "-",
	                        "COUNT", ERRORS_SHOWN);

	if (reply_is_error(reply))
		ctl_note(
		    error_pick(
			"%s may not be read by this user: the last errors are not shown",
			"%s ne peut être lue par cet utilisateur : les dernières erreurs ne sont pas montrées"),
		    key);

	for (size_t i = reply_count(reply); i-- > 0;) {
		const struct redis_reply *entry = reply_at(reply, i), *fields = reply_at(entry, 1);
		json_t *object = json_object();

		json_object_set_new(object, "at",
		                    ctl_json_time(strtoll(reply_text(reply_at(entry, 0), NULL), NULL, 10)));
		json_object_set_new(object, "where",
		                    json_text(reply_text(reply_field(fields, "where"), NULL)));
		json_object_set_new(object, "error",
		                    json_text(reply_text(reply_field(fields, "error"), NULL)));
		json_array_append_new(list, object);
	}
	reply_free(reply);
	return list;
}

/* One space, the one of the session. */
static json_t *read_status(struct ctl *ctl)
{
	json_t *all = json_object();
	char key[KEY_SIZE];
	size_t others;

	json_object_set_new(all, "at", ctl_json_time(ctl_now_ms(ctl)));
	json_object_set_new(all, "unplaced",
	                    json_integer(
				ask_count(ctl, "HLEN", key_global(ctl_conf(ctl)->prefix, "unplaced", key))));
	json_object_set_new(all, "daemons", read_daemons(ctl));
	json_object_set_new(all, "redis", read_redis(ctl, json_object_get(all, "daemons")));
	json_object_set_new(all, "campaigns", read_campaigns(ctl, &others));
	json_object_set_new(all, "campaigns_of_others", json_integer((json_int_t)others));
	json_object_set_new(all, "routes", read_routes(ctl));
	json_object_set_new(all, "lists", read_lists(ctl));
	json_object_set_new(all, "halts", read_halts(ctl));
	json_object_set_new(all, "errors", read_errors(ctl));
	return all;
}

static json_t *status_there(struct ctl *there, void *arg)
{
	(void)arg;
	return read_status(there);
}

static int run_status(struct ctl *ctl, int argc, char **argv)
{
	bool whole = false, fit = isatty(STDOUT_FILENO);
	const struct ctl_option options[] = { { "--all", NULL, &whole }, { NULL, NULL, NULL } };
	struct everywhere spaces;

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french;

	everywhere_open(ctl, true, &spaces);
	if (spaces.count > 0)
		everywhere_ask(ctl, &spaces, status_there, NULL);
	json_t *all = spaces.count > 0 ? status_of_spaces(&spaces) : read_status(ctl);

	everywhere_say(ctl, &spaces, french);
	everywhere_must_answer(ctl, &spaces,
	                       error_pick("how things stand is not known",
	                                  "on ignore où en sont les choses"));
	if (ctl->json) {
		ctl_print_json(all);
	} else {
		status_print(ctl, all, fit && !whole, french);
		campaigns_tell_others(
		    (size_t)json_integer_value(json_object_get(all, "campaigns_of_others")));
		json_decref(all);
	}
	everywhere_close(&spaces);
	return 0;
}

const struct command ctl_status_commands[] = {
	{ .name = "status",
	  .usage = "",
	  .summary = "what runs, what waits, what needs somebody: one screen",
	  .may_ask_redis = true,
	  .run = run_status,
	  .example = "licetctl status --all",
	  .details =
	      "On a terminal the output fits the screen. Campaigns that wait for somebody come first; "
	      "status prints how many more there are. If there are several spaces, it shows all, unless "
	      "--space names one. If a space does not answer, a line says so, and the exit code is 1.\n" },
	{ 0 },
};
