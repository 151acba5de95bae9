/* batch_note.c - see batch_note.h. */
#include "ctl/enqueue/batch_note.h"

#include "core/text/shown.h"
#include "core/text/utf8.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_KEPT_S "7776000" /* 90 days after the last job of it */

char *batch_tag(const char *name, char buf[BATCH_TAG_SIZE])
{
	crypto_hash_sha256_state s;
	char hex[SHA256_HEX_SIZE];

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const unsigned char *)name, strlen(name));
	sha256_finish(&s, hex);
	snprintf(buf, BATCH_TAG_SIZE, "%.16s", hex);
	return buf;
}

/* --- its name ------------------------------------------------------------------------------ */

/* Cut to whole characters. */
static void cut(char *name)
{
	size_t len = strlen(name), whole = 0;

	while (whole < len) {
		int n = utf8_len(name + whole, len - whole);

		if (n <= 0 || whole + (size_t)n > BATCH_NAME_MAX - 8)
			break;
		whole += (size_t)n;
	}
	name[whole] = '\0';
}

/* Of the file that is queued; heap. */
static char *name_of_file(struct intake *in)
{
	char at[CIVIL_INSTANT_SIZE], *name;

	if (strcmp(in->path, "-") == 0)
		return mem_format("stdin-%s", civil_format_instant(ctl_now_ms(in->ctl), at));
	name = shown_clean(mem_copy(in->lines->name));
	cut(name);
	return name;
}

static json_t *read_note(struct intake *in, const char *name)
{
	struct redis_reply *reply = ask_words(in->ctl, "HGET", in->batches_key, name);
	size_t len;
	const char *text = reply_text(reply, &len);
	json_t *note = text != NULL ? json_loadb(text, len, 0, NULL) : NULL;

	reply_free(reply);
	return note;
}

static bool is_of_file(const struct intake *in, const json_t *note)
{
	const char *file = json_string_value(json_object_get(note, "file"));

	return file != NULL && strncmp(file, in->beginning, strlen(file)) == 0;
}

static int64_t count_of(const json_t *note, const char *name)
{
	return json_integer_value(json_object_get(note, name));
}

static void check_name(const struct intake *in)
{
	size_t len = strlen(in->batch);

	if (len < 1 || len > BATCH_NAME_MAX || !utf8_is(in->batch, len) || !shown_is_plain(in->batch, len))
		ctl_misuse(in->ctl,
		           error_pick("--batch must be 1 to %d bytes that can be printed",
		                      "--batch doit compter de 1 à %d octets imprimables"),
		           BATCH_NAME_MAX);
}

void batch_begin(struct intake *in)
{
	char key[KEY_SIZE], tag[BATCH_TAG_SIZE], part[BATCH_TAG_SIZE + 8];
	bool given = in->batch != NULL;
	const char *prefix = in->ctl->conf.prefix;

	if (given)
		check_name(in);
	if (in->dry_run)
		return;
	key_campaign(prefix, in->campaign, "batches", in->batches_key);
	if (ask_count(in->ctl, "HLEN", key_campaign(prefix, in->campaign, "cancelling", key)) > 0)
		ctl_fail(
		    error_pick(
			"%s: a batch is being cancelled: queue this when licetctl batch list %s says that it is over",
			"%s : un lot est en cours d'annulation : mettre ceci en file quand licetctl batch list %s dira que c'est fini"),
		    in->campaign, in->campaign);
	in->batch_name = given ? mem_copy(in->batch) : name_of_file(in);
	json_t *note = read_note(in, in->batch_name);

	if (note != NULL && !given && !is_of_file(in, note) && in->kept) {
		char *other = mem_format("%s-%.6s", in->batch_name, in->beginning);

		free(in->batch_name);
		json_decref(note);
		in->batch_name = other;
		note = read_note(in, other);
	}
	/* What was cancelled is over: what is queued under its name is another one. */
	if (json_object_get(note, "cancelled_at") != NULL) {
		json_decref(note);
		note = NULL;
	}
	in->batch_same_file = is_of_file(in, note);
	in->batch_lines = count_of(note, "lines");
	in->batch_queued = count_of(note, "queued");
	in->batch_refused = count_of(note, "refused");
	json_decref(note);
	snprintf(part, sizeof(part), "batch:%s", batch_tag(in->batch_name, tag));
	key_campaign(prefix, in->campaign, part, in->ids_key);
}

/* --- what is added ---------------------------------------------------------------------------- */

void batch_add(struct intake *in)
{
	size_t len = strlen(in->job_id);

	while (in->ids_capacity < in->ids_len + len + 2)
		in->ids = mem_grow(in->ids, &in->ids_capacity, in->ids_capacity, 1);
	memcpy(in->ids + in->ids_len, in->job_id, len);
	in->ids_len += len;
	in->ids[in->ids_len++] = '\n';
}

bool batch_is_new(const struct intake *in)
{
	return in->ids_len > 0 || (in->pushed > 0 && in->bad.count != in->batch_refused_sent);
}

static char *note_text(struct intake *in)
{
	char at[CIVIL_INSTANT_SIZE], file[ORIGIN_SIZE];
	int64_t lines = (int64_t)(in->lines->number + in->lines->breaks);

	snprintf(file, sizeof(file), "%.12s", in->beginning);
	json_t *note = print_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "name", in->batch_name, "by", who_types(),
	                          "at", civil_format_instant(ctl_now_ms(in->ctl), at), "file", file, "lines",
	                          (json_int_t)(in->batch_same_file ? lines : in->batch_lines + lines),
	                          "queued", (json_int_t)(in->batch_queued + in->pushed), "refused",
	                          (json_int_t)(in->batch_refused + (int64_t)in->bad.count));
	char *text = json_pool_text(note, JSON_COMPACT);

	json_decref(note);
	return text;
}

void batch_send_note(struct intake *in, void (*send)(struct intake *in, struct redis_args *a))
{
	struct redis_args a;

	if (in->pushed == 0 && in->bad.count == 0)
		return;
	char *text = note_text(in);

	args_init(&a);
	args_add(&a, "HSET");
	args_add(&a, in->batches_key);
	args_add(&a, in->batch_name);
	args_own(&a, text, strlen(text));
	send(in, &a);
	in->batch_refused_sent = in->bad.count;
	if (in->ids_len == 0)
		return;
	args_init(&a);
	args_add(&a, "APPEND");
	args_add(&a, in->ids_key);
	args_own(&a, mem_copy_len(in->ids, in->ids_len), in->ids_len);
	send(in, &a);
	in->ids_len = 0;
	args_init(&a);
	args_add(&a, "EXPIRE");
	args_add(&a, in->ids_key);
	args_add(&a, BATCH_KEPT_S);
	send(in, &a);
}

void batch_done(struct intake *in)
{
	free(in->batch_name);
	free(in->ids);
}
