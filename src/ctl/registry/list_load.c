/* list_load.c - see list_load.h. */
#include "ctl/registry/list_load.h"

#include "core/law/binding.h"
#include "core/number/packed.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/input/number_lines.h"
#include "ctl/query/members.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SADD_MAX 1000
#define HSET_BYTES 65536       /* of buckets in one command */
#define PIPELINE_MAX 8         /* batches on their way */
#define LEFTOVER_TTL_S "86400" /* of a load that was killed */

struct load {
	struct ctl *ctl;
	const char *name;
	struct list_load how;
	bool live; /* added to, never replaced */
	char key[KEY_SIZE], meta[KEY_SIZE], aside[KEY_SIZE], old[KEY_SIZE];
	struct line_reports bad;
	struct number_lines numbers;
	struct redis_args batch; /* the SADD that is being filled */
	uint64_t *all;           /* of a scrub list: its numbers */
	size_t all_count, capacity, buckets;
	int64_t read, added, before, count;
	int pending;
};

/* Kept in English: licetd says it too. */
static void meta_error(struct load *l, const char *text)
{
	reply_free(ask_words(l->ctl, "HSET", l->meta, "last_error", text));
}

/* --- reading ------------------------------------------------------------------------ */

static void take_added(struct load *l)
{
	struct redis_reply *reply = ask_next(l->ctl);

	ctl_must_be_whole(l->ctl);
	l->added += reply_int(reply, 0);
	l->pending--;
	reply_free(reply);
}

static void batch_start(struct load *l)
{
	args_reset(&l->batch);
	args_add(&l->batch, "SADD");
	args_add(&l->batch, l->key);
}

static void batch_send(struct load *l)
{
	if (l->batch.count == 2)
		return;
	ask_send(l->ctl, &l->batch);
	l->pending++;
	batch_start(l);
	while (l->pending >= PIPELINE_MAX)
		take_added(l);
	ctl_progress(l->name, l->read);
}

static void take_number(void *arg, const char *e164)
{
	struct load *l = arg;

	l->read++;
	if (!l->live) {
		l->all = mem_grow(l->all, &l->capacity, l->all_count, sizeof(*l->all));
		if (!packed_number(e164, &l->all[l->all_count++]))
			ctl_fail(error_pick("list %s: a number has more than 15 digits",
			                    "liste %s : un numéro a plus de 15 chiffres"),
			         l->name);
		if (l->read % SADD_MAX == 0)
			ctl_progress(l->name, l->read);
		return;
	}
	args_addf(&l->batch, "%s", e164);
	if (l->batch.count == 2 + SADD_MAX)
		batch_send(l);
}

static void read_lines(struct load *l, struct lines *lines)
{
	l->numbers = (struct number_lines){
		.ctl = l->ctl, .lines = lines, .bad = &l->bad, .take = take_number, .arg = l
	};
	args_init(&l->batch);
	batch_start(l);
	number_lines_read(&l->numbers);
	batch_send(l);
	while (l->pending > 0)
		take_added(l);
	ctl_progress("", -1);
	number_lines_tell(&l->numbers);
	reports_end(&l->bad);
	args_done(&l->batch);
}

/* --- ends --------------------------------------------------------------------------------- */

/* why: of those of core_text(); NULL: it is loaded. */
static int report(struct load *l, const char *why)
{
	const struct ctl *ctl = l->ctl;
	char *told = core_text(l->how.french, why != NULL ? why : "");

	if (ctl->json) {
		json_t *all = print_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:s,s:O}", "list", l->name, "loaded",
		                         (int)(why == NULL), "count", (json_int_t)l->count, "before",
		                         (json_int_t)l->before, "added", (json_int_t)l->added, "bad",
		                         (json_int_t)l->bad.count, "error", told, "lines", l->bad.list);

		if (number_lines_columns(&l->numbers) > 1)
			json_object_set_new(all, "columns", number_lines_json(&l->numbers));
		ctl_print_json(all);
	} else if (why != NULL) {
		ctl_note(error_pick("list %s: %s", "liste %s : %s"), l->name, told);
	} else {
		bool fr = l->how.french;

		print(lang_pick(fr, "%s: %" PRId64 " number%s, %" PRId64 " before%s",
		                "%s : %" PRId64 " numéro%s, %" PRId64 " auparavant%s"),
		      l->name, l->count, l->count == 1 ? "" : "s", l->before,
		      !l->live ? ""
		               : lang_pick(fr, "; this list is only added to",
		                           " ; cette liste n'est que complétée"));
		if (l->bad.count > 0)
			print(lang_pick(fr, "; %zu bad line%s skipped", " ; %zu ligne%s sans numéro lisible"),
			      l->bad.count, l->bad.count == 1 ? "" : "s");
		puts("");
	}
	free(told);
	json_decref(l->bad.list);
	number_lines_done(&l->numbers);
	return why == NULL ? 0 : 1;
}

static int refuse(struct load *l, const char *why)
{
	if (!l->live)
		reply_free(ask_words(l->ctl, "UNLINK", l->aside));
	meta_error(l, why);
	return report(l, why);
}

/* --- a packed list ------------------------------------------------------------------------ */

static void take_written(struct load *l)
{
	struct redis_reply *reply = ask_next(l->ctl);

	ctl_must_be_whole(l->ctl);
	l->pending--;
	reply_free(reply);
}

static void buckets_send(struct load *l, struct redis_args *a, size_t *bytes)
{
	if (a->count > 2) {
		ask_send(l->ctl, a);
		l->pending++;
	}
	while (l->pending >= (*bytes == 0 ? 1 : PIPELINE_MAX))
		take_written(l);
	args_reset(a);
	args_add(a, "HSET");
	args_add(a, l->aside);
	*bytes = 0;
}

/* Write the sorted numbers aside. */
static void write_buckets(struct load *l)
{
	char marks[PACKED_SPAN * PACKED_MARK];
	struct packed_slot slot;
	struct redis_args a;
	size_t bytes = 0;

	args_init(&a);
	buckets_send(l, &a, &bytes);
	for (size_t at = 0; at < l->all_count; l->buckets++) {
		size_t n = packed_bucket(l->all + at, l->all_count - at, marks), len = PACKED_MARK * n;
		char *value = mem_zero(len);

		packed_slot_of(l->all[at], &slot);
		args_addf(&a, "%s", slot.field);
		memcpy(value, marks, len);
		args_own(&a, value, len);
		at += n;
		bytes += len;
		if (bytes >= HSET_BYTES) {
			buckets_send(l, &a, &bytes);
			ctl_progress(l->name, (int64_t)at);
		}
	}
	bytes = 0;
	buckets_send(l, &a, &bytes);
	ctl_progress("", -1);
	args_done(&a);
}

/* The list aside, whole. */
static void write_packed(struct load *l)
{
	/* It has an end before its first number, so that a load that is killed leaves nothing for ever. */
	reply_free(ask_words(l->ctl, "UNLINK", l->aside));
	reply_free(ask_words(l->ctl, "HSET", l->aside, "", ""));
	reply_free(ask_words(l->ctl, "EXPIRE", l->aside, LEFTOVER_TTL_S));
	write_buckets(l);
	reply_free(ask_words(l->ctl, "HDEL", l->aside, ""));
	if (ask_count(l->ctl, "HLEN", l->aside) != (int64_t)l->buckets)
		ctl_fail(error_pick(
			     "list %s: what was written aside is not whole: nothing was changed",
			     "liste %s : ce qui a été écrit à côté n'est pas complet : rien n'a été changé"),
		         l->name);
}

/* Why a list is not loaded stands in its meta: core_text() has the French of these.
 * A page of an error, an empty export, another column: what it is not is a list. */
static const char no_number[] =
    "there is no number in the file: nothing was changed, its date neither (--force)";

/* Of the sorted numbers, their digits alone and a line feed behind each: what sha256sum says of such a file. */
static char *digest_of(const struct load *l, char buf[sizeof("sha256:") + SHA256_HEX_SIZE])
{
	crypto_hash_sha256_state state;
	char line[32], hex[SHA256_HEX_SIZE];
	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < l->all_count; i++) {
		int len = snprintf(line, sizeof(line), "%" PRIu64 "\n", l->all[i]);
		crypto_hash_sha256_update(&state, (const unsigned char *)line, (size_t)len);
	}
	snprintf(buf, sizeof("sha256:") + SHA256_HEX_SIZE, "sha256:%s", sha256_finish(&state, hex));
	return buf;
}

static void add_meta(struct load *l)
{
	char digest[sizeof("sha256:") + SHA256_HEX_SIZE];
	char at[CIVIL_INSTANT_SIZE], next[CIVIL_INSTANT_SIZE] = "", count[24],
				     version[LIST_VERSION_SIZE] = "", buckets[24];
	int64_t now_ms = ctl_now_ms(l->ctl);

	snprintf(count, sizeof(count), "%" PRId64, l->count);
	if (l->how.every_h > 0)
		civil_format_instant(now_ms + l->how.every_h * INT64_C(3600000), next);
	reply_free(ask_words(l->ctl, "HSET", l->meta, "refreshed_at", civil_format_instant(now_ms, at),
	                     "source", l->how.source, "count", count, "last_error", "", "expected_by", next));
	if (l->live)
		return;
	/* What was released by another version is judged anew. */
	if (l->count > 0)
		snprintf(version, sizeof(version), "%" PRIx64 "-%lx", (uint64_t)now_ms,
		         (unsigned long)getpid());
	snprintf(buckets, sizeof(buckets), "%zu", l->buckets);
	/* The digest is that version's: whoever swaps the list in another way need not know of it. */
	reply_free(ask_words(l->ctl, "HSET", l->meta, "version", version, "buckets", buckets, "digest",
	                     digest_of(l, digest), "digest_version", version));
}

/* The new one takes the old one's place in one step; the old one is freed behind it. */
static int swap(struct load *l)
{
	reply_free(ask_words(l->ctl, "WATCH", l->key));
	bool had = ask_count(l->ctl, "EXISTS", l->key) == 1;

	reply_free(ask_words(l->ctl, "MULTI"));
	if (had) {
		reply_free(ask_words(l->ctl, "RENAME", l->key, l->old));
		reply_free(ask_words(l->ctl, "EXPIRE", l->old, LEFTOVER_TTL_S));
	}
	if (l->count > 0) {
		reply_free(ask_words(l->ctl, "PERSIST", l->aside));
		reply_free(ask_words(l->ctl, "RENAME", l->aside, l->key));
	}
	add_meta(l);
	struct redis_reply *reply = ask_words(l->ctl, "EXEC");

	if (reply_is_nil(reply)) {
		reply_free(reply);
		return refuse(l, "the list changed meanwhile");
	}
	for (size_t i = 0; i < reply_count(reply); i++)
		if (reply_is_error(reply_at(reply, i)))
			ctl_fail(error_pick("list %s: %s", "liste %s : %s"), l->name,
			         reply_text(reply_at(reply, i), NULL));
	reply_free(reply);
	if (had)
		reply_free(ask_words(l->ctl, "UNLINK", l->old));
	return report(l, NULL);
}

static int end_scrub(struct load *l)
{
	char why[160];
	int pct = ctl_conf(l->ctl)->list_shrink_pct;

	l->all_count = packed_sort(l->all, l->all_count);
	l->count = l->added = (int64_t)l->all_count;
	if (l->read == 0 && !l->how.force)
		return refuse(l, no_number);
	if (l->bad.count > 0 && !l->how.skip_bad) {
		snprintf(why, sizeof(why),
		         "%zu bad line%s: nothing was changed (--skip-bad loads the others)", l->bad.count,
		         l->bad.count == 1 ? "" : "s");
		return refuse(l, why);
	}
	int64_t lost = l->before - l->count;

	if (lost > 0 && lost * 100 > l->before * pct && !l->how.force) {
		snprintf(why, sizeof(why),
		         "it would shrink from %" PRId64 " to %" PRId64
		         " numbers, more than %d %%: nothing was changed (--force)",
		         l->before, l->count, pct);
		return refuse(l, why);
	}
	if (l->count > 0)
		write_packed(l);
	return swap(l);
}

/* Whoever objected is on the list already: a bad line elsewhere does not wait for it. */
static int end_live(struct load *l)
{
	char why[120];

	l->count = ask_count(l->ctl, "SCARD", l->key);
	if (l->read == 0 && !l->how.force)
		return refuse(l, no_number);
	if (l->bad.count > 0 && !l->how.skip_bad) {
		snprintf(why, sizeof(why),
		         "%zu bad line%s: the other numbers were added, the date of the list was not",
		         l->bad.count, l->bad.count == 1 ? "" : "s");
		return refuse(l, why);
	}
	add_meta(l);
	return report(l, NULL);
}

bool list_is_live(const char *name)
{
	return strcmp(name, "opposition") == 0 || strncmp(name, "opposition:", 11) == 0;
}

/* How many numbers a packed list has, as its meta says. */
static int64_t count_before(struct load *l)
{
	struct hash meta;

	hash_read(l->ctl, l->meta, &meta);
	int64_t count = hash_int(&meta, "count");

	hash_done(&meta);
	return count;
}

/* The keys of a load, and what stands there. A packed list of before counts as its meta says. */
static void load_begin(struct load *l)
{
	const char *prefix = ctl_conf(l->ctl)->prefix;
	char part[KEY_SIZE];

	key_of(prefix, "list", l->name, l->key);
	key_of(prefix, "list-meta", l->name, l->meta);
	snprintf(part, sizeof(part), "%s:loading-%ld", l->name, (long)getpid());
	key_of(prefix, "list", part, l->aside);
	snprintf(part, sizeof(part), "%s:old-%ld", l->name, (long)getpid());
	key_of(prefix, "list", part, l->old);
	struct redis_reply *type = ask_words(l->ctl, "TYPE", l->key);
	char is[16]; /* nothing of a reply is held where the program may end */
	snprintf(is, sizeof(is), "%s", reply_text(type, NULL));
	reply_free(type);
	bool packed = !l->live && strcmp(is, "hash") == 0;

	if (strcmp(is, "none") != 0 && strcmp(is, "set") != 0 && !packed)
		ctl_fail(l->live
		             ? error_pick("list %s: its key is a %s, expected a set",
		                          "liste %s : sa clé est de type %s, set attendu")
		             : error_pick("list %s: its key is a %s, expected a set or a packed list",
		                          "liste %s : sa clé est de type %s, set ou liste compacte attendus"),
		         l->name, is);
	l->before = packed ? count_before(l) : ask_count(l->ctl, "SCARD", l->key);
}

int list_load(struct ctl *ctl, const char *name, const char *path, const struct list_load *how)
{
	struct load l = { .ctl = ctl, .name = name, .how = *how, .live = list_is_live(name) };

	ctl_now_ms(ctl); /* the list is as old as this; and no question to ask within MULTI */
	if (ctl->json)
		l.bad.list = json_array();
	load_begin(&l);
	if (strcmp(path, "-") != 0 && access(path, R_OK) != 0) {
		/* At night nobody reads what we print: licetd says it too. */
		char why[160];
		int number = errno;

		snprintf(why, sizeof(why), "%.100s: %s", path, strerror(number));
		meta_error(&l, why);
		ctl_fail("%.100s: %s", path, error_system(number));
	}
	struct lines *lines = lines_open(path);

	if (l.how.source == NULL)
		l.how.source = lines->name;
	read_lines(&l, lines);
	int code = l.live ? end_live(&l) : end_scrub(&l);

	lines_close(lines);
	free(l.all);
	return code;
}
