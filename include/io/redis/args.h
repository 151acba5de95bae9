/* args.h - a command for Redis, argument by argument. */
#ifndef LICET_IO_REDIS_ARGS_H
#define LICET_IO_REDIS_ARGS_H

#include "io/redis/handshake.h"
#include "io/redis/redis.h"

void args_init(struct redis_args *a);
/* Begin a call of a function of the library on one key, which is copied; _ro: of one that writes nothing. */
void args_fcall(struct redis_args *a, const char *function, const char *key);
void args_fcall_ro(struct redis_args *a, const char *function, const char *key);
void args_reset(struct redis_args *a); /* empty it, keep the memory */
void args_done(struct redis_args *a);
void args_add(struct redis_args *a, const char *text);
void args_add_len(struct redis_args *a, const char *bytes, size_t len);
void args_own(struct redis_args *a, char *bytes, size_t len); /* takes heap memory over */
void args_add_int(struct redis_args *a, int64_t value);       /* copies */
void args_addf(struct redis_args *a, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* copies */
/* Put the step-th command into a: AUTH if there is a password, SELECT if there
 * is a database, and PING, which is also what a server that is loading or wants
 * a password answers with an error; and HELLO, which tells the role and which every
 * ACL user may ask, if it must be a master; of a cluster also whether it has our slot.
 * Returns false past the last. */
bool redis_handshake_step(const struct redis_target *target, int step, struct redis_args *a);
/* Is that reply to a step, of which command is the first word ("": any but the one below), what makes
 * the connection ours? If not, why, in one line. */
bool redis_handshake_accepts(const char *command, const struct redis_reply *reply, char *why, size_t size);
/* Asks for a key that never is: only the master of its slot answers, or says that it moves. */
#define REDIS_HANDSHAKE_SLOT "EXISTS"

#endif
