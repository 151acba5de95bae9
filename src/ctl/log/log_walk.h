/* log_walk.h - a decision log, read and checked from its first line to its last, in constant memory.
 *
 * Every line, the tiles that hash them, every checkpoint that is kept, and those that were carried out of the
 * house. A live log may be read: what no checkpoint covers yet is counted, and no fault. */
#ifndef LICET_CTL_LOG_LOG_WALK_H
#define LICET_CTL_LOG_LOG_WALK_H

#include "core/proof/note.h"
#include "core/proof/tile.h"

#include <stdbool.h>
#include <stdint.h>

#define WALK_FAULTS_MAX 20
#define WALK_KEYS_MAX 64
#define WALK_ANCHORS_MAX 64

/* A checkpoint that must fit: one of the log's folder, or one that was carried out of it. */
struct walk_seal {
	uint64_t size;
	const char *anchor; /* where it was anchored; NULL: of the folder */
	char *note;         /* of an anchor; NULL: it is read when its turn comes */
	size_t len;
};

struct log_walk {
	const char *dir;
	int folder;
	bool quiet; /* no progress */
	/* What else is done with each line; erased: what stands in its place. */
	void (*on_line)(void *arg, uint64_t index, const char *line, size_t len, bool erased);
	void *arg;
	/* Who may sign: the key of the first line, and those that lines named under it, each from its line on. */
	struct note_verifier keys[WALK_KEYS_MAX];
	uint64_t keys_from[WALK_KEYS_MAX];
	size_t key_count, key_used; /* the last one that a checkpoint was signed by */
	char prefix[80];
	struct walk_seal *seals;
	size_t seal_count, seals_done, anchors_done;
	uint64_t newest; /* size of the newest checkpoint */
	struct tile_edge edge;
	/* Lines that were erased and that no entry named yet: a bit for each line of a file, where it has any. */
	uint8_t **unnamed;
	size_t unnamed_files, unnamed_capacity;
	uint64_t erased, erased_by_age; /* by age: named by an entry of that ground */
	int64_t first_ms, last_ms;      /* of lines; -1: none */
	char faults[WALK_FAULTS_MAX][300];
	size_t fault_count; /* all of them, told or not */
};

/* anchors: files with a checkpoint each. Returns false with one line in err where there is no log to be read; what is
 * wrong with it is in faults otherwise. */
bool log_walk(struct log_walk *w, const char *const *anchors, size_t anchor_count, char *err,
              size_t err_size);
void log_walk_done(struct log_walk *w);
/* One more thing that is wrong. */
void log_walk_fault(struct log_walk *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
