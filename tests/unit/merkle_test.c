#include "chance.h"
#include "core/proof/leaf.h"
#include "core/proof/merkle.h"
#include "core/proof/tile.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/* The tree of eight leaves that the tests of Certificate Transparency share, and its roots. */
static const struct {
	const char *leaf;
	size_t len;
	const char *root; /* of the tree that ends with it */
} eight[] = {
	{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
	  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
	  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static const char *hex(const struct merkle_hash *h)
{
	static char text[2 * MERKLE_HASH + 1];
	for (size_t i = 0; i < MERKLE_HASH; i++)
		snprintf(text + 2 * i, 3, "%02x", h->bytes[i]);
	return text;
}

/* The tree as the RFC defines it, by recursion over an array: what all else is compared with. */
static void naive_root(const struct merkle_hash *leaves, uint64_t n, struct merkle_hash *ret)
{
	struct merkle_hash left, right;
	uint64_t k = 1;
	if (n == 0) {
		merkle_empty(ret);
		return;
	}
	if (n == 1) {
		*ret = leaves[0];
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(leaves, k, &left);
	naive_root(leaves + k, n - k, &right);
	merkle_node(&left, &right, ret);
}

struct leaves {
	const struct merkle_hash *hashes;
	uint64_t count;
};

static bool read_leaves(void *arg, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	const struct leaves *l = arg;
	uint64_t span = UINT64_C(1) << level;
	assert_true((index + 1) * span <= l->count);
	naive_root(l->hashes + index * span, span, ret);
	return true;
}

static void test_roots(void **state)
{
	struct merkle_hash leaves[8], root, naive;
	merkle_empty(&root);
	assert_string_equal(hex(&root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < 8; i++) {
		struct leaves l = { leaves, i + 1 };
		merkle_leaf(eight[i].leaf, eight[i].len, &leaves[i]);
		assert_true(merkle_root(i + 1, read_leaves, &l, &root));
		assert_string_equal(hex(&root), eight[i].root);
		naive_root(leaves, i + 1, &naive);
		assert_string_equal(hex(&naive), eight[i].root);
	}
}

/* Proofs of the example tree of RFC 6962, 2.1.3, by the names of its nodes: a…j are hashes of it. */
static void test_known_proofs(void **state)
{
	struct merkle_hash leaves[8], node;
	struct leaves l = { leaves, 7 };
	struct merkle_proof p;
	for (size_t i = 0; i < 8; i++)
		merkle_leaf(eight[i].leaf, eight[i].len, &leaves[i]);
	assert_true(merkle_inclusion(0, 7, read_leaves, &l, &p)); /* [b, h, l] */
	assert_int_equal(p.count, 3);
	assert_true(merkle_same(&p.hashes[0], &leaves[1]));
	merkle_node(&leaves[2], &leaves[3], &node);
	assert_true(merkle_same(&p.hashes[1], &node));
	naive_root(leaves + 4, 3, &node);
	assert_true(merkle_same(&p.hashes[2], &node));
	assert_true(merkle_inclusion(6, 7, read_leaves, &l, &p)); /* [i, k] */
	assert_int_equal(p.count, 2);
	naive_root(leaves + 4, 2, &node);
	assert_true(merkle_same(&p.hashes[0], &node));
	assert_true(merkle_consistency(3, 7, read_leaves, &l, &p)); /* [c, d, g, l] */
	assert_int_equal(p.count, 4);
	assert_true(merkle_same(&p.hashes[0], &leaves[2]));
	assert_true(merkle_same(&p.hashes[1], &leaves[3]));
	assert_true(merkle_consistency(4, 7, read_leaves, &l, &p)); /* [l] */
	assert_int_equal(p.count, 1);
	assert_true(merkle_consistency(6, 7, read_leaves, &l, &p)); /* [i, j, k] */
	assert_int_equal(p.count, 3);
}

#define TREE 24

static void make_leaves(struct merkle_hash *leaves, size_t n)
{
	for (size_t i = 0; i < n; i++)
		merkle_leaf(&i, sizeof(i), &leaves[i]);
}

/* Every proof of every small tree holds, and of a damaged one none does. */
static void test_all_proofs(void **state)
{
	struct merkle_hash leaves[TREE], roots[TREE + 1];
	struct merkle_proof p;
	struct chance c;
	chance_init(&c);
	make_leaves(leaves, TREE);
	for (uint64_t n = 0; n <= TREE; n++)
		naive_root(leaves, n, &roots[n]);
	for (uint64_t n = 1; n <= TREE; n++) {
		struct leaves l = { leaves, n };
		for (uint64_t i = 0; i < n; i++) {
			assert_true(merkle_inclusion(i, n, read_leaves, &l, &p));
			assert_true(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
			assert_false(merkle_check_inclusion((i + 1) % n, n, &leaves[i], &p, &roots[n]) &&
			             n > 1);
			assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n - 1]));
			p.count++;
			assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
			p.count--;
			if (p.count == 0)
				continue;
			p.hashes[chance_range(&c, 0, (int64_t)p.count - 1)].bytes[chance_range(&c, 0, 31)] ^=
			    1;
			assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
			p.count--;
			assert_false(merkle_check_inclusion(i, n, &leaves[i], &p, &roots[n]));
		}
		for (uint64_t m = 1; m <= n; m++) {
			assert_true(merkle_consistency(m, n, read_leaves, &l, &p));
			assert_true(merkle_check_consistency(m, n, &roots[m], &roots[n], &p));
			assert_false(merkle_check_consistency(m, n, &roots[m - 1], &roots[n], &p));
			assert_false(merkle_check_consistency(m, n, &roots[m], &roots[n - 1], &p));
			if (p.count == 0)
				continue;
			p.hashes[chance_range(&c, 0, (int64_t)p.count - 1)].bytes[chance_range(&c, 0, 31)] ^=
			    1;
			assert_false(merkle_check_consistency(m, n, &roots[m], &roots[n], &p));
		}
	}
}

static bool read_nothing(void *arg, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	return false;
}

static void test_what_makes_no_sense(void **state)
{
	struct merkle_hash h = { { 0 } };
	struct merkle_proof p = { 0 };
	assert_false(merkle_inclusion(1, 1, read_nothing, NULL, &p));
	assert_false(merkle_inclusion(0, 2, read_nothing, NULL, &p));
	assert_false(merkle_root(5, read_nothing, NULL, &h));
	assert_false(merkle_consistency(0, 3, read_nothing, NULL, &p));
	assert_false(merkle_consistency(4, 3, read_nothing, NULL, &p));
	assert_false(merkle_check_inclusion(0, 0, &h, &p, &h));
	assert_false(merkle_check_consistency(0, 1, &h, &h, &p));
	assert_false(merkle_check_consistency(1, 2, &h, &h, &p));
	assert_false(merkle_check_inclusion(0, UINT64_MAX, &h, &p, &h));
}

/* --- tiles ---------------------------------------------------------------------------- */

static void test_paths(void **state)
{
	static const struct {
		unsigned level, width;
		uint64_t index;
		const char *want;
	} rows[] = {
		{ 0, 256, 0, "tile/0/000" },
		{ 0, 1, 0, "tile/0/000.p/1" },
		{ 1, 256, 67, "tile/1/067" },
		{ 0, 256, 999, "tile/0/999" },
		{ 0, 256, 1000, "tile/0/x001/000" },
		{ 0, 255, 1234067, "tile/0/x001/x234/067.p/255" },
		{ 3, 256, 12034067, "tile/3/x012/x034/067" },
	};
	char path[TILE_PATH];
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(tile_path(rows[i].level, rows[i].index, rows[i].width, path),
		                    rows[i].want);
	assert_int_equal(tile_width(0, 0, 70000), 256);
	assert_int_equal(tile_width(0, 273, 70000), 70000 - 273 * 256);
	assert_int_equal(tile_width(0, 274, 70000), 0);
	assert_int_equal(tile_width(1, 1, 70000), 273 - 256);
	assert_int_equal(tile_width(2, 0, 70000), 1);
	assert_int_equal(tile_width(3, 0, 70000), 0);
	assert_int_equal(tile_width(0, 1, 256), 0);
}

#define LEAVES 65800

struct kept {
	struct merkle_hash *tiles[3];
	uint64_t counts[3];
};

static void keep_tile(void *arg, unsigned level, uint64_t index, const struct merkle_hash *hashes)
{
	struct kept *k = arg;
	assert_true(level < 3);
	assert_int_equal(index, k->counts[level]++);
	memcpy(k->tiles[level] + index * TILE_WIDTH, hashes, TILE_WIDTH * sizeof(*hashes));
}

struct tiles {
	struct kept *kept;
	struct tile_edge *edge;
};

/* What a file of a tile would give. */
static bool read_tiles(void *arg, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	struct tiles *t = arg;
	struct tile_node n = tile_of_node(level, index);
	if (n.index >= t->kept->counts[n.level])
		return tile_edge_node(t->edge, level, index, ret);
	merkle_fold(t->kept->tiles[n.level] + n.index * TILE_WIDTH + n.first, n.count, ret);
	return true;
}

/* The edge alone knows the root at each size, and with the tiles that it gave away every proof. */
static void test_edge(void **state)
{
	static struct tile_edge e;
	struct merkle_hash *leaves = calloc(LEAVES, sizeof(*leaves)), root, naive;
	struct kept k = { { calloc(LEAVES, sizeof(root)), calloc(LEAVES, sizeof(root)),
		            calloc(LEAVES, sizeof(root)) },
		          { 0 } };
	struct tiles t = { &k, &e };
	struct merkle_proof p;
	struct chance c;
	chance_init(&c);
	e.size = 0;
	make_leaves(leaves, LEAVES);
	for (size_t i = 0; i < LEAVES; i++) {
		tile_append(&e, &leaves[i], keep_tile, &k);
		if ((i > 40 && i < 65530) ? i % 8191 != 0 : i > 65540)
			continue;
		tile_edge_root(&e, &root);
		naive_root(leaves, i + 1, &naive);
		assert_string_equal(hex(&root), hex(&naive));
	}
	assert_int_equal(k.counts[0], LEAVES / 256);
	assert_int_equal(k.counts[1], 1);
	tile_edge_root(&e, &root);
	for (int i = 0; i < 60; i++) {
		uint64_t at = (uint64_t)chance_range(&c, 0, LEAVES - 1);
		assert_true(merkle_inclusion(at, LEAVES, read_tiles, &t, &p));
		assert_true(merkle_check_inclusion(at, LEAVES, &leaves[at], &p, &root));
		assert_true(merkle_consistency(at + 1, LEAVES, read_tiles, &t, &p));
		naive_root(leaves, at + 1, &naive);
		assert_true(merkle_check_consistency(at + 1, LEAVES, &naive, &root, &p));
	}
	for (int i = 0; i < 3; i++)
		free(k.tiles[i]);
	free(leaves);
}

/* What stands for an erased line, and what only looks like it. */
static void test_leaves(void **state)
{
	struct merkle_hash leaf, told, own;
	char line[LEAF_ERASED_MAX], spoiled[LEAF_ERASED_MAX];
	merkle_leaf("a line", 6, &leaf);
	size_t len = leaf_erased(&leaf, line);
	assert_true(leaf_of(line, len, &told));
	assert_true(merkle_same(&told, &leaf));
	for (size_t i = 0; i < len; i++)
		for (const char *c = "G/:`gA\"x"; *c != '\0'; c++) {
			memcpy(spoiled, line, len);
			spoiled[i] = *c;
			if (memcmp(spoiled, line, len) == 0)
				continue;
			assert_false(leaf_of(spoiled, len, &told));
			merkle_leaf(spoiled, len, &own);
			assert_true(merkle_same(&told, &own));
		}
	assert_false(leaf_of(line, len - 1, &told));
	assert_false(leaf_of("", 0, &told));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),      cmocka_unit_test(test_known_proofs),
		cmocka_unit_test(test_all_proofs), cmocka_unit_test(test_what_makes_no_sense),
		cmocka_unit_test(test_paths),      cmocka_unit_test(test_edge),
		cmocka_unit_test(test_leaves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
