/* conn.h - a blocking connection, for licetctl. */
#ifndef LICET_IO_REDIS_CONN_H
#define LICET_IO_REDIS_CONN_H

#include "io/redis/redis.h"

/* Connect, AUTH, SELECT; where there are Sentinels, to the master that one of them
 * names. Returns NULL with one line in err. */
struct redis_conn *redis_conn_open(const struct redis_target *target, char *err, size_t err_size);
void redis_conn_close(struct redis_conn *conn);
/* Send one command and wait for its reply, at most the target's timeout.
 * Returns NULL, with one line in redis_conn_error(), if the connection broke
 * (it is then unusable); an error reply is a reply. Free with reply_free(). */
struct redis_reply *redis_conn_call(struct redis_conn *conn, const struct redis_args *a);
/* The same from words: a NULL-terminated list of C strings. */
struct redis_reply *redis_conn_words(struct redis_conn *conn, const char *word, ...)
    __attribute__((sentinel));
/* Pipelining: send without waiting, then take the replies in order. */
bool redis_conn_send(struct redis_conn *conn, const struct redis_args *a);
struct redis_reply *redis_conn_next(struct redis_conn *conn);
const char *redis_conn_error(const struct redis_conn *conn);

#endif
