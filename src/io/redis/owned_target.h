/* owned_target.h - a target whose strings are its own, for who outlives the one it was given. */
#ifndef LICET_IO_REDIS_OWNED_TARGET_H
#define LICET_IO_REDIS_OWNED_TARGET_H

#include "io/redis/redis.h"

/* Copy it, strings and all, into *ret: for target_disown(). */
void target_own(const struct redis_target *target, struct redis_target *ret);
/* Overwrite the passwords, free the strings. */
void target_disown(struct redis_target *target);

/* "host:port", "[address]:port" or a path. Returns buf. */
const char *target_at(const struct redis_target *target, char *buf, size_t size);

#endif
