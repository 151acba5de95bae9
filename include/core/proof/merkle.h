/* merkle.h - the Merkle tree of RFC 6962: hashes, roots, and proofs that can be checked without the tree.
 *
 * A tree is asked for its nodes through a reader: node (level, index) covers the 2^level leaves from
 * index * 2^level on, all of which the tree must have. So the same code makes proofs from tiles on a
 * disk and from an array in a test. Sizes and indexes are below 2^62. */
#ifndef LICET_CORE_PROOF_MERKLE_H
#define LICET_CORE_PROOF_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_HASH 32
#define MERKLE_PROOF_MAX 64 /* hashes of the longest proof */
#define MERKLE_SIZE_MAX (UINT64_C(1) << 62)

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH];
};

struct merkle_proof {
	size_t count;
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

/* A complete node; false: it cannot be had. */
typedef bool merkle_reader(void *arg, unsigned level, uint64_t index, struct merkle_hash *ret);

/* SHA-256(0x00, bytes), SHA-256(0x01, left, right), and the root of a tree without leaves. */
void merkle_leaf(const void *bytes, size_t len, struct merkle_hash *ret);
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *ret);
void merkle_empty(struct merkle_hash *ret);
bool merkle_same(const struct merkle_hash *a, const struct merkle_hash *b);
/* The root over count complete neighbours of one level, count a power of two up to 256. */
void merkle_fold(const struct merkle_hash *hashes, size_t count, struct merkle_hash *ret);

/* All of these return false where the reader does, or where the sizes make no sense. */
bool merkle_root(uint64_t size, merkle_reader *reader, void *arg, struct merkle_hash *ret);
/* That leaf index is in the tree of that size. */
bool merkle_inclusion(uint64_t index, uint64_t size, merkle_reader *reader, void *arg,
                      struct merkle_proof *ret);
/* That the tree of size is an extension of that of old_size. */
bool merkle_consistency(uint64_t old_size, uint64_t size, merkle_reader *reader, void *arg,
                        struct merkle_proof *ret);

/* Do these proofs hold? By RFC 9162, 2.1.3.2 and 2.1.4.2. */
bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
                            const struct merkle_proof *proof, const struct merkle_hash *root);
bool merkle_check_consistency(uint64_t old_size, uint64_t size, const struct merkle_hash *old_root,
                              const struct merkle_hash *root, const struct merkle_proof *proof);

#endif
