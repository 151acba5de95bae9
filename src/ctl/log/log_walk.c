/* log_walk.c - a decision log, read and checked; see log_walk.h. */
#include "ctl/log/log_walk.h"

#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "ctl/query/query.h"
#include "io/host/clock.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/proof/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_EVERY 65536

void log_walk_fault(struct log_walk *w, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	if (w->fault_count < WALK_FAULTS_MAX)
		vsnprintf(w->faults[w->fault_count], sizeof(w->faults[0]), format, ap);
	w->fault_count++;
	va_end(ap);
}

/* --- tiles -------------------------------------------------------------------------------- */

static void compare_tile(struct log_walk *w, unsigned level, uint64_t index, unsigned width,
                         const struct merkle_hash *hashes)
{
	struct merkle_hash on_disk[TILE_WIDTH];
	char path[TILE_PATH];
	if (!tiles_read(w->folder, level, index, width, on_disk))
		log_walk_fault(w, "%s: %s", tile_path(level, index, width, path),
		               errno == EILSEQ ? "it has another length" : strerror(errno));
	else if (memcmp(on_disk, hashes, width * sizeof(*hashes)) != 0)
		log_walk_fault(w, "%s: its hashes are not those of the lines",
		               tile_path(level, index, width, path));
}

static void on_full(void *arg, unsigned level, uint64_t index, const struct merkle_hash *hashes)
{
	struct log_walk *w = arg;
	/* One that no checkpoint covers may not be there yet. */
	if (w->edge.size <= w->newest)
		compare_tile(w, level, index, TILE_WIDTH, hashes);
}

static void compare_partial(struct log_walk *w)
{
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		uint64_t nodes = w->edge.size >> (level * TILE_BITS);
		if (nodes % TILE_WIDTH > 0)
			compare_tile(w, level, nodes / TILE_WIDTH, (unsigned)(nodes % TILE_WIDTH),
			             w->edge.hashes[level]);
	}
}

/* --- checkpoints ---------------------------------------------------------------------------- */

/* Is it of this tree, and signed by a key that might? */
static void judge_seal(struct log_walk *w, const struct walk_seal *seal, const char *note, size_t len)
{
	struct checkpoint c;
	struct merkle_hash root;
	size_t text_len, known = 0;
	char name[CHECKPOINT_PATH];
	const char *what = seal->anchor != NULL ? seal->anchor : checkpoint_path(seal->size, name);
	while (known < w->key_count && w->keys_from[known] < seal->size)
		known++;
	/* The key that was used last, or one after it: an old key signs nothing any more. */
	size_t first = seal->anchor != NULL ? 0 : w->key_used;
	int who = note_open(note, len, w->keys + first, known - first, &text_len);
	if (who < 0) {
		log_walk_fault(w, "%s: it is not signed by the key of the log", what);
		return;
	}
	if (!checkpoint_parse(note, text_len, &c) || c.size != seal->size ||
	    strcmp(c.origin, w->keys[first + (size_t)who].name) != 0) {
		log_walk_fault(w, "%s: it is no checkpoint of this log", what);
		return;
	}
	tile_edge_root(&w->edge, &root);
	if (!merkle_same(&root, &c.root)) {
		log_walk_fault(w,
		               "%s: it was signed for other lines: what stands before line %" PRIu64
		               " was changed",
		               what, c.size);
		return;
	}
	if (seal->anchor != NULL)
		w->anchors_done++;
	else
		w->key_used = first + (size_t)who;
}

static void judge_seals(struct log_walk *w)
{
	for (; w->seals_done < w->seal_count && w->seals[w->seals_done].size <= w->edge.size;
	     w->seals_done++) {
		const struct walk_seal *seal = &w->seals[w->seals_done];
		char note[NOTE_MAX], name[CHECKPOINT_PATH];
		if (seal->note != NULL) {
			judge_seal(w, seal, seal->note, seal->len);
			continue;
		}
		int64_t len = tiles_note(w->folder, checkpoint_path(seal->size, name), note);
		if (len < 0)
			log_walk_fault(w, "%s: %s", name, strerror(errno));
		else
			judge_seal(w, seal, note, (size_t)len);
		if (seal->size == w->edge.size)
			compare_partial(w);
	}
}

static int by_size(const void *a, const void *b)
{
	const struct walk_seal *x = a, *y = b;
	return x->size < y->size ? -1 : x->size > y->size;
}

/* The size that a checkpoint tells, before anybody knows whether it is one. */
static bool size_of_note(const char *note, size_t len, uint64_t *ret)
{
	struct checkpoint c;
	const char *end = len > 0 ? memmem(note, len, "\n\n", 2) : NULL;
	if (end == NULL || !checkpoint_parse(note, (size_t)(end + 1 - note), &c))
		return false;
	*ret = c.size;
	return true;
}

static void add_seal(struct log_walk *w, size_t *capacity, struct walk_seal seal)
{
	w->seals = mem_grow(w->seals, capacity, w->seal_count, sizeof(*w->seals));
	w->seals[w->seal_count++] = seal;
}

static bool find_seals(struct log_walk *w, const char *const *anchors, size_t anchor_count, char *err,
                       size_t err_size)
{
	size_t capacity = 0;
	uint64_t *sizes = NULL, size;
	char note[NOTE_MAX];
	int64_t count = checkpoint_sizes(w->folder, &sizes);
	if (count < 0) {
		snprintf(err, err_size,
		         error_pick("%s is no decision log: checkpoints: %s",
		                    "%s n'est pas un journal des décisions : checkpoints : %s"),
		         w->dir, error_system(errno));
		return false;
	}
	for (int64_t i = 0; i < count; i++)
		add_seal(w, &capacity, (struct walk_seal){ .size = sizes[i] });
	w->newest = count > 0 ? sizes[count - 1] : 0;
	free(sizes);
	int64_t len = tiles_note(w->folder, "checkpoint", note);
	if (len < 0 && count > 0)
		log_walk_fault(w, "checkpoint: %s", strerror(errno));
	else if (len >= 0 && !size_of_note(note, (size_t)len, &size))
		log_walk_fault(w, "checkpoint: it is none");
	else if (len >= 0) {
		add_seal(w, &capacity,
		         (struct walk_seal){ .size = size,
		                             .anchor = "checkpoint",
		                             .note = mem_copy_len(note, (size_t)len),
		                             .len = (size_t)len });
		w->newest = size > w->newest ? size : w->newest;
	}
	for (size_t i = 0; i < anchor_count; i++) {
		len = tiles_note(AT_FDCWD, anchors[i], note);
		if (len < 0 || !size_of_note(note, (size_t)len, &size)) {
			snprintf(err, err_size, "%s: %s", anchors[i],
			         len < 0 ? error_system(errno)
			                 : error_pick("it is no checkpoint",
			                              "ce n'est pas un point de contrôle"));
			return false;
		}
		add_seal(w, &capacity,
		         (struct walk_seal){ .size = size,
		                             .anchor = anchors[i],
		                             .note = mem_copy_len(note, (size_t)len),
		                             .len = (size_t)len });
	}
	if (w->seal_count > 0)
		qsort(w->seals, w->seal_count, sizeof(*w->seals), by_size);
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

static void note_erased(struct log_walk *w, uint64_t index)
{
	size_t file = (size_t)(index / ENTRIES_PER_FILE), at = (size_t)(index % ENTRIES_PER_FILE);
	w->erased++;
	while (w->unnamed_files <= file) {
		w->unnamed =
		    mem_grow(w->unnamed, &w->unnamed_capacity, w->unnamed_files, sizeof(*w->unnamed));
		w->unnamed[w->unnamed_files++] = NULL;
	}
	if (w->unnamed[file] == NULL)
		w->unnamed[file] = mem_zero(ENTRIES_PER_FILE / 8);
	w->unnamed[file][at / 8] |= (uint8_t)(1u << at % 8);
}

/* An entry names the lines [from, to): they are accounted for. Returns how many of them were erased. */
static uint64_t account(struct log_walk *w, uint64_t from, uint64_t to)
{
	uint64_t count = 0, last = (uint64_t)w->unnamed_files * ENTRIES_PER_FILE;
	for (uint64_t i = from; i < to && i < last; i++) {
		uint8_t *bits = w->unnamed[i / ENTRIES_PER_FILE];
		size_t at = (size_t)(i % ENTRIES_PER_FILE);
		if (bits == NULL || (bits[at / 8] & 1u << at % 8) == 0)
			continue;
		bits[at / 8] &= (uint8_t) ~(1u << at % 8);
		count++;
	}
	return count;
}

/* Tell the runs that no entry named. */
static void tell_unnamed(struct log_walk *w)
{
	uint64_t from = 0, last = (uint64_t)w->unnamed_files * ENTRIES_PER_FILE;
	for (uint64_t i = 0; i < last; i++) {
		const uint8_t *bits = w->unnamed[i / ENTRIES_PER_FILE];
		size_t at = (size_t)(i % ENTRIES_PER_FILE);
		if (bits == NULL || (bits[at / 8] & 1u << at % 8) == 0)
			continue;
		for (from = i; i + 1 < last && (bits = w->unnamed[(i + 1) / ENTRIES_PER_FILE]) != NULL &&
		               (bits[(i + 1) % ENTRIES_PER_FILE / 8] & 1u << (i + 1) % 8) != 0;)
			i++;
		log_walk_fault(w,
		               "lines %" PRIu64 " to %" PRIu64
		               " were erased, and no entry behind them says why",
		               from, i);
	}
}

/* lines of an erase entry: [[from, to], …], both included. */
static void read_erase(struct log_walk *w, uint64_t index, const char *line, size_t len)
{
	size_t n;
	const char *at = line_find(line, len, "lines", &n), *end = at != NULL ? at + n : NULL;
	char ground[16], by[128];
	bool known = line_text_of(line, len, "by", by, sizeof(by)) > 0 &&
	             line_text_of(line, len, "ground", ground, sizeof(ground)) > 0 &&
	             (strcmp(ground, "subject") == 0 || strcmp(ground, "retention") == 0);
	unsigned long long from, to;
	int used;
	if (at == NULL || *at != '[' || !known) {
		log_walk_fault(w,
		               "line %" PRIu64
		               ": it erases nothing that it names, or does not say by whom and why",
		               index);
		return;
	}
	for (at++; at < end && sscanf(at, "[%llu,%llu]%n", &from, &to, &used) == 2; at += used + 1)
		if (from <= to && to < index) {
			uint64_t count = account(w, from, to + 1);
			w->erased_by_age += strcmp(ground, "retention") == 0 ? count : 0;
		}
}

static void add_key(struct log_walk *w, uint64_t index, const char *text)
{
	struct note_verifier v;
	if (!note_verifier_parse(text, &v))
		log_walk_fault(w, "line %" PRIu64 ": its key is none", index);
	else if (w->key_count == WALK_KEYS_MAX)
		log_walk_fault(w, "line %" PRIu64 ": more than %d keys", index, WALK_KEYS_MAX);
	else {
		w->keys[w->key_count] = v;
		w->keys_from[w->key_count++] = index;
	}
}

/* The line that begins a log tells whose it is. */
static void read_first(struct log_walk *w, const char *line, size_t len)
{
	char key[NOTE_KEY_TEXT], kind[16];
	if (line_text_of(line, len, "kind", kind, sizeof(kind)) < 0 || strcmp(kind, "daemon") != 0 ||
	    line_text_of(line, len, "key", key, sizeof(key)) < 0 ||
	    line_text_of(line, len, "prefix", w->prefix, sizeof(w->prefix)) < 0)
		log_walk_fault(w, "line 0: it does not tell the key and the prefix of the log");
	else
		add_key(w, 0, key);
}

static void read_line(struct log_walk *w, uint64_t index, const char *line, size_t len)
{
	char kind[24], salt[33], key[NOTE_KEY_TEXT];
	if (!line_is_canonical(line, len)) {
		log_walk_fault(w, "line %" PRIu64 ": it is not written as lines are", index);
		return;
	}
	int64_t at_ms = line_number(line, len, "at_ms", -1);
	if (at_ms < 0 || line_text_of(line, len, "kind", kind, sizeof(kind)) < 1 ||
	    line_text_of(line, len, "salt", salt, sizeof(salt)) != 32) {
		log_walk_fault(w, "line %" PRIu64 ": at_ms, kind or salt is missing", index);
		return;
	}
	if (w->first_ms < 0)
		w->first_ms = at_ms;
	w->last_ms = at_ms;
	if (index == 0)
		read_first(w, line, len);
	else if (strcmp(kind, "key") == 0 && line_text_of(line, len, "next", key, sizeof(key)) > 0)
		add_key(w, index, key);
	else if (strcmp(kind, "erase") == 0)
		read_erase(w, index, line, len);
}

static void walk_lines(struct log_walk *w)
{
	struct entries e;
	const char *line;
	size_t len;
	int64_t start_ms = clock_monotonic_ms();
	entries_open(&e, w->folder, 0, 0);
	while (entries_next(&e, &line, &len)) {
		struct merkle_hash leaf;
		uint64_t index = e.index - 1;
		bool erased = leaf_of(line, len, &leaf);
		if (erased && index == 0)
			log_walk_fault(w, "line 0: it cannot be erased");
		else if (erased)
			note_erased(w, index);
		else
			read_line(w, index, line, len);
		tile_append(&w->edge, &leaf, on_full, w);
		if (w->on_line != NULL)
			w->on_line(w->arg, index, line, len, erased);
		judge_seals(w);
		if (!w->quiet && index % PROGRESS_EVERY == 0)
			ctl_progress_of(error_pick("lines", "lignes"), (int64_t)index, (int64_t)index,
			                (int64_t)w->newest, start_ms);
	}
	/* Behind the newest checkpoint somebody may be writing. */
	if (e.error[0] != '\0' && e.index < w->newest)
		log_walk_fault(w, "%s", e.error);
	entries_close(&e);
	if (!w->quiet)
		ctl_progress("lines", -1);
}

bool log_walk(struct log_walk *w, const char *const *anchors, size_t anchor_count, char *err, size_t err_size)
{
	w->folder = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->first_ms = w->last_ms = -1;
	w->edge.size = 0;
	if (w->folder < 0) {
		snprintf(err, err_size, "%s: %s", w->dir, error_system(errno));
		return false;
	}
	if (!find_seals(w, anchors, anchor_count, err, err_size))
		return false;
	walk_lines(w);
	for (size_t i = w->seals_done; i < w->seal_count; i++) {
		char name[CHECKPOINT_PATH];
		const struct walk_seal *seal = &w->seals[i];
		log_walk_fault(w,
		               "%s covers %" PRIu64 " lines, and the log has %" PRIu64 ": lines were removed",
		               seal->anchor != NULL ? seal->anchor : checkpoint_path(seal->size, name),
		               seal->size, w->edge.size);
	}
	tell_unnamed(w);
	if (w->edge.size == 0 && w->fault_count == 0) {
		snprintf(err, err_size,
		         error_pick("%s has no line: no log begins there",
		                    "%s n'a aucune ligne : aucun journal n'y commence"),
		         w->dir);
		return false;
	}
	return true;
}

void log_walk_done(struct log_walk *w)
{
	for (size_t i = 0; i < w->seal_count; i++)
		free(w->seals[i].note);
	free(w->seals);
	for (size_t i = 0; i < w->unnamed_files; i++)
		free(w->unnamed[i]);
	free(w->unnamed);
	if (w->folder >= 0)
		close(w->folder);
}
