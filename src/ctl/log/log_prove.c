/* log_prove.c - one call alone; see log_prove.h. */
#include "ctl/log/log_prove.h"

#include "core/job/job.h"
#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/log/line_index.h"
#include "ctl/paper/paper_prove.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/proof/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROLE_MAX 16

/* A line that goes into the proof. */
struct kept {
	uint64_t index;
	char *line; /* NULL: none yet */
	size_t len;
};

struct search {
	const char *campaign, *id;
	uint64_t sealed;
	char needle[2 * JOB_ID_MAX + 16]; /* the id as a line has it */
	struct kept first, call;
	struct kept keys[ROLE_MAX];
	size_t key_count;
	/* Candidates: the last ones of each fingerprint before the call. */
	struct kept *laws, *definitions, *lists;
	size_t law_count, law_capacity, definition_count, definition_capacity, list_count, list_capacity;
};

static void keep(struct kept *k, uint64_t index, const char *line, size_t len)
{
	free(k->line);
	*k = (struct kept){ index, mem_copy_len(line, len), len };
}

static void push(struct kept **list, size_t *count, size_t *capacity, uint64_t index, const char *line,
                 size_t len)
{
	*list = mem_grow(*list, capacity, *count, sizeof(**list));
	(*list)[*count] = (struct kept){ 0 };
	keep(&(*list)[(*count)++], index, line, len);
}

static bool has_text(const char *json, size_t len, const char *key, const char *want)
{
	char text[512];
	return line_text_of(json, len, key, text, sizeof(text)) >= 0 && strcmp(text, want) == 0;
}

/* Is it a call of that job? */
static bool is_call(const struct search *s, const char *line, size_t len)
{
	char stream[KEY_SIZE], tail[KEY_SIZE];
	size_t n;
	const char *record;
	if (memmem(line, len, s->needle, strlen(s->needle)) == NULL ||
	    line_text_of(line, len, "stream", stream, sizeof(stream)) < 0 ||
	    (record = line_find(line, len, "record", &n)) == NULL)
		return false;
	snprintf(tail, sizeof(tail), "campaign:%s:done", s->campaign);
	size_t stream_len = strlen(stream), tail_len = strlen(tail);
	return stream_len >= tail_len && strcmp(stream + stream_len - tail_len, tail) == 0 &&
	       has_text(record, n, "id", s->id);
}

static void look_at(struct search *s, uint64_t index, const char *line, size_t len)
{
	char kind[24];
	if (line_text_of(line, len, "kind", kind, sizeof(kind)) < 1)
		return;
	if (strcmp(kind, "call") == 0) {
		if (is_call(s, line, len))
			keep(&s->call, index, line, len);
	} else if (index == 0) {
		keep(&s->first, index, line, len);
	} else if (strcmp(kind, "key") == 0 && s->key_count < ROLE_MAX) {
		keep(&s->keys[s->key_count++], index, line, len);
	} else if (strcmp(kind, "law") == 0) {
		push(&s->laws, &s->law_count, &s->law_capacity, index, line, len);
	} else if (strcmp(kind, "definition") == 0 && has_text(line, len, "campaign", s->campaign)) {
		push(&s->definitions, &s->definition_count, &s->definition_capacity, index, line, len);
	} else if (strcmp(kind, "list") == 0) {
		push(&s->lists, &s->list_count, &s->list_capacity, index, line, len);
	}
}

static void on_line(void *arg, uint64_t index, const char *line, size_t len)
{
	struct search *s = arg;
	if (index < s->sealed)
		look_at(s, index, line, len);
}

/* File by file, by what their lines may be found by. */
static void read_lines(struct search *s, int folder, uint64_t sealed)
{
	const uint32_t hashes[] = { line_index_hash("call", s->campaign, s->id),
		                    line_index_hash("definition", s->campaign, ""),
		                    line_index_hash("law", "", ""), line_index_hash("list", "", ""),
		                    line_index_hash("key", "", "") };
	struct entries e;
	const char *line;
	char err[300];
	size_t len;
	struct line text = { 0 };
	line_string(&text, s->id, strlen(s->id));
	snprintf(s->needle, sizeof(s->needle), "\"id\":%.*s", (int)text.len, text.bytes);
	line_done(&text);
	s->sealed = sealed;
	entries_open(&e, folder, 0, 0);
	if (entries_next(&e, &line, &len))
		look_at(s, 0, line, len);
	entries_close(&e);
	for (uint64_t first = 0; first < sealed; first += ENTRIES_PER_FILE)
		if (!line_index_find(folder, first, sealed, hashes, sizeof(hashes) / sizeof(hashes[0]),
		                     on_line, s, err, sizeof(err)))
			ctl_fail("%s", err);
}

/* --- what it rests on -------------------------------------------------------------------------- */

/* The last one before the call that has that text. */
static const struct kept *find(const struct kept *list, size_t count, uint64_t before, const char *key,
                               const char *want)
{
	for (size_t i = count; i-- > 0;)
		if (list[i].index < before && has_text(list[i].line, list[i].len, key, want))
			return &list[i];
	return NULL;
}

/* --- proofs --------------------------------------------------------------------------------------- */

struct proving {
	struct tiles_tree *tree;
	struct merkle_hash root;
	const char *note;
	json_t *entries;
};

static void add(struct proving *p, const char *role, const struct kept *k)
{
	struct merkle_proof proof;
	struct merkle_hash leaf;
	char *text, base64[NOTE_HASH_BASE64];
	size_t size;
	if (k == NULL || k->line == NULL)
		return;
	leaf_of(k->line, k->len, &leaf);
	if (!merkle_inclusion(k->index, p->tree->size, tiles_node, p->tree, &proof))
		ctl_fail("%s", p->tree->error);
	if (!merkle_check_inclusion(k->index, p->tree->size, &leaf, &proof, &p->root))
		ctl_fail(error_pick("line %" PRIu64 " is not the one that was signed: the log is damaged",
		                    "la ligne %" PRIu64
		                    " n'est pas celle qui a été signée : le journal est endommagé"),
		         k->index);
	FILE *out = mem_stream(&text, &size);
	print_to(out, "c2sp.org/tlog-proof@v1\nindex %" PRIu64 "\n", k->index);
	for (size_t i = 0; i < proof.count; i++)
		print_to(out, "%s\n", note_key_base64(proof.hashes[i].bytes, base64));
	print_to(out, "\n");
	print_raw(out, p->note);
	mem_stream_end(out);
	json_array_append_new(p->entries, print_pack("{s:s, s:o, s:s}", "role", role, "line",
	                                             json_stringn(k->line, k->len), "proof", text));
	free(text);
}

static void add_all(struct proving *p, struct search *s, const char *record, size_t len)
{
	char made[40] = "", facts[4096] = "", hash[80] = "", lists[1024] = "", *at = lists;
	line_text_of(record, len, "made", made, sizeof(made));
	line_text_of(record, len, "lists", lists, sizeof(lists));
	if (line_text_of(record, len, "facts", facts, sizeof(facts)) > 0)
		line_text_of(facts, strlen(facts), "hash", hash, sizeof(hash));
	const struct kept *law = find(s->laws, s->law_count, s->call.index, "hash", hash);
	const struct kept *definition =
	    find(s->definitions, s->definition_count, s->call.index, "made", made);
	if (law == NULL || definition == NULL)
		ctl_fail(
		    law == NULL
			? error_pick("the law that the call rests on is not in the log before it",
		                     "la loi sur laquelle l'appel repose n'est pas au journal avant lui")
			: error_pick(
			      "the definition that the call rests on is not in the log before it",
			      "la définition sur laquelle l'appel repose n'est pas au journal avant lui"));
	add(p, "first", &s->first);
	for (size_t i = 0; i < s->key_count; i++)
		add(p, "key", &s->keys[i]);
	add(p, "law", law);
	add(p, "definition", definition);
	for (char *name; (name = strsep(&at, ",")) != NULL;) {
		name[strcspn(name, "!")] = '\0';
		add(p, "list", find(s->lists, s->list_count, s->call.index, "name", name));
	}
	add(p, "call", &s->call);
}

/* The newest checkpoint; its size and root tell what the tiles are held against. */
static void read_checkpoint(struct proving *p, int folder, const char *dir, char note[NOTE_MAX])
{
	struct checkpoint c;
	int64_t len = tiles_note(folder, "checkpoint", note);
	const char *end = len > 0 ? memmem(note, (size_t)len, "\n\n", 2) : NULL;
	if (len < 0)
		ctl_fail(error_pick("%s is no decision log: checkpoint: %s",
		                    "%s n'est pas un journal des décisions : checkpoint : %s"),
		         dir, error_system(errno));
	if (end == NULL || !checkpoint_parse(note, (size_t)(end + 1 - note), &c))
		ctl_fail(error_pick("%s/checkpoint: it is none", "%s/checkpoint: ce n'en est pas un"), dir);
	p->tree->folder = folder;
	p->tree->size = c.size;
	p->root = c.root;
	p->note = note;
}

static void write_to(struct ctl *ctl, const struct log_prove *want, const json_t *all, FILE *file)
{
	const struct rulebook *rb = want->html ? ctl_rulebook(ctl) : NULL;
	if (want->html) {
		paper_prove(&(struct sheet_want){ .ctl = ctl,
		                                  .french = want->french,
		                                  .full = want->full,
		                                  .zone = rb->territories[0].zones[0] },
		            all, file);
		return;
	}
	print_json(file, all, JSON_INDENT(2));
	print_raw(file, "\n");
}

static void write_out(struct ctl *ctl, const struct log_prove *want, json_t *all)
{
	struct outfile file = { 0 };
	const char *out = want->out;
	if (out == NULL) {
		write_to(ctl, want, all, stdout);
		json_decref(all);
		return;
	}
	if (!outfile_open(&file, out))
		ctl_fail("%s: %s", out, error_system(errno));
	write_to(ctl, want, all, file.file);
	if (!outfile_close(&file)) {
		outfile_drop(&file);
		ctl_fail("%s: %s", out, error_system(errno));
	}
	outfile_done(&file);
	json_decref(all);
}

static void search_done(struct search *s)
{
	struct kept *const lists[] = { s->laws, s->definitions, s->lists };
	const size_t counts[] = { s->law_count, s->definition_count, s->list_count };
	for (size_t k = 0; k < 3; k++) {
		for (size_t i = 0; i < counts[k]; i++)
			free(lists[k][i].line);
		free(lists[k]);
	}
	for (size_t i = 0; i < s->key_count; i++)
		free(s->keys[i].line);
	free(s->first.line);
	free(s->call.line);
}

int log_prove(struct ctl *ctl, const struct log_prove *want)
{
	const char *dir = want->dir, *campaign = want->campaign, *id = want->id, *out = want->out;
	struct search *s = mem_zero(sizeof(*s));
	struct proving p = { .tree = mem_zero(sizeof(*p.tree)), .entries = json_array() };
	char note[NOTE_MAX];
	size_t len;
	int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		ctl_fail("%s: %s", dir, error_system(errno));
	if (out != NULL)
		outfile_check(out);
	s->campaign = campaign;
	s->id = id;
	read_checkpoint(&p, folder, dir, note);
	read_lines(s, folder, p.tree->size);
	if (s->call.line == NULL)
		ctl_fail(
		    error_pick(
			"no call of %s in campaign %s stands in the log, as far as it is signed",
			"aucun appel de %s dans la campagne %s ne figure au journal, pour ce qui en est signé"),
		    id, campaign);
	const char *record = line_find(s->call.line, s->call.len, "record", &len);
	add_all(&p, s, record, len);
	write_out(ctl, want,
	          print_pack("{s:s, s:s, s:s, s:o}", "proof", LOG_PROOF_FORMAT, "campaign", campaign, "job",
	                     id, "entries", p.entries));
	if (out != NULL && !ctl->json)
		print(error_pick("%s: the call %s of %s, with what it rests on\n",
		                 "%s : l'appel %s de %s, avec ce sur quoi il repose\n"),
		      out, id, campaign);
	search_done(s);
	free(s);
	free(p.tree);
	close(folder);
	return 0;
}
