/* sha256.c - SHA-256 in hexadecimal, by libsodium; see sha256.h. */
#include "core/text/sha256.h"

#include <sodium/utils.h>

char *sha256_hex(const void *data, size_t len, char buf[SHA256_HEX_SIZE])
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, data, len);
	return sha256_finish(&s, buf);
}

char *sha256_finish(crypto_hash_sha256_state *s, char buf[SHA256_HEX_SIZE])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(s, digest);
	return sodium_bin2hex(buf, SHA256_HEX_SIZE, digest, sizeof(digest));
}
