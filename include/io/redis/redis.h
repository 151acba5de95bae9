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

/* How a connection by TCP is secured. Paths are absolute. */
struct redis_tls {
	bool wanted;
	const char *ca;         /* who signs certificates: a file; NULL: the system's */
	const char *cert, *key; /* our own, where Redis asks for one; NULL: none */
	const char *name;       /* that certificates are for; NULL: the address that is connected to */
};

/* Where Redis is and who we are there. Strings are borrowed. */
struct redis_target {
	/* "address:port" of guides: Sentinels, or nodes of a cluster. If there are any, they tell host and
	 * port at each connect, and only a master will do. */
	char **guides;
	size_t guide_count;
	const char *master; /* what Sentinels call it */
	const char
	    *prefix; /* of all keys: its slot is what nodes of a cluster are asked for; NULL: none are */
	const char *socket; /* path of a Unix socket; NULL: TCP */
	const char *host;   /* an IP literal or a name (resolved once, at start) */
	int port;
	const char *user, *password;             /* NULL: no AUTH */
	const char *guide_user, *guide_password; /* the same, at the guides */
	int db;                                  /* 0 if not said */
	struct redis_tls tls;                    /* of Redis and of the guides */
	int timeout_ms;                          /* deadline of every command, connecting included */
};

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

/* --- blocking, for licetctl ------------------------------------------------- */

struct redis_conn;

/* --- asynchronous, for licetd ------------------------------------------------ */

/* Where there are guides, the link asks one of them once a second whether the master is still where
 * it is, and leaves if not. */
struct redis_link;

/* reply is NULL if the connection was lost, a deadline passed, or the link was
 * freed: the outcome of the command is then unknown. A reply that makes the
 * connection useless (LOADING, READONLY, MASTERDOWN; of a cluster MOVED and CLUSTERDOWN,
 * too) is the loss of it. Every callback is called exactly once. */
typedef void redis_cb(void *arg, const struct redis_reply *reply);

/* How a link learns where the master is: guide_finder of guide_search.h, which asks guides over links of its
 * own. */
struct guide_search;
struct guide_answer;
typedef void guide_cb(void *arg, const struct guide_answer *answer);
struct redis_finder {
	/* first: which of the target's guides is asked first. cb is called once, unless the search
	 * was ended before; it may end the search. The target must outlive it. */
	struct guide_search *(*begin)(struct event_base *base, const struct redis_target *target,
	                              size_t first, guide_cb *cb, void *arg);
	void (*end)(struct guide_search *search); /* NULL is allowed */
};

struct redis_link_hooks {
	/* Connected, authenticated, database selected; commands may be sent now. */
	void (*on_up)(void *arg);
	/* Lost or refused. Called once per loss, after every pending callback got
	 * NULL; why is one line. The link reconnects by itself with full jitter,
	 * 50 ms to 5 s, or 1 s where there are guides to ask. */
	void (*on_down)(void *arg, const char *why);
	void *arg;
	const struct redis_finder *finder; /* needed where the target has guides */
};

#endif
