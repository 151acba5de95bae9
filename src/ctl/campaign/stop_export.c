/* stop_export.c - what waits, written to a file before it ends.
 *
 * The lists are read while Redis watches them. Only if nothing of them changed since the first
 * byte was read, and the file is whole on its disk, does the campaign stop: in that very step.
 * Memory is that of one chunk, whatever the campaign. */
#include "ctl/campaign/stop_export.h"

#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/campaign/status_change.h"
#include "ctl/query/campaign_facts.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 500
#define TRIES 10

struct export
{
	struct ctl *ctl;
	const char *campaign, *path;
	struct outfile out;
	int64_t jobs;
};

_Noreturn static void export_fail(struct export *x, const char *why)
{
	outfile_drop(&x->out);
	ctl_fail(error_pick("%s: %s; campaign %s is paused, and nothing has ended",
	                    "%s : %s ; la campagne %s est en pause, et rien n'a pris fin"),
	         x->path, why, x->campaign);
}

/* The job as it was pushed; what is no JSON object as a text. A line's end can stand between two
 * values only, where a space means the same. */
static void write_job(struct export *x, const char *job, size_t len)
{
	json_t *value = json_loadb(job, len, 0, NULL);

	if (json_is_object(value)) {
		for (size_t i = 0; i < len; i++)
			putc_unlocked(job[i] == '\n' || job[i] == '\r' ? ' ' : job[i], x->out.file);
	} else {
		json_t *text = json_stringn(job, len);
		char *quoted = text != NULL ? json_pool_text(text, JSON_ENCODE_ANY) : mem_copy("null");

		fputs(quoted, x->out.file);
		free(quoted);
		json_decref(text);
	}
	json_decref(value);
}

static void write_line(struct export *x, const char *state, const char *place, const char *due,
                       const char *stored, size_t len)
{
	/* What an owner pushed is a job, even if it looks like one of our own lines. */
	struct stored_job s = strcmp(state, "queue") == 0 ? (struct stored_job){ stored, len, 1 }
	                                                  : stored_job_read(stored, len);
	char at[CIVIL_INSTANT_SIZE];

	print_to(x->out.file, "{\"state\":\"%s\",", state);
	if (place != NULL)
		print_to(x->out.file, "\"place\":\"%s\",", place);
	if (due != NULL)
		print_to(x->out.file, "\"due\":\"%s\",",
		         civil_format_instant((int64_t)strtod(due, NULL), at));
	print_to(x->out.file, "\"attempt\":%d,\"job\":", s.attempt);
	write_job(x, s.json, s.len);
	fputs("}\n", x->out.file);
	x->jobs++;
}

static void write_list(struct export *x, const char *state, const char *place, const char *key)
{
	char from[24], to[24];
	size_t count, len;

	for (size_t at = 0;; at += count) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + CHUNK - 1);
		struct redis_reply *reply = ask_words(x->ctl, "LRANGE", key, from, to);

		count = reply_count(reply);
		for (size_t i = 0; i < count; i++) {
			const char *text = reply_text(reply_at(reply, i), &len);

			write_line(x, state, place, NULL, text, len);
		}
		reply_free(reply);
		ctl_progress(x->campaign, x->jobs);
		if (count < CHUNK)
			return;
	}
}

static void write_later(struct export *x, const char *key)
{
	char from[24], to[24];
	size_t count, len;

	for (size_t at = 0;; at += count) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + CHUNK - 1);
		struct redis_reply *reply = ask_words(x->ctl, "ZRANGE", key, from, to, "WITHSCORES");

		count = reply_count(reply) / 2;
		for (size_t i = 0; i < count; i++) {
			const char *text = reply_text(reply_at(reply, 2 * i), &len);

			write_line(x, "later", NULL, reply_text(reply_at(reply, 2 * i + 1), NULL), text, len);
		}
		reply_free(reply);
		if (count < CHUNK)
			return;
	}
}

/* The places that jobs are counted at. */
static void held_places(struct export *x, struct names *ret)
{
	static const char held[] = "held.";
	char key[KEY_SIZE];
	struct hash stats;

	*ret = (struct names){ 0 };
	hash_read(x->ctl, key_campaign(x->ctl->conf.prefix, x->campaign, "stats", key), &stats);
	for (size_t i = 0; i < stats.fields.count; i++) {
		if (strncmp(stats.fields.names[i], held, strlen(held)) != 0)
			continue;
		ret->list = mem_grow(ret->list, &ret->capacity, ret->count, sizeof(char *));
		ret->list[ret->count++] = mem_copy(stats.fields.names[i] + strlen(held));
	}
	hash_done(&stats);
}

static void watch(struct export *x, const char *const *parts, const struct names *places)
{
	const char *prefix = ctl_conf(x->ctl)->prefix;
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "WATCH");
	for (; parts != NULL && *parts != NULL; parts++)
		args_addf(&a, "%s", key_campaign(prefix, x->campaign, *parts, key));
	for (size_t i = 0; places != NULL && i < places->count; i++)
		args_addf(&a, "%s", key_held(prefix, x->campaign, places->list[i], key));
	if (a.count > 1)
		reply_free(ask(x->ctl, &a));
	args_done(&a);
}

/* Everything that waits, under the eyes of Redis. What comes to a place that none waited for
 * comes from the queue or from later: these are watched before the places are asked for. */
static void write_all(struct export *x)
{
	static const char *const parts[] = { "def", "queue", "later", NULL };
	const char *prefix = ctl_conf(x->ctl)->prefix;
	char key[KEY_SIZE];
	struct names places;

	watch(x, parts, NULL);
	held_places(x, &places);
	watch(x, NULL, &places);
	x->jobs = 0;
	write_list(x, "queue", NULL, key_campaign(prefix, x->campaign, "queue", key));
	for (size_t i = 0; i < places.count; i++)
		write_list(x, "held", places.list[i], key_held(prefix, x->campaign, places.list[i], key));
	write_later(x, key_campaign(prefix, x->campaign, "later", key));
	names_done(&places);
	ctl_progress("", -1);
}

/* In one step, if nothing that was written has changed. */
static bool stop_now(struct export *x)
{
	char key[KEY_SIZE];

	reply_free(ask_words(x->ctl, "MULTI"));
	reply_free(ask_words(x->ctl, "HSET", key_campaign(x->ctl->conf.prefix, x->campaign, "def", key),
	                     "status", "stopped"));
	struct redis_reply *reply = ask_words(x->ctl, "EXEC");
	bool done = !reply_is_nil(reply);

	reply_free(reply);
	return done;
}

int64_t export_and_stop(struct ctl *ctl, const char *id, const char *path)
{
	struct export x = { .ctl = ctl, .campaign = id, .path = path };
	bool done = false;

	for (int i = 0; i < TRIES && !done; i++) {
		if (!outfile_open(&x.out, path))
			export_fail(&x, strerror(errno));
		write_all(&x);
		if (!outfile_close(&x.out))
			export_fail(&x, strerror(errno));
		done = stop_now(&x);
		if (!done)
			unlink(path);
	}
	if (!done)
		export_fail(&x, "jobs came or moved all the time");
	outfile_done(&x.out);
	return x.jobs;
}
