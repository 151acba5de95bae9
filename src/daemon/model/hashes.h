/* hashes.h - the hashes that campaigns refer to, as they were read last. */
#ifndef LICET_DAEMON_MODEL_HASHES_H
#define LICET_DAEMON_MODEL_HASHES_H

#include "daemon/daemon.h"
#include "io/redis/redis.h"

/* The hash of that key, or of licet:<kind>:<id> (id "": licet:<kind>); NULL: it is not known. */
struct known_hash *hash_find(const struct daemon *d, const char *key);
const struct known_hash *catalog_hash(const struct daemon *d, const char *kind, const char *id);
/* The one that is known by that key, or a new one, which has no fields yet; the next reading asks for it.
 * Others may move in memory then. */
struct known_hash *hash_add(struct daemon *d, const char *key);
/* Take a flat reply of names and values. Returns true if it changed. */
bool hash_store(struct known_hash *h, const struct redis_reply *flat);
/* Before a reading: nothing refers to any. Behind it: forget those that nothing refers to. At the end: all. */
void hashes_unwant(struct daemon *d);
void hashes_sweep(struct daemon *d);
void hashes_close(struct daemon *d);
/* Forget what was read. */
void hash_clear(struct known_hash *h);

#endif
