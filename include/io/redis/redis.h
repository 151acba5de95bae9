/* redis.h - the one place that knows hiredis.
 *
 * struct redis_reply is a view of a hiredis reply. In an asynchronous callback
 * it lives only until the callback returns. */
#ifndef LICET_IO_REDIS_REDIS_H
#define LICET_IO_REDIS_REDIS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct redis_reply;

#define REDIS_WHY 640 /* bytes of the longest reason why a connection was lost */

/* Where Redis is and who we are there. Strings are borrowed. */
struct redis_target {
	/* "address:port" of Sentinels; if there are any, they tell host and port at each
	 * connect, and only a master will do. */
	char **sentinels;
	size_t sentinel_count;
	const char *master; /* what they call it */
	const char *socket; /* path of a Unix socket; NULL: TCP */
	const char *host;   /* an IP literal or a name (resolved once, at start) */
	int port;
	const char *user, *password;                   /* NULL: no AUTH */
	const char *sentinel_user, *sentinel_password; /* the same, at the Sentinels */
	int db;                                        /* 0 if not said */
	int timeout_ms;                                /* deadline of every command, connecting included */
};

/* --- replies ------------------------------------------------------------- */

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

/* --- arguments ------------------------------------------------------------- */

/* A growing command. Adding copies the pointer, not the bytes, unless said
 * otherwise; the bytes must live until the command is sent. */
struct redis_args {
	const char **argv;
	size_t *lens;
	size_t count, capacity;
	char **owned; /* text made by args_addf */
	size_t owned_count, owned_capacity;
};
void args_init(struct redis_args *a);
void args_reset(struct redis_args *a); /* empty it, keep the memory */
void args_done(struct redis_args *a);
void args_add(struct redis_args *a, const char *text);
void args_add_len(struct redis_args *a, const char *bytes, size_t len);
void args_own(struct redis_args *a, char *bytes, size_t len); /* takes heap memory over */
void args_add_int(struct redis_args *a, int64_t value);       /* copies */
void args_addf(struct redis_args *a, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* copies */

/* --- blocking, for licetctl ------------------------------------------------- */

struct redis_conn;
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
void reply_free(struct redis_reply *r);

/* --- asynchronous, for licetd ------------------------------------------------ */

/* Where there are Sentinels, the link asks one of them once a second whether the master
 * is still where it is, and leaves if not. */
struct redis_link;

/* reply is NULL if the connection was lost, a deadline passed, or the link was
 * freed: the outcome of the command is then unknown. A reply that makes the
 * connection useless (LOADING, READONLY, MASTERDOWN) is the loss of it. Every
 * callback is called exactly once. */
typedef void redis_cb(void *arg, const struct redis_reply *reply);

struct redis_link_hooks {
	/* Connected, authenticated, database selected; commands may be sent now. */
	void (*on_up)(void *arg);
	/* Lost or refused. Called once per loss, after every pending callback got
	 * NULL; why is one line. The link reconnects by itself with full jitter,
	 * 50 ms to 5 s, or 1 s where there are Sentinels to ask. */
	void (*on_down)(void *arg, const char *why);
	void *arg;
};

/* Start connecting (never blocks, never calls back before returning). Returns
 * NULL only when out of memory. name appears in log lines; NULL: it makes none. */
struct redis_link *redis_link_new(struct event_base *base, const char *name,
                                  const struct redis_target *target, const struct redis_link_hooks *hooks);
/* Every pending callback gets NULL before this returns; on_down is not called. */
void redis_link_free(struct redis_link *link);
bool redis_link_is_up(const struct redis_link *link);
/* Send a command. Returns false, and never calls back, if the link is down.
 * extra_ms is added to the deadline (for blocking commands). */
bool redis_link_call(struct redis_link *link, const struct redis_args *a, int extra_ms, redis_cb *cb,
                     void *arg);
/* Commands sent whose reply has not come. */
size_t redis_link_pending(const struct redis_link *link);
/* Where it is connected, or was last: "host:port", or a path. */
const char *redis_link_at(const struct redis_link *link, char *buf, size_t size);
/* Drop the connection and connect again. Safe inside callbacks. */
void redis_link_restart(struct redis_link *link, const char *why);

#endif
