/* erase_logs.c - the lines of a person in the decision logs; see erase_logs.h. */
#include "ctl/subject/erase_logs.h"

#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/subject/match.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define ALIVE_MS 10000 /* a licetd that keeps a log is heard of each two seconds */
#define LOOK_MS 100
#define ASK_EVERY 10 /* looks between two questions of who is alive */
#define WAIT_MS 600000
#define ENTRIES_MAX 2000 /* in one request */
#define ID_BYTES 16

struct request {
	struct subject *s;
	char id[2 * ID_BYTES + 1];
	json_t *logs; /* instance -> {lines, why} */
};

void erase_logs_note(const struct subject *s, const struct subject_hit *hit, json_t *entries)
{
	const char *to = reply_text(reply_field(reply_at(hit->entry, 1), "to"), NULL);
	json_t *ids = json_object_get(entries, hit->key);
	if (to != NULL && strcmp(to, s->phone.e164) == 0)
		return;
	if (ids == NULL) {
		ids = json_array();
		json_object_set_new(entries, hit->key, ids);
	}
	json_array_append_new(ids, print_json_text(hit->id));
}

static void make_id(char id[2 * ID_BYTES + 1])
{
	unsigned char bytes[ID_BYTES];
	while (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		;
	for (size_t i = 0; i < ID_BYTES; i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* Whose lines, as licetd reads it. */
static char *request_text(struct subject *s, json_t *entries)
{
	json_t *all =
	    print_pack("{s:s, s:s, s:O}", "number", s->phone.e164, "by", who_types(), "entries", entries);
	char key[KEY_SIZE];
	if (s->advertiser != NULL) {
		json_t *campaigns = json_array();
		struct names ids;
		names_read(s->ctl, key_global(s->ctl->conf.prefix, "campaigns", key), &ids);
		for (size_t i = 0; i < ids.count; i++)
			if (subject_wants_campaign(s, ids.list[i]))
				json_array_append_new(campaigns, print_json_text(ids.list[i]));
		names_done(&ids);
		json_object_set_new(all, "campaigns", campaigns);
	}
	char *text;
	size_t size;
	FILE *to = mem_stream(&text, &size);
	print_json(to, all, JSON_COMPACT);
	mem_stream_end(to);
	json_decref(all);
	return text;
}

/* Ask, or, with text "", look who is there. What is not alive is noted as such. */
static void ask_all(struct request *r, const char *text)
{
	struct ctl *ctl = r->s->ctl;
	char key[KEY_SIZE], age[LANG_AGE_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_log_erase", key_global(ctl->conf.prefix, "log", key));
	args_add(&a, r->id);
	args_add(&a, text);
	struct redis_reply *reply = ask_call(ctl, &a);
	args_done(&a);
	if (reply_is_error(reply))
		json_array_append_new(r->s->limits, print_json_text(ask_error(reply)));
	int64_t now_ms = reply_int(reply_at(reply, 0), 0);
	for (size_t i = 1; i + 1 < reply_count(reply); i += 2) {
		const char *instance = reply_text(reply_at(reply, i), NULL);
		int64_t silent_ms = now_ms - reply_int(reply_at(reply, i + 1), 0);
		char *why = silent_ms <= ALIVE_MS
		                ? NULL
		                : mem_format(lang_pick(r->s->french, "it was last heard of %s ago",
		                                       "dernier signe de vie il y a %s"),
		                             lang_age(r->s->french, silent_ms, age));
		json_t *log = json_object_get(r->logs, instance);
		if (log == NULL) {
			log = print_pack("{s:n}", "lines");
			json_object_set_new(r->logs, instance, log);
		}
		json_object_set_new(log, "why", why != NULL ? print_json_text(why) : json_null());
		free(why);
	}
	reply_free(reply);
}

/* Returns true when nobody is left to be waited for. */
static bool look(struct request *r)
{
	char key[KEY_SIZE], name[64];
	const char *instance;
	json_t *log;
	bool all = true;
	snprintf(name, sizeof(name), "log:erased:%s", r->id);
	struct redis_reply *reply =
	    ask_words(r->s->ctl, "HGETALL", key_global(r->s->ctl->conf.prefix, name, key));
	json_object_foreach(r->logs, instance, log)
	{
		int64_t lines = reply_int(reply_field(reply, instance), -2);
		if (lines >= 0) {
			json_object_set_new(log, "lines", json_integer(lines));
			json_object_set_new(log, "why", json_null());
		} else if (lines == -1) {
			json_object_set_new(
			    log, "why",
			    json_string(lang_pick(r->s->french,
			                          "it could not, and tries again: its journal says why",
			                          "il n'a pas pu et réessaiera : son journal dit pourquoi")));
		}
		all = all && (lines >= -1 || json_is_string(json_object_get(log, "why")));
	}
	reply_free(reply);
	return all;
}

static void wait_for_answers(struct request *r)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
	for (int n = 1; !look(r) && clock_monotonic_ms() < end_ms; n++) {
		ctl_progress("waiting for the decision logs", n / ASK_EVERY);
		nanosleep(&pause, NULL);
		if (n % ASK_EVERY == 0)
			ask_all(r, "");
	}
	ctl_progress("", -1);
}

/* One request: its answers are added to all. */
static void ask_one(struct subject *s, json_t *entries, json_t *all)
{
	struct request r = { .s = s, .logs = json_object() };
	char *text = request_text(s, entries);
	const char *instance;
	json_t *log;
	make_id(r.id);
	ask_all(&r, text);
	wait_for_answers(&r);
	json_object_foreach(r.logs, instance, log)
	{
		json_t *known = json_object_get(all, instance);
		json_t *lines = json_object_get(known, "lines"), *more = json_object_get(log, "lines");
		if (json_is_integer(lines) && json_is_integer(more))
			json_object_set_new(log, "lines",
			                    json_integer(json_integer_value(lines) +
			                                 json_integer_value(more)));
		else if (known != NULL)
			json_object_set_new(log, "lines", json_null());
		json_object_set(all, instance, log);
	}
	json_decref(r.logs);
	free(text);
}

json_t *erase_logs_ask(struct subject *s, const json_t *entries, bool *ret_done)
{
	json_t *all = json_object(), *part = json_object(), *list = json_array(), *ids, *id, *log;
	const char *stream, *instance;
	size_t i, count = 0;
	json_object_foreach((json_t *)entries, stream, ids)
	{
		json_array_foreach(ids, i, id)
		{
			if (json_object_get(part, stream) == NULL)
				json_object_set_new(part, stream, json_array());
			json_array_append(json_object_get(part, stream), id);
			if (++count % ENTRIES_MAX == 0) {
				ask_one(s, part, all);
				json_object_clear(part);
			}
		}
	}
	ask_one(s, part, all);
	*ret_done = true;
	json_object_foreach(all, instance, log)
	{
		*ret_done = *ret_done && json_is_integer(json_object_get(log, "lines"));
		json_object_set_new(log, "instance", print_json_text(instance));
		json_array_append(list, log);
	}
	json_decref(all);
	json_decref(part);
	return list;
}
