/* guide.h - asking servers where the master is: Sentinels, or the nodes of a cluster.
 *
 * They are asked in turn, each with a deadline of its own, and the first that names an
 * address is believed: whether a master is there, the connection finds out. One that
 * turned out to be wrong is asked last the next time, for the caller says with whom to
 * begin. Sentinels are asked for a master by its name, the nodes of a cluster for the
 * master of the slot of the prefix. */
#ifndef LICET_IO_REDIS_GUIDE_H
#define LICET_IO_REDIS_GUIDE_H

#include "io/redis/redis.h"

#define GUIDE_WHY 512
#define GUIDE_HOST 64 /* bytes of an address */

/* What a search found. */
struct guide_answer {
	char host[GUIDE_HOST]; /* an address; "": none of them knows */
	int port;
	size_t who;          /* which of them said so */
	char why[GUIDE_WHY]; /* what is wrong with those that were asked before; "": nothing */
};

/* The target of the i-th guide of target. *ret_host is the caller's to free. */
struct redis_target guide_target(const struct redis_target *target, size_t i, char **ret_host);
void guide_question(const struct redis_target *target, struct redis_args *a);
/* Read the i-th one's reply (NULL: none came). Returns false, with the reason added to
 * answer->why, if it names no address. */
bool guide_read(const struct redis_target *target, size_t i, const struct redis_reply *reply,
                struct guide_answer *answer);
void guide_add_why(const struct redis_target *target, size_t i, const char *why, struct guide_answer *answer);
/* "no Sentinel", or "no node of the cluster": who does not help. */
const char *guide_nobody(const struct redis_target *target);

/* Does the server that said so serve nobody: is Redis another one now, or not there yet? In a cluster
 * also as our slot has another master, or there is none. ASK and TRYAGAIN are no such reply: the slot is
 * on the move, and this is its master until it has moved. */
bool guide_needed(const struct redis_target *target, const struct redis_reply *reply);
/* The address that a reply "MOVED 3999 10.0.0.2:6379" of the server at asked names; an empty host
 * is that server's own. Returns false if the reply is none, or names no address. */
bool guide_redirect(const struct redis_reply *reply, const char *asked, char ret_host[GUIDE_HOST],
                    int *ret_port);

#endif
