/* biglog.c - a decision log of many made lines of real size, written as licetd writes it, but synced seldom.
 *
 *     biglog FOLDER KEYFILE LINES */
#include "core/proof/line.h"
#include "io/host/mem.h"
#include "io/proof/keyfile.h"
#include "io/proof/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEAL_EVERY 100000

static void must(bool done, const char *err)
{
	if (done)
		return;
	fprintf(stderr, "biglog: %s\n", err);
	exit(1);
}

static void call_line(struct line *out, long n)
{
	struct line record = { 0 };
	char id[32], to[24], salt[40], ms[24], token[40], stream_id[40];
	snprintf(id, sizeof(id), "job-%ld", n);
	snprintf(to, sizeof(to), "+336%08ld", n % 100000000);
	snprintf(salt, sizeof(salt), "%016lx%016lx", n * 0x9e3779b97f4a7c15UL, ~n * 0xc2b2ae3d27d4eb4fUL);
	snprintf(ms, sizeof(ms), "%ld", 1795512600000 + n / 100);
	snprintf(token, sizeof(token), "6b0c10121734093c.%ld", n);
	snprintf(stream_id, sizeof(stream_id), "%s-%ld", ms, n % 100);
	struct line_field fields[] = {
		line_text("id", id),
		line_text("to", to),
		line_text("outcome", "answered"),
		line_text("attempt", "1"),
		line_text("released_ms", ms),
		line_text("taken_ms", ms),
		line_text("done_ms", ms),
		line_text("route", "main"),
		line_text("sender", "s1"),
		line_text("place", "metropole+alsace-moselle"),
		line_text("not_after_ms", ms),
		line_text("window_close_ms", ms),
		line_text("cap", "0"),
		line_text("consent", "form-v3/88121"),
		line_text("lists", "opposition!,opposition:acme,anti-prospection"),
		line_text(
		    "facts",
		    "{\"hash\":\"bf6359752e3b78e47edd287aec177e8399821ee9dd7e1f11a9ac046ca2a4291e\",\"lists\":"
		    "{\"opposition\":\"2026-11-24T06:00:00Z\"},\"regimes\":[\"fr-2026\"],\"rulebook\":\"fr\","
		    "\"tzdata\":\"2025b\",\"version\":\"2026-11-23\"}"),
		line_text("detail", ""),
		line_text("token", token),
		line_text("retry_ms", ""),
		line_text("made", "7395067dfddc7f5b"),
		line_text("mac", salt),
	};
	line_object(&record, fields, sizeof(fields) / sizeof(fields[0]));
	struct line_field all[] = { line_int("at_ms", 1795512600000 + n / 100),
		                    line_text("id", stream_id),
		                    line_text("kind", "call"),
		                    line_json("record", &record),
		                    line_text("salt", salt),
		                    line_text("stream", "licet:campaign:acme.big:done") };
	line_object(out, all, sizeof(all) / sizeof(all[0]));
	line_done(&record);
}

static void head_line(struct line *out, const struct note_verifier *key, long n)
{
	char text[NOTE_KEY_TEXT];
	struct line_field first[] = {
		line_int("at_ms", 1795512600000), line_text("began", "1"),
		line_text("event", "start"),      line_text("key", note_verifier_text(key, text)),
		line_text("kind", "daemon"),      line_text("origin", key->name),
		line_text("prefix", "licet:"),    line_text("salt", "00000000000000000000000000000000")
	};
	struct line_field law[] = {
		line_int("at_ms", 1795512600000), line_text("kind", "law"),
		line_text("hash", "bf6359752e3b78e47edd287aec177e8399821ee9dd7e1f11a9ac046ca2a4291e"),
		line_text("salt", "00000000000000000000000000000001")
	};
	struct line_field definition[] = { line_int("at_ms", 1795512600000), line_text("kind", "definition"),
		                           line_text("campaign", "acme.big"),
		                           line_text("made", "7395067dfddc7f5b"),
		                           line_text("salt", "00000000000000000000000000000002") };
	line_object(out, n == 0 ? first : n == 1 ? law : definition, n == 0 ? 8 : n == 1 ? 4 : 5);
}

int main(int argc, char **argv)
{
	struct note_signer key;
	uint64_t mended;
	bool lasting;
	char err[300];
	must(argc == 4, "FOLDER KEYFILE LINES");
	must(keyfile_signer(argv[2], &key, err, sizeof(err)), err);
	struct store *s = store_open(argv[1], &key, 1, &mended, &lasting, err, sizeof(err));
	must(s != NULL, err);
	for (long n = 0; n < atol(argv[3]); n++) {
		struct line out = { 0 };
		if (n < 3)
			head_line(&out, &key.verifier, n);
		else
			call_line(&out, n);
		must(store_append(s, out.bytes, out.len, err, sizeof(err)), err);
		line_done(&out);
		if (n % SEAL_EVERY == SEAL_EVERY - 1)
			must(store_seal(s, err, sizeof(err)), err);
	}
	must(store_seal(s, err, sizeof(err)), err);
	store_close(s);
	return 0;
}
