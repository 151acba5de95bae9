/* log_judge.c - the proof of one call, judged again; see log_judge.h. */
#include "ctl/log/log_judge.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "core/proof/note.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/log/log_key.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/rulebook/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define KEYS_MAX 64

struct judging {
	json_t *faults;
	struct note_verifier keys[KEYS_MAX];
	size_t key_count;
	struct checkpoint head; /* of the first proof; all others must be of the same */
	bool has_head;
	const char *call, *definition, *law; /* lines */
	size_t call_len, definition_len, law_len;
};

static void fault(struct judging *j, const char *role, const char *what)
{
	char *text = mem_format(error_pick("%s: %s", "%s : %s"), role, what);
	json_array_append_new(j->faults, print_json_text(text));
	free(text);
}

static void take_line(struct judging *j, const char *role, const char *line, size_t len)
{
	char key[NOTE_KEY_TEXT];
	const char *name = strcmp(role, "first") == 0 ? "key" : "next";
	struct {
		const char *role, **line;
		size_t *len;
	} single[] = { { "call", &j->call, &j->call_len },
		       { "definition", &j->definition, &j->definition_len },
		       { "law", &j->law, &j->law_len } };
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(role, single[i].role) != 0)
			continue;
		if (*single[i].line != NULL)
			fault(j, role, error_pick("there is more than one", "il y en a plus d'une"));
		*single[i].line = line;
		*single[i].len = len;
	}
	if ((strcmp(role, "first") == 0 || strcmp(role, "key") == 0) && j->key_count < KEYS_MAX) {
		if (line_text_of(line, len, name, key, sizeof(key)) > 0 &&
		    note_verifier_parse(key, &j->keys[j->key_count]))
			j->key_count++;
		else
			fault(j, role, error_pick("its key is none", "sa clé n'en est pas une"));
	}
}

/* Behind "index ": a number as the format writes it, digits without a sign or a zero before them, and a line
 * break. Returns where the next line begins; NULL: it is none. */
static const char *read_index(const char *at, uint64_t *ret)
{
	size_t digits = strspn(at, "0123456789");
	uint64_t n = 0;
	if (digits == 0 || digits > 19 || (at[0] == '0' && digits > 1) || at[digits] != '\n')
		return NULL;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)(at[i] - '0');
	*ret = n;
	return at + digits + 1;
}

/* Past "extra …", which the format allows and we never write: one word. NULL: it is malformed. */
static const char *pass_extra(const char *at)
{
	if (strncmp(at, "extra ", strlen("extra ")) != 0)
		return at;
	at += strlen("extra ");
	size_t len = strcspn(at, " \t\n\v\f\r");
	return len > 0 && at[len] == '\n' ? at + len + 1 : NULL;
}

/* "index N", hashes, an empty line, a checkpoint. */
static bool read_proof(const char *text, uint64_t *ret_index, struct merkle_proof *ret, const char **ret_note)
{
	static const char index[] = "index ";
	if (strncmp(text, HEAD, strlen(HEAD)) != 0)
		return false;
	const char *at = pass_extra(text + strlen(HEAD));
	if (at == NULL || strncmp(at, index, strlen(index)) != 0 ||
	    (at = read_index(at + strlen(index), ret_index)) == NULL)
		return false;
	for (ret->count = 0; *at != '\n'; at += NOTE_HASH_BASE64)
		if (ret->count == MERKLE_PROOF_MAX || strcspn(at, "\n") != NOTE_HASH_BASE64 - 1 ||
		    at[NOTE_HASH_BASE64 - 1] != '\n' ||
		    !note_key_from_base64(at, NOTE_HASH_BASE64 - 1, ret->hashes[ret->count++].bytes))
			return false;
	*ret_note = at + 1;
	return true;
}

static void judge_entry(struct judging *j, const char *role, const char *line, size_t len, const char *proof)
{
	struct merkle_proof p;
	struct merkle_hash leaf;
	struct checkpoint c;
	uint64_t index;
	const char *note;
	size_t text_len;
	if (!line_is_canonical(line, len)) {
		fault(j, role,
		      error_pick("it is not written as lines are",
		                 "elle n'est pas écrite comme une ligne du journal"));
		return;
	}
	merkle_leaf(line, len, &leaf);
	if (!read_proof(proof, &index, &p, &note) ||
	    note_open(note, strlen(note), j->keys, j->key_count, &text_len) < 0 ||
	    !checkpoint_parse(note, text_len, &c) ||
	    !merkle_check_inclusion(index, c.size, &leaf, &p, &c.root))
		fault(j, role, error_pick("its proof does not hold", "sa preuve ne tient pas"));
	else if (strcmp(role, "first") == 0 && index != 0)
		fault(j, role, error_pick("it is not the first line", "ce n'est pas la première ligne"));
	else if (j->has_head && (c.size != j->head.size || !merkle_same(&c.root, &j->head.root)))
		fault(j, role,
		      error_pick("it is of another checkpoint than the other lines",
		                 "elle relève d'un autre point de contrôle que les autres lignes"));
	else {
		j->head = c;
		j->has_head = true;
	}
}

static void judge_entries(struct judging *j, const json_t *entries, const char *trusted)
{
	size_t i;
	const json_t *e;
	for (int pass = 0; pass < 2; pass++) {
		json_array_foreach((json_t *)entries, i, e)
		{
			const json_t *line = json_object_get(e, "line");
			const char *role = json_string_value(json_object_get(e, "role")),
				   *text = json_string_value(line),
				   *proof = json_string_value(json_object_get(e, "proof"));
			if (role == NULL || text == NULL || proof == NULL)
				fault(j, "entry",
				      error_pick("role, line or proof is missing",
				                 "role, line ou proof manque"));
			else if (pass == 0)
				take_line(j, role, text, json_string_length(line));
			else
				judge_entry(j, role, text, json_string_length(line), proof);
		}
		if (pass == 0 && trusted != NULL) {
			struct note_verifier v;
			log_key_read(trusted, &v);
			bool known = false;
			for (size_t k = 0; k < j->key_count; k++)
				known = known || memcmp(&j->keys[k], &v, sizeof(v)) == 0;
			if (!known)
				fault(j, "key",
				      error_pick("the one of --key has not signed this log",
				                 "celle de --key n'a pas signé ce journal"));
			j->keys[0] = v;
			j->key_count = 1;
		}
	}
}

/* --- the hours -------------------------------------------------------------------------------- */

/* The rulebook that is in the proof. */
static struct rulebook *law_of(struct judging *j, char *err, size_t err_size)
{
	size_t size = j->law_len + 1;
	char *text = mem_alloc(size), hash[SHA256_HEX_SIZE], want[SHA256_HEX_SIZE], path[40];
	int64_t len = line_text_of(j->law, j->law_len, "text", text, size);
	struct rulebook *rb = NULL;
	struct conf conf;
	int fd = len > 0 ? memfd_create("rulebook", MFD_CLOEXEC) : -1;
	conf_init(&conf);
	snprintf(err, err_size, "%s", error_pick("the rulebook is not in it", "le recueil n'y est pas"));
	if (fd >= 0 && write(fd, text, (size_t)len) == (ssize_t)len &&
	    line_text_of(j->law, j->law_len, "file_hash", want, sizeof(want)) == SHA256_HEX_SIZE - 1 &&
	    strcmp(sha256_hex(text, (size_t)len, hash), want) == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		rb = rulebook_load(path, conf.zone_dir, err, err_size);
	}
	if (fd >= 0)
		close(fd);
	conf_done(&conf);
	free(text);
	return rb;
}

static int64_t ms_of(const char *record, size_t len, const char *name)
{
	char text[24], *end;
	if (line_text_of(record, len, name, text, sizeof(text)) < 1)
		return TIME_NONE;
	int64_t ms = strtoll(text, &end, 10);
	return *end == '\0' ? ms : TIME_NONE;
}

/* It began between the hand-over and the report, and not after not_after: lawful if all of that is. */
static const char *judge_hours(struct judging *j, const char *record, size_t len)
{
	char place_text[PLACE_NAME_SIZE], err[300];
	int64_t taken_ms = ms_of(record, len, "taken_ms"), last_ms = ms_of(record, len, "not_after_ms"),
		done_ms = ms_of(record, len, "done_ms"), close_ms;
	uint32_t place;
	struct rulebook *rb = j->law != NULL ? law_of(j, err, sizeof(err)) : NULL;
	const char *found = "not judged";
	if (rb == NULL) {
		fault(j, "law", err);
		return found;
	}
	if (taken_ms != TIME_NONE && last_ms != TIME_NONE &&
	    line_text_of(record, len, "place", place_text, sizeof(place_text)) > 0 &&
	    place_parse(rb, place_text, strlen(place_text), &place)) {
		last_ms = done_ms != TIME_NONE && done_ms < last_ms ? done_ms : last_ms - 1;
		last_ms = last_ms < taken_ms ? taken_ms : last_ms;
		bool open = window_next_close(rb, place, NULL, taken_ms, &close_ms) && last_ms < close_ms;
		/* A precise time that the person asked for is another rule's. */
		found = open                                         ? "lawful"
		        : ms_of(record, len, "slot_ms") != TIME_NONE ? "asked for"
		                                                     : "outside";
	}
	rulebook_free(rb);
	return found;
}

/* Are the lines beside the call those that it names? */
static void judge_together(struct judging *j, const char *record, size_t len)
{
	char made[40] = "", named[40] = "", facts[4096], hash[80] = "", of_law[80] = "";
	line_text_of(record, len, "made", made, sizeof(made));
	if (line_text_of(record, len, "facts", facts, sizeof(facts)) > 0)
		line_text_of(facts, strlen(facts), "hash", hash, sizeof(hash));
	if (j->definition == NULL ||
	    line_text_of(j->definition, j->definition_len, "made", named, sizeof(named)) < 1 ||
	    strcmp(made, named) != 0)
		fault(j, "definition",
		      error_pick("it is not the one that the call rests on",
		                 "ce n'est pas ce sur quoi l'appel repose"));
	if (j->law == NULL || line_text_of(j->law, j->law_len, "hash", of_law, sizeof(of_law)) < 1 ||
	    strcmp(hash, of_law) != 0)
		fault(j, "law",
		      error_pick("it is not the one that the call rests on",
		                 "ce n'est pas ce sur quoi l'appel repose"));
}

static const char *hours_said(const char *hours)
{
	static const char *const french[][2] = { { "lawful", "licite" },
		                                 { "asked for", "demandé par la personne" },
		                                 { "outside", "hors des horaires" },
		                                 { "not judged", "non jugé" } };
	for (size_t i = 0; error_is_french() && i < sizeof(french) / sizeof(french[0]); i++)
		if (strcmp(hours, french[i][0]) == 0)
			return french[i][1];
	return hours;
}

static int say(struct ctl *ctl, struct judging *j, const char *record, size_t len, const char *hours)
{
	char id[300] = "", to[40] = "", at[CIVIL_INSTANT_SIZE] = "", stream[1024] = "";
	size_t i;
	const json_t *value;
	bool good = json_array_size(j->faults) == 0 && strcmp(hours, "outside") != 0;
	int64_t released_ms = ms_of(record, len, "released_ms");
	line_text_of(record, len, "id", id, sizeof(id));
	line_text_of(record, len, "to", to, sizeof(to));
	line_text_of(j->call, j->call_len, "stream", stream, sizeof(stream));
	if (released_ms != TIME_NONE)
		civil_format_instant(released_ms, at);
	if (ctl->json) {
		ctl_print_json(print_pack("{s:b, s:s, s:I, s:s, s:s, s:s, s:s, s:O}", "confirmed", good,
		                          "origin", j->head.origin, "size", (json_int_t)j->head.size, "job",
		                          id, "stream", stream, "released", at, "hours", hours, "faults",
		                          j->faults));
		return good ? 0 : 1;
	}
	print(error_pick("The call %s of %s, released at %s\n", "L'appel %s de %s, transmis le %s\n"), id,
	      stream, at);
	if (j->has_head)
		print(error_pick("  in the log %s of %llu lines\n", "  au journal %s de %llu lignes\n"),
		      j->head.origin, (unsigned long long)j->head.size);
	print(error_pick("  by the hours of the law that is proven with it: %s\n",
	                 "  selon les horaires légaux prouvés avec lui : %s\n"),
	      hours_said(hours));
	json_array_foreach(j->faults, i, value)
	{
		print(error_pick("  FAULT %s\n", "  DÉFAUT %s\n"), json_string_value(value));
	}
	print(good ? error_pick("Confirmed.\n", "Confirmé.\n")
	           : error_pick("NOT confirmed.\n", "NON confirmé.\n"));
	return good ? 0 : 1;
}

int log_judge(struct ctl *ctl, const json_t *proof, const char *key)
{
	struct judging j = { .faults = json_array() };
	size_t len = 0;
	judge_entries(&j, json_object_get(proof, "entries"), key);
	const char *record = j.call != NULL && line_is_canonical(j.call, j.call_len)
	                         ? line_find(j.call, j.call_len, "record", &len)
	                         : NULL;
	char kind[24];
	if (record == NULL || line_text_of(j.call, j.call_len, "kind", kind, sizeof(kind)) < 1 ||
	    strcmp(kind, "call") != 0)
		ctl_fail(error_pick("it proves no call that licetd released",
		                    "cela ne prouve aucun appel que licetd ait transmis"));
	judge_together(&j, record, len);
	const char *hours = judge_hours(&j, record, len);
	int code = say(ctl, &j, record, len, hours);
	json_decref(j.faults);
	return code;
}
