/* store.h - the folder of a decision log, for the one who writes it.
 *
 * What is appended is hashed, and is there for good once store_sync() has returned; store_seal() signs
 * what was synced. Whatever fails, the folder is as it was at the last sync: the store is then closed and
 * opened again, which mends a torn tail. Nothing that was sealed is ever written over. Not for two threads
 * at a time. */
#ifndef LICET_IO_PROOF_STORE_H
#define LICET_IO_PROOF_STORE_H

#include "core/proof/note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* Open the folder, made with 0700 if it is not there, and lock it. keys: one that its newest checkpoint was
 * signed by must be among them; a new log takes the first. Returns NULL with one line in err: it is another
 * log's, damaged, or in use. mended: bytes that a torn tail had.
 * lasting: a person has to mend it; else trying again may help. */
struct store *store_open(const char *dir, const struct note_signer *keys, size_t count, uint64_t *ret_mended,
                         bool *ret_lasting, char *err, size_t err_size);
/* Take back what was not synced, unlock, free. NULL is allowed. */
void store_close(struct store *s);

uint64_t store_size(const struct store *s);   /* lines, those that are not synced included */
uint64_t store_sealed(const struct store *s); /* lines that the newest checkpoint covers */
int store_folder(const struct store *s);      /* for who reads it; stays the store's */
/* The key that signs, and how it is replaced: by one that the log named under the old one. */
const struct note_verifier *store_key(const struct store *s);
void store_sign_with(struct store *s, const struct note_signer *key);

/* Each returns false with one line in err; the store is then good for store_close() alone. */
/* Append a line, without its line feed. */
bool store_append(struct store *s, const char *line, size_t len, char *err, size_t err_size);
bool store_sync(struct store *s, char *err, size_t err_size);
/* Sign a checkpoint of all that is synced. */
bool store_seal(struct store *s, char *err, size_t err_size);
/* Replace these lines, in order, by {"erased":"<leaf hash>"}. Those that are replaced already stay. Lines
 * must be sealed. */
bool store_erase(struct store *s, const uint64_t *indexes, size_t count, char *err, size_t err_size);

#endif
