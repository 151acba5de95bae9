/* typed_fields.h - fields and values as somebody typed them, for a hash. */
#ifndef LICET_CTL_QUERY_TYPED_FIELDS_H
#define LICET_CTL_QUERY_TYPED_FIELDS_H

#include "io/redis/redis.h"

/* HSET of the key with those that have a value, HDEL with those whose value is empty: a command of two arguments is not to
 * be sent. words: count of them, field and value in turn. Both go to args_done(). */
void typed_fields(const char *key, int count, char **words, struct redis_args *ret_set,
                  struct redis_args *ret_drop);

#endif
