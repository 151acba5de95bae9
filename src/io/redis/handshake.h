/* handshake.h - what makes a fresh connection ours; for src/io/redis alone. */
#ifndef LICET_IO_REDIS_HANDSHAKE_H
#define LICET_IO_REDIS_HANDSHAKE_H

#include "io/redis/redis.h"

/* Put the step-th command into a: AUTH if there is a password, SELECT if there
 * is a database, and PING, which is also what a server that is loading or wants
 * a password answers with an error; and HELLO, which tells the role and which every
 * ACL user may ask, if it must be a master. Returns false past the last. */
bool redis_handshake_step(const struct redis_target *target, int step, struct redis_args *a);
/* Is that reply to a step what makes the connection ours? If not, why, in one line. */
bool redis_handshake_accepts(const struct redis_reply *reply, char *why, size_t size);

#endif
