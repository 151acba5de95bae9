/* lines.c - what stands in the decision log; see lines.h. */
#include "daemon/proof/lines.h"

#include "core/proof/mac.h"
#include "daemon/base/turn.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SALT_BYTES 16
#define SALTS 64         /* that the kernel is asked for at once: each asking is a system call */
#define RECORD_FIELDS 64 /* of an entry; more are left out, and counted */

void lines_must_be_whole(const struct line *out)
{
	if (!out->failed)
		return;
	log_event(LOG_LEVEL_FATAL, "out-of-memory", "error=\"no memory is left\"");
	abort();
}

/* Random bytes that no other line gets; they stand until the next call. */
static const unsigned char *take_random(void)
{
	static unsigned char bytes[SALTS][SALT_BYTES];
	static size_t left;
	for (size_t at = 0; left == 0 && at < sizeof(bytes);) {
		ssize_t got = getrandom((unsigned char *)bytes + at, sizeof(bytes) - at, 0);
		at += got > 0 ? (size_t)got : 0;
	}
	left = (left == 0 ? SALTS : left) - 1;
	return bytes[left];
}

/* So that a leaf's hash tells nothing of a line that can be guessed. */
static const char *make_salt(char buf[2 * SALT_BYTES + 1])
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = take_random();
	for (size_t i = 0; i < SALT_BYTES; i++) {
		buf[2 * i] = digits[bytes[i] >> 4];
		buf[2 * i + 1] = digits[bytes[i] & 15];
	}
	buf[2 * SALT_BYTES] = '\0';
	return buf;
}

void lines_add(struct line *out, const struct daemon *d, const char *kind, const struct line_field *more,
               size_t count)
{
	struct line_field fields[LINES_MORE_MAX + 3];
	char salt[2 * SALT_BYTES + 1];
	fields[0] = line_int("at_ms", turn_now(d));
	fields[1] = line_text("kind", kind);
	fields[2] = line_text("salt", make_salt(salt));
	memcpy(fields + 3, more, count * sizeof(*more));
	line_object(out, fields, count + 3);
	line_raw(out, "\n", 1);
}

/* A field of a flat reply; "" if there is none. */
static const char *text_of(const struct redis_reply *flat, const char *name)
{
	const char *text = reply_text(reply_field(flat, name), NULL);
	return text != NULL ? text : "";
}

/* Was that call released by us? Then whoever has no key did not make it up. */
static bool is_proven(const struct daemon *d, const struct lines_entry *e)
{
	const struct redis_reply *f = e->fields;
	const struct mac_call call = { e->campaign,           text_of(f, "id"),          text_of(f, "to"),
		                       text_of(f, "attempt"), text_of(f, "released_ms"), text_of(f, "made") };
	return d->mac_key != NULL && mac_is_right(d->mac_key, &call, text_of(f, "mac"));
}

/* Of an entry that says itself what it is. */
static const char *kind_of(const char *own)
{
	if (strcmp(own, "withdrawn") == 0 || strcmp(own, "registered") == 0 || strcmp(own, "expired") == 0)
		return "consent";
	return strcmp(own, "requeued") == 0 || strcmp(own, "erased") == 0 ? "refusal" : "opposition";
}

void lines_entry(struct line *out, const struct daemon *d, const struct lines_entry *e)
{
	struct line record = { 0 };
	struct line_field fields[RECORD_FIELDS + 1];
	size_t n = reply_count(e->fields) / 2, count = 0;
	for (size_t i = 0; i < n && i < RECORD_FIELDS; i++) {
		size_t name_len, len;
		const char *name = reply_text(reply_at(e->fields, 2 * i), &name_len),
			   *text = reply_text(reply_at(e->fields, 2 * i + 1), &len);
		if (name == NULL || name_len == 0 || text == NULL)
			continue;
		fields[count] = line_bytes(name, text, len);
		fields[count++].name_len = name_len;
	}
	if (n > RECORD_FIELDS)
		fields[count++] = line_int("fields", (int64_t)n);
	line_object(&record, fields, count);
	const char *kind = e->kind;
	if (kind == NULL)
		kind = kind_of(text_of(e->fields, "kind"));
	if (e->campaign != NULL)
		kind = is_proven(d, e) ? "call" : "unproven";
	const struct line_field more[] = { line_text("id", e->id), line_json("record", &record),
		                           line_text("stream", e->stream) };
	lines_must_be_whole(&record);
	lines_add(out, d, kind, more, 3);
	line_done(&record);
}

void lines_hash(struct line *out, const struct known_hash *h)
{
	size_t count = h != NULL && !h->wrong_type ? h->fields.count : 0;
	struct line_field *fields = mem_zero((count + 1) * sizeof(*fields));
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (h->fields.names[i][0] != '\0')
			fields[used++] = line_text(h->fields.names[i], h->fields.values[i]);
	line_object(out, fields, used);
	lines_must_be_whole(out);
	free(fields);
}
