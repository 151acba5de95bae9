/* conn.h - a blocking connection, for licetctl. */
#ifndef LICET_IO_REDIS_CONN_H
#define LICET_IO_REDIS_CONN_H

#include "io/redis/redis.h"

/* Connect, AUTH, SELECT; where there are guides, to the master that one of them
 * names. The target's strings must outlive it. Returns NULL with one line in err. */
struct redis_conn *redis_conn_open(const struct redis_target *target, char *err, size_t err_size);
void redis_conn_close(struct redis_conn *conn);
/* Send one command and wait for its reply, at most the target's timeout.
 * Returns NULL, with one line in redis_conn_error(), if the connection broke
 * (it is then unusable); an error reply is a reply. Free with reply_free().
 * Of a cluster: what was not done, as another node has the slot now or it is on the move, is repeated
 * for some seconds, there or here. Not where something else is under way: replies that have not
 * come, WATCH or MULTI. The reply is then what was said, and the next command finds the master. */
struct redis_reply *redis_conn_call(struct redis_conn *conn, const struct redis_args *a);
/* The same from words: a NULL-terminated list of C strings. */
struct redis_reply *redis_conn_words(struct redis_conn *conn, const char *word, ...)
    __attribute__((sentinel));
/* Pipelining: send without waiting, then take the replies in order. */
bool redis_conn_send(struct redis_conn *conn, const struct redis_args *a);
struct redis_reply *redis_conn_next(struct redis_conn *conn);
const char *redis_conn_error(const struct redis_conn *conn);

#endif
