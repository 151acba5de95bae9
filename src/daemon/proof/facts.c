/* facts.c - what the decisions of the log rest on; see facts.h. */
#include "daemon/proof/facts.h"

#include "core/text/fnv.h"
#include "core/text/sha256.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/model/hashes.h"
#include "daemon/proof/given.h"
#include "daemon/proof/lines.h"
#include "io/host/mem.h"
#include "io/host/version.h"
#include "io/redis/lua_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULEBOOK_MAX (1u << 20)

/* --- a hash that changed ------------------------------------------------------------------- */

/* It need not withstand anybody: what it tells is only whether to write a line more. */
static uint64_t checksum(const char *text, size_t len)
{
	uint64_t sum = fnv_bytes(FNV_START, text, len);
	return sum != 0 ? sum : 1;
}

static bool has_changed(struct known_hash *h)
{
	uint64_t sum = h->text != NULL ? checksum(h->text, h->text_len) : 1;
	if (h->logged == sum)
		return false;
	h->logged = sum;
	return true;
}

/* --- definitions --------------------------------------------------------------------------------- */

static void add_hash(const struct daemon *d, struct line_field *fields, struct line *texts, size_t *n,
                     const char *what, const char *id)
{
	const struct known_hash *h = *id != '\0' ? catalog_hash(d, what, id) : NULL;
	if (h == NULL)
		return;
	lines_hash(&texts[*n], h);
	fields[*n] = line_json(what, &texts[*n]);
	(*n)++;
}

/* What the fingerprint of calls stands for, whole. */
static void log_definition(struct daemon *d, struct line *out, const struct run *run)
{
	struct line texts[4] = { 0 };
	struct line_field fields[6];
	size_t n = 0;
	lines_hash(&texts[n], &run->def);
	fields[n] = line_json("definition", &texts[n]);
	n++;
	add_hash(d, fields, texts, &n, "advertiser", run->sit.c.named);
	add_hash(d, fields, texts, &n, "source", run->sit.c.source);
	add_hash(d, fields, texts, &n, "route", run->sit.c.route);
	size_t count = n;
	fields[count++] = line_text("campaign", run->id);
	fields[count++] = line_text("made", run->made_by);
	lines_add(out, d, "definition", fields, count);
	for (size_t i = 0; i < n; i++)
		line_done(&texts[i]);
}

static void log_form(struct daemon *d, struct line *out, const struct known_hash *h, const char *id)
{
	struct line text = { 0 };
	lines_hash(&text, h);
	const struct line_field fields[] = { line_json("definition", &text), line_text("form", id) };
	lines_add(out, d, "definition", fields, 2);
	line_done(&text);
}

/* --- lists and halts ------------------------------------------------------------------------------- */

static void log_list(struct daemon *d, struct line *out, const struct known_hash *h, const char *name)
{
	struct line meta = { 0 };
	const char *digest = fields_get(&h->fields, "digest"), *of = fields_get(&h->fields, "digest_version"),
		   *version = fields_get(&h->fields, "version");
	/* Of another version it tells nothing. */
	bool known = digest != NULL && of != NULL && version != NULL && strcmp(of, version) == 0;
	lines_hash(&meta, h);
	const struct line_field fields[] = { line_text("digest", known ? digest : "unknown"),
		                             line_json("meta", &meta), line_text("name", name) };
	lines_add(out, d, "list", fields, 3);
	line_done(&meta);
}

static void log_halt(struct daemon *d, struct line *out, const struct known_hash *h)
{
	struct line halts = { 0 };
	lines_hash(&halts, h);
	const struct line_field fields[] = { line_json("halts", &halts) };
	lines_add(out, d, "halt", fields, 1);
	line_done(&halts);
}

static void log_hash(struct daemon *d, struct line *out, struct known_hash *h)
{
	static const char *const kinds[] = { "list-meta:", "form:", "halt" };
	size_t head = strlen(d->conf.prefix);
	const char *name = strncmp(h->key, d->conf.prefix, head) == 0 ? h->key + head : "";
	size_t kind = 0;
	while (kind < 3 && strncmp(name, kinds[kind], strlen(kinds[kind])) != 0)
		kind++;
	/* A halt that is none, and never was one in this log, is no line. */
	if (kind == 3 || (h->fields.count == 0 && h->logged == 0) || !has_changed(h))
		return;
	if (kind == 0)
		log_list(d, out, h, name + strlen(kinds[0]));
	else if (kind == 1)
		log_form(d, out, h, name + strlen(kinds[1]));
	else if (strcmp(name, "halt") == 0)
		log_halt(d, out, h);
}

/* --- the law ---------------------------------------------------------------------------------------- */

/* The rulebook as the file has it; NULL, with a line logged, if that is another one by now. */
static char *read_rulebook(const struct daemon *d, size_t *ret_len)
{
	char *text = mem_alloc(RULEBOOK_MAX), hash[SHA256_HEX_SIZE];
	FILE *file = fopen(d->conf.rulebook_path, "re");
	size_t len = file != NULL ? fread(text, 1, RULEBOOK_MAX, file) : 0;
	if (file != NULL)
		fclose(file);
	*ret_len = len;
	if (strcmp(sha256_hex(text, len, hash), d->rb->file_hash) == 0)
		return text;
	say_warn(d, "log-law",
	         "path=\"%s\" error=\"it is not the rulebook in force any more\" "
	         "action=\"the log has its hash alone until a reload\"",
	         d->conf.rulebook_path);
	free(text);
	return NULL;
}

static void log_law(struct daemon *d, struct line *out)
{
	const struct rulebook *rb = d->rb;
	struct line keep = { 0 }, stricter = { 0 };
	size_t len = 0, n = 0;
	char *text = read_rulebook(d, &len);
	struct line_field keeps[] = { line_int("done_days", d->conf.keep_done_days),
		                      line_int("invalid_days", d->conf.keep_invalid_days),
		                      line_int("proof_days", rb->proof_days),
		                      line_int("refused_days", d->conf.keep_refused_days) };
	struct line_field fields[LINES_MORE_MAX];
	line_object(&keep, keeps, 4);
	line_raw(&stricter, "[", 1);
	for (size_t i = 0; i < d->conf.list_overrides.count; i++) {
		if (i > 0)
			line_raw(&stricter, ",", 1);
		line_string(&stricter, d->conf.list_overrides.words[i],
		            strlen(d->conf.list_overrides.words[i]));
	}
	line_raw(&stricter, "]", 1);
	fields[n++] = line_text("approved_by", rb->approved_by);
	fields[n++] = line_text("approved_on", rb->approved_on);
	fields[n++] = line_int("care_gap_days", d->conf.care_gap_days);
	fields[n++] = line_text("file_hash", rb->file_hash);
	fields[n++] = line_text("hash", rb->hash);
	fields[n++] = line_json("keep", &keep);
	fields[n++] = line_json("list_overrides", &stricter);
	fields[n++] = line_text("rulebook", rb->id);
	fields[n++] = line_text("source", rb->source);
	if (text != NULL)
		fields[n++] = line_bytes("text", text, len);
	fields[n++] = line_text("tzdata", rb->tzdata);
	fields[n++] = line_text("version", rb->version);
	lines_add(out, d, "law", fields, n);
	line_done(&keep);
	line_done(&stricter);
	free(text);
}

/* --- all of it ----------------------------------------------------------------------------------------- */

void facts_log(struct daemon *d)
{
	struct tail *t = d->tail;
	struct line out = { 0 };
	if (t->law_wanted)
		log_law(d, &out);
	t->law_wanted = false;
	for (size_t i = 0; i < d->hash_count; i++)
		log_hash(d, &out, &d->hashes[i]);
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (!run->ready_to_work || run->made_by[0] == '\0' ||
		    strcmp(run->made_by, run->log_made) == 0)
			continue;
		memcpy(run->log_made, run->made_by, sizeof(run->log_made));
		log_definition(d, &out, run);
	}
	if (out.len > 0)
		given_put(t, &out, NULL, 0, clock_monotonic_ms());
	line_done(&out);
}

void facts_forget(struct daemon *d)
{
	d->tail->law_wanted = true;
	for (size_t i = 0; i < d->hash_count; i++)
		d->hashes[i].logged = 0;
	for (size_t i = 0; i < d->run_count; i++)
		d->runs[i]->log_made[0] = '\0';
}

void facts_log_daemon(struct daemon *d, const char *event)
{
	struct tail *t = d->tail;
	struct line out = { 0 }, positions = { 0 };
	struct line_field *at = mem_zero((t->stream_count + 1) * sizeof(*at));
	char key[NOTE_KEY_TEXT];
	size_t n = 0;
	for (size_t i = 0; i < t->stream_count; i++)
		if (t->streams[i].told[0] != '\0')
			at[n++] = line_text(t->streams[i].key, t->streams[i].told);
	line_object(&positions, at, n);
	const struct line_field fields[] = {
		line_text("began", t->began),
		line_text("event", event),
		line_text("instance", d->conf.instance),
		line_text("key", note_verifier_text(&t->state.key, key)),
		line_text("library", lua_source_hash),
		line_text("origin", t->state.key.name),
		line_json("positions", &positions),
		line_text("prefix", d->conf.prefix),
		line_text("version", LICET_VERSION),
	};
	lines_must_be_whole(&positions);
	lines_add(&out, d, "daemon", fields, sizeof(fields) / sizeof(fields[0]));
	given_put(t, &out, NULL, 0, clock_monotonic_ms());
	line_done(&out);
	line_done(&positions);
	free(at);
}

void facts_log_key(struct daemon *d)
{
	struct tail *t = d->tail;
	struct line out = { 0 };
	char key[NOTE_KEY_TEXT];
	const struct line_field fields[] = {
		line_text("next", note_verifier_text(&t->want.keys[t->want.key_count - 1].verifier, key)),
	};
	lines_add(&out, d, "key", fields, 1);
	given_put(t, &out, NULL, 0, clock_monotonic_ms());
	line_done(&out);
	writer_turn_key(t->writer);
}
