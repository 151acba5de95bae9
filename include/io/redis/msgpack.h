/* msgpack.h - values for the functions in Redis, as MessagePack (the specification of 2013): what
 * cmsgpack.unpack() of its Lua makes a table of in one go.
 *
 * An array or a map is announced with the number of its elements (pairs), which then follow.
 *
 * Ours, because a writer of these few types is shorter than what would wrap a library. */
#ifndef LICET_IO_REDIS_MSGPACK_H
#define LICET_IO_REDIS_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis_args;

struct pack {
	char *bytes;
	size_t len, capacity;
};

void pack_array(struct pack *p, size_t count); /* at most 2^32 - 1 */
void pack_map(struct pack *p, size_t count);   /* likewise */
void pack_bytes(struct pack *p, const char *bytes, size_t len);
void pack_text(struct pack *p, const char *text);
/* A text of two parts: a kind and a name, say. */
void pack_joined(struct pack *p, const char *kind, const char *name, size_t name_len);
void pack_int(struct pack *p, int64_t value); /* exact in Lua up to 2^53 */
void pack_real(struct pack *p, double value);
void pack_bool(struct pack *p, bool value);
/* Add it as the next argument; its memory goes with it, and p is empty again. */
void args_add_pack(struct redis_args *a, struct pack *p);

#endif
