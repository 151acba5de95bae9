/* tiles.h - tiles and checkpoints of a decision log, as files. */
#ifndef LICET_IO_PROOF_TILES_H
#define LICET_IO_PROOF_TILES_H

#include "core/proof/note.h"
#include "core/proof/tile.h"

/* Read a tile that has width hashes in the tree: that file, or, where width is less than 256, the full one
 * that came after it. Returns false with errno; EILSEQ: the file has another length. */
bool tiles_read(int folder, unsigned level, uint64_t index, unsigned width,
                struct merkle_hash ret[TILE_WIDTH]);

/* The nodes of a tree of that size, by its tiles: a merkle_reader. Keeps the last tile of each level. */
struct tiles_tree {
	int folder; /* of the log, borrowed */
	uint64_t size;
	struct {
		bool known;
		uint64_t index;
		struct merkle_hash hashes[TILE_WIDTH];
	} last[TILE_LEVELS];
	char error[160]; /* why a tile could not be read */
};
bool tiles_node(void *tree, unsigned level, uint64_t index, struct merkle_hash *ret);

/* Read a note of a log's folder: "checkpoint", or "checkpoints/<size>". Returns its bytes in buf of NOTE_MAX,
 * ended by NUL, -1 with errno. */
int64_t tiles_note(int folder, const char *name, char *buf);
#define CHECKPOINT_PATH 40
char *checkpoint_path(uint64_t size, char buf[CHECKPOINT_PATH]); /* "checkpoints/<size, 12 digits>" */
/* The sizes of all that are kept, in order; the caller frees them. -1 with errno. */
int64_t checkpoint_sizes(int folder, uint64_t **ret);

#endif
