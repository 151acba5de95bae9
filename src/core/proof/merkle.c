/* merkle.c - the Merkle tree of RFC 6962; see merkle.h. */
#include "core/proof/merkle.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <string.h>

static_assert(MERKLE_HASH == crypto_hash_sha256_BYTES, "SHA-256");

/* --- hashes ------------------------------------------------------------------------- */

void merkle_leaf(const void *bytes, size_t len, struct merkle_hash *ret)
{
	static const uint8_t head = 0;
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, &head, 1);
	crypto_hash_sha256_update(&s, bytes, len);
	crypto_hash_sha256_final(&s, ret->bytes);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *ret)
{
	uint8_t text[1 + 2 * MERKLE_HASH] = { 1 };
	memcpy(text + 1, left->bytes, MERKLE_HASH);
	memcpy(text + 1 + MERKLE_HASH, right->bytes, MERKLE_HASH);
	crypto_hash_sha256(ret->bytes, text, sizeof(text));
}

void merkle_empty(struct merkle_hash *ret)
{
	crypto_hash_sha256(ret->bytes, (const uint8_t *)"", 0);
}

bool merkle_same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH) == 0;
}

void merkle_fold(const struct merkle_hash *hashes, size_t count, struct merkle_hash *ret)
{
	struct merkle_hash row[128];
	assert(count > 0 && count <= 256 && (count & (count - 1)) == 0);
	if (count == 1) {
		*ret = hashes[0];
		return;
	}
	for (size_t i = 0; i < count / 2; i++)
		merkle_node(&hashes[2 * i], &hashes[2 * i + 1], &row[i]);
	for (size_t n = count / 2; n > 1; n /= 2)
		for (size_t i = 0; i < n / 2; i++)
			merkle_node(&row[2 * i], &row[2 * i + 1], &row[i]);
	*ret = row[0];
}

/* --- a tree behind a reader ------------------------------------------------------------- */

struct source {
	merkle_reader *reader;
	void *arg;
	bool lost; /* a node could not be had */
};

static void read_node(struct source *s, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	if (!s->lost && !s->reader(s->arg, level, index, ret))
		s->lost = true;
	if (s->lost)
		*ret = (struct merkle_hash){ { 0 } };
}

/* The root of the leaves [from, to): from is a multiple of the power of two that covers them. They
 * fall into complete nodes, one for each bit of their number, the largest first. */
static void range_root(struct source *s, uint64_t from, uint64_t to, struct merkle_hash *ret)
{
	uint64_t size = to - from, end = to;
	bool first = true;
	for (unsigned level = 0; level < 63; level++) {
		uint64_t span = UINT64_C(1) << level;
		struct merkle_hash node;
		if ((size & span) == 0)
			continue;
		end -= span;
		read_node(s, level, end >> level, &node);
		if (first)
			*ret = node;
		else
			merkle_node(&node, ret, ret);
		first = false;
	}
}

/* The largest power of two below size, which is 2 or more. */
static uint64_t split_of(uint64_t size)
{
	uint64_t k = 1;
	while (k << 1 < size)
		k <<= 1;
	return k;
}

static void push_root(struct source *s, uint64_t from, uint64_t to, struct merkle_proof *proof)
{
	assert(proof->count < MERKLE_PROOF_MAX);
	range_root(s, from, to, &proof->hashes[proof->count++]);
}

/* Proofs are found from the top and told from the bottom. */
static void turn_round(struct merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct merkle_hash other = proof->hashes[proof->count - 1 - i];
		proof->hashes[proof->count - 1 - i] = proof->hashes[i];
		proof->hashes[i] = other;
	}
}

bool merkle_root(uint64_t size, merkle_reader *reader, void *arg, struct merkle_hash *ret)
{
	struct source s = { reader, arg, false };
	struct merkle_hash root;
	if (size >= MERKLE_SIZE_MAX)
		return false;
	merkle_empty(&root);
	range_root(&s, 0, size, &root);
	if (!s.lost)
		*ret = root;
	return !s.lost;
}

bool merkle_inclusion(uint64_t index, uint64_t size, merkle_reader *reader, void *arg,
                      struct merkle_proof *ret)
{
	struct source s = { reader, arg, false };
	uint64_t from = 0, to = size;
	if (size >= MERKLE_SIZE_MAX || index >= size)
		return false;
	ret->count = 0;
	while (to - from > 1) {
		uint64_t middle = from + split_of(to - from);
		if (index < middle) {
			push_root(&s, middle, to, ret);
			to = middle;
		} else {
			push_root(&s, from, middle, ret);
			from = middle;
		}
	}
	turn_round(ret);
	return !s.lost;
}

/* SUBPROOF of RFC 6962, 2.1.2. whole: what stands on the way down is the old tree itself, whose root
 * the reader of the proof has. */
bool merkle_consistency(uint64_t old_size, uint64_t size, merkle_reader *reader, void *arg,
                        struct merkle_proof *ret)
{
	struct source s = { reader, arg, false };
	uint64_t from = 0, to = size;
	bool whole = true;
	if (size >= MERKLE_SIZE_MAX || old_size > size || old_size == 0)
		return false;
	ret->count = 0;
	while (old_size != to) {
		uint64_t middle = from + split_of(to - from);
		if (old_size <= middle) {
			push_root(&s, middle, to, ret);
			to = middle;
		} else {
			push_root(&s, from, middle, ret);
			from = middle;
			whole = false;
		}
	}
	if (!whole)
		push_root(&s, from, to, ret);
	turn_round(ret);
	return !s.lost;
}

/* --- judging a proof ---------------------------------------------------------------------- */

bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
                            const struct merkle_proof *proof, const struct merkle_hash *root)
{
	if (index >= size || size >= MERKLE_SIZE_MAX)
		return false;
	uint64_t fn = index, sn = size - 1;
	struct merkle_hash r = *leaf;
	for (size_t i = 0; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			merkle_node(&proof->hashes[i], &r, &r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node(&r, &proof->hashes[i], &r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && merkle_same(&r, root);
}

bool merkle_check_consistency(uint64_t old_size, uint64_t size, const struct merkle_hash *old_root,
                              const struct merkle_hash *root, const struct merkle_proof *proof)
{
	if (old_size == 0 || old_size > size || size >= MERKLE_SIZE_MAX)
		return false;
	if (old_size == size)
		return proof->count == 0 && merkle_same(old_root, root);
	bool power = (old_size & (old_size - 1)) == 0;
	size_t at = power ? 0 : 1;
	if (proof->count < at + (power ? 1 : 0) || proof->count == 0)
		return false;
	struct merkle_hash fr = power ? *old_root : proof->hashes[0], sr = fr;
	uint64_t fn = old_size - 1, sn = size - 1;
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	for (; at < proof->count; at++) {
		const struct merkle_hash *c = &proof->hashes[at];
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			merkle_node(c, &fr, &fr);
			merkle_node(c, &sr, &sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			merkle_node(&sr, c, &sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && merkle_same(&fr, old_root) && merkle_same(&sr, root);
}
