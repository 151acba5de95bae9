/* sha256.h - SHA-256 in hexadecimal, for fingerprints of files and receipts.
 *
 * The hash is libsodium's. What comes in pieces goes through its crypto_hash_sha256_init() and
 * _update(); such a state is a plain value: a copy of it tells the digest so far while the
 * original goes on. */
#ifndef LICET_CORE_TEXT_SHA256_H
#define LICET_CORE_TEXT_SHA256_H

#include <sodium/crypto_hash_sha256.h>
#include <stddef.h>

#define SHA256_HEX_SIZE 65

/* All at once, in lower case; returns buf. */
char *sha256_hex(const void *data, size_t len, char buf[SHA256_HEX_SIZE]);
/* Of what the state was given; returns buf. The state is used up: init it again before the
 * next use. */
char *sha256_finish(crypto_hash_sha256_state *s, char buf[SHA256_HEX_SIZE]);

#endif
