/* reply.h - what a reply of Redis holds. */
#ifndef LICET_IO_REDIS_REPLY_H
#define LICET_IO_REDIS_REPLY_H

#include "io/redis/redis.h"

bool reply_is_error(const struct redis_reply *r);
bool reply_is_nil(const struct redis_reply *r);
bool reply_is_array(const struct redis_reply *r);
/* Text of a string, status or error; NULL for anything else. NUL-terminated,
 * but may contain NUL: use the length. */
const char *reply_text(const struct redis_reply *r, size_t *ret_len);
/* The integer, or the integer that a string spells; fallback otherwise. */
int64_t reply_int(const struct redis_reply *r, int64_t fallback);
size_t reply_count(const struct redis_reply *r);                           /* 0 unless an array */
const struct redis_reply *reply_at(const struct redis_reply *r, size_t i); /* NULL past the end */
/* True if the error reply starts with that word ("NOSCRIPT", "WRONGTYPE"). */
bool reply_error_is(const struct redis_reply *r, const char *word);
/* For who needs it longer than a callback; give it to reply_free(). */
struct redis_reply *reply_copy(const struct redis_reply *r);
/* In a flat array of names and values (HGETALL), the value of a name, or NULL. */
const struct redis_reply *reply_field(const struct redis_reply *r, const char *name);
void reply_free(struct redis_reply *r);

#endif
