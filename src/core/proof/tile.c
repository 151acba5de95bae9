/* tile.c - the tiles of C2SP tlog-tiles; see tile.h. */
#include "core/proof/tile.h"

#include <stdio.h>
#include <string.h>

char *tile_path(unsigned level, uint64_t index, unsigned width, char buf[TILE_PATH])
{
	char digits[32];
	/* In groups of three, each but the last with an x before it. */
	int len = snprintf(digits, sizeof(digits), "%03llu", (unsigned long long)index);
	int lead = (3 - len % 3) % 3;
	char *at = buf + snprintf(buf, TILE_PATH, "tile/%u", level);
	for (int i = -lead; i < len; i++) {
		if ((i + lead) % 3 == 0) {
			*at++ = '/';
			if (i + 3 < len)
				*at++ = 'x';
		}
		*at++ = i < 0 ? '0' : digits[i];
	}
	*at = '\0';
	if (width < TILE_WIDTH)
		snprintf(at, (size_t)(buf + TILE_PATH - at), ".p/%u", width);
	return buf;
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t nodes = level < TILE_LEVELS ? size >> (level * TILE_BITS) : 0;
	if (index >= nodes / TILE_WIDTH + 1)
		return 0;
	uint64_t left = nodes - index * TILE_WIDTH;
	return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

struct tile_node tile_of_node(unsigned level, uint64_t index)
{
	unsigned above = level % TILE_BITS;
	uint64_t first = index << above;
	return (struct tile_node){
		.level = level / TILE_BITS,
		.first = (unsigned)(first % TILE_WIDTH),
		.count = 1u << above,
		.index = first / TILE_WIDTH,
	};
}

void tile_append(struct tile_edge *e, const struct merkle_hash *leaf, tile_full *full, void *arg)
{
	struct merkle_hash hash = *leaf;
	uint64_t at = e->size++;
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		e->hashes[level][at % TILE_WIDTH] = hash;
		if (at % TILE_WIDTH != TILE_WIDTH - 1)
			return;
		full(arg, level, at / TILE_WIDTH, e->hashes[level]);
		merkle_fold(e->hashes[level], TILE_WIDTH, &hash);
		at /= TILE_WIDTH;
	}
}

bool tile_edge_node(void *edge, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	const struct tile_edge *e = edge;
	struct tile_node n = tile_of_node(level, index);
	if (n.level >= TILE_LEVELS || n.index != (e->size >> (n.level * TILE_BITS)) / TILE_WIDTH ||
	    n.first + n.count > tile_width(n.level, n.index, e->size))
		return false;
	merkle_fold(&e->hashes[n.level][n.first], n.count, ret);
	return true;
}

void tile_edge_root(const struct tile_edge *e, struct merkle_hash *ret)
{
	merkle_root(e->size, tile_edge_node, (void *)e, ret);
}
