/* sha256.h - SHA-256 (FIPS 180-4), for fingerprints of files and receipts. */
#ifndef LICET_CORE_TEXT_SHA256_H
#define LICET_CORE_TEXT_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65

struct sha256 {
	uint32_t state[8];
	uint64_t byte_count;
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* The state is used up: init it again before the next use. */
void sha256_finish(struct sha256 *s, uint8_t ret_digest[SHA256_SIZE]);

/* All at once, in lower case hexadecimal; returns buf. */
char *sha256_hex(const void *data, size_t len, char buf[SHA256_HEX_SIZE]);

#endif
