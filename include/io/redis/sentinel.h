/* sentinel.h - asking Sentinels where the master is.
 *
 * They are asked in turn, each with a deadline of its own, and the first that names an
 * address is believed: whether a master is there, the connection finds out. A Sentinel
 * that turned out to be wrong is asked last the next time, for the caller says with
 * whom to begin. */
#ifndef LICET_IO_REDIS_SENTINEL_H
#define LICET_IO_REDIS_SENTINEL_H

#include "io/redis/redis.h"

#define SENTINEL_WHY 512

/* What a search found. */
struct sentinel_answer {
	const char *host; /* NULL: none of them knows */
	int port;
	size_t who;             /* which of them said so */
	char why[SENTINEL_WHY]; /* what is wrong with those that were asked before; "": nothing */
};

/* The target of the i-th Sentinel of target. *ret_host is the caller's to free. */
struct redis_target sentinel_target(const struct redis_target *target, size_t i, char **ret_host);
void sentinel_question(const struct redis_target *target, struct redis_args *a);
/* Read the i-th one's reply (NULL: none came). Returns false, with the reason added to
 * answer->why, if it names no address. answer->host lives as long as reply. */
bool sentinel_read(const struct redis_target *target, size_t i, const struct redis_reply *reply,
                   struct sentinel_answer *answer);
void sentinel_add_why(const struct redis_target *target, size_t i, const char *why,
                      struct sentinel_answer *answer);

/* The same from the event loop, for links. */
extern const struct redis_finder sentinel_finder;

#endif
