/* leaf.c - the leaf of a line of the decision log; see leaf.h. */
#include "core/proof/leaf.h"

#include <stdio.h>
#include <string.h>

#define HEAD "{\"erased\":\""
#define TAIL "\"}"
#define ERASED (sizeof(HEAD) - 1 + 2 * MERKLE_HASH + sizeof(TAIL) - 1)

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool leaf_of(const char *line, size_t len, struct merkle_hash *ret)
{
	const char *digits = line + sizeof(HEAD) - 1;
	struct merkle_hash told;
	bool erased = len == ERASED && memcmp(line, HEAD, sizeof(HEAD) - 1) == 0 &&
	              memcmp(digits + 2 * MERKLE_HASH, TAIL, sizeof(TAIL) - 1) == 0;
	for (size_t i = 0; erased && i < MERKLE_HASH; i++) {
		int high = digit_of(digits[2 * i]), low = digit_of(digits[2 * i + 1]);
		erased = high >= 0 && low >= 0;
		told.bytes[i] = (uint8_t)(high * 16 + low);
	}
	if (erased)
		*ret = told;
	else
		merkle_leaf(line, len, ret);
	return erased;
}

char *leaf_hex(const struct merkle_hash *h, char buf[2 * MERKLE_HASH + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < MERKLE_HASH; i++) {
		buf[2 * i] = digits[h->bytes[i] >> 4];
		buf[2 * i + 1] = digits[h->bytes[i] & 15];
	}
	buf[2 * MERKLE_HASH] = '\0';
	return buf;
}

size_t leaf_erased(const struct merkle_hash *leaf, char buf[LEAF_ERASED_MAX])
{
	char hex[2 * MERKLE_HASH + 1];
	return (size_t)snprintf(buf, LEAF_ERASED_MAX, HEAD "%s" TAIL, leaf_hex(leaf, hex));
}
