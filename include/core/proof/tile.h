/* tile.h - the tiles of C2SP tlog-tiles: 256 hashes of one level in one file, and the growing edge of a
 * tree, which is all that must be in memory to append to it.
 *
 * Tile (L, N) holds the nodes of level 8 L from 256 N on. All hashes of a tile of L > 0 are roots of
 * full tiles of L - 1, so that a tile never changes once it has 256. */
#ifndef LICET_CORE_PROOF_TILE_H
#define LICET_CORE_PROOF_TILE_H

#include "core/proof/merkle.h"

#define TILE_WIDTH 256
#define TILE_BITS 8
#define TILE_LEVELS 8 /* 2^64 leaves and more */
#define TILE_PATH 64  /* bytes of the longest path, with its end */

/* "tile/<level>/x001/x234/067", and ".p/<width>" behind it where width is less than 256. Returns buf. */
char *tile_path(unsigned level, uint64_t index, unsigned width, char buf[TILE_PATH]);
/* How many hashes that tile has in a tree of that size: 0 to 256. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);
/* Which tile has a node of the tree, and which of its hashes are folded to it. */
struct tile_node {
	unsigned level, first, count;
	uint64_t index;
};
struct tile_node tile_of_node(unsigned level, uint64_t index);

/* The last tile of each level, as far as it is filled. */
struct tile_edge {
	uint64_t size; /* of the tree */
	struct merkle_hash hashes[TILE_LEVELS][TILE_WIDTH];
};

/* A tile that has just become full; it must be kept before the next leaf of the edge. */
typedef void tile_full(void *arg, unsigned level, uint64_t index, const struct merkle_hash *hashes);

/* Append a leaf. full is called for each tile that it fills, the lowest first. */
void tile_append(struct tile_edge *e, const struct merkle_hash *leaf, tile_full *full, void *arg);
/* A merkle_reader for what merkle_root() of the edge's own size asks. */
bool tile_edge_node(void *edge, unsigned level, uint64_t index, struct merkle_hash *ret);
void tile_edge_root(const struct tile_edge *e, struct merkle_hash *ret);

#endif
