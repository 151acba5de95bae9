/* leaf.h - the leaf of a line of the decision log, erased or not. */
#ifndef LICET_CORE_PROOF_LEAF_H
#define LICET_CORE_PROOF_LEAF_H

#include "core/proof/merkle.h"

#define LEAF_ERASED_MAX 80 /* bytes of {"erased":"<64 hex>"}, with its end */

/* The leaf hash of a line. One that was erased tells its own, and then true is returned. */
bool leaf_of(const char *line, size_t len, struct merkle_hash *ret);
/* What stands in the place of an erased line; returns its bytes. */
size_t leaf_erased(const struct merkle_hash *leaf, char buf[LEAF_ERASED_MAX]);
/* 64 digits in lower case, with an end; returns buf. */
char *leaf_hex(const struct merkle_hash *h, char buf[2 * MERKLE_HASH + 1]);

#endif
