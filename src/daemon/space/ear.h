/* ear.h - one other space is listened to, for all spaces of this process that are to hear it.
 *
 * Of each other space there is one connection that waits for what is recorded there. Who begins, or was slow, reads what
 * it lacks over a second connection, which is there only meanwhile, and then joins the others. Whatever connects anew
 * lets everybody begin anew. */
#ifndef LICET_DAEMON_SPACE_EAR_H
#define LICET_DAEMON_SPACE_EAR_H

#include "io/redis/redis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EAR_AT_ONCE 200 /* entries: what licet_hear takes */
#define EAR_ID_SIZE 48

struct event_base;
struct ear;
struct ears; /* of a process */

/* Part of who listens. */
struct ear_listener {
	/* Of who listens, to be set before ear_ready(): */
	char at[EAR_ID_SIZE]; /* it wants what stands behind that id */
	int64_t block_ms;     /* and to hear so often that nothing was recorded */
	/* Entries, of which those from that index on are new to it. time_ms: all that the other space recorded until then,
	 * by its own clock, is in them; 0: more is to come. It says ear_ready() when it has dealt with them. */
	void (*told)(struct ear_listener *l, const struct redis_reply *entries, size_t from, int64_t time_ms);
	/* A connection was made anew: it has to begin ten minutes back, and says ear_ready() then. */
	void (*anew)(struct ear_listener *l);
	/* The other space did not tell: an error, or NULL. It says ear_ready() when it wants to hear again. */
	void (*untold)(struct ear_listener *l, const struct redis_reply *reply);
	/* Of ear.c: */
	struct ear *ear;
	enum { EAR_RESTING, EAR_QUEUED, EAR_ASKED, EAR_CATCHING_UP, EAR_STEADY, EAR_BUSY } state;
	bool whole; /* CATCHING_UP: what it was told is all there was */
};

/* The target is copied but for its strings, which outlive this. */
struct ears *ears_open(struct event_base *base, const struct redis_target *target);
void ears_close(struct ears *e); /* everybody has left */

/* Listen to that space, of which the prefix is given. anew() is called when it is connected to. */
void ear_join(struct ears *e, const char *space, const char *prefix, struct ear_listener *l);
void ear_leave(struct ear_listener *l);
/* It has dealt with what it was told, or wants to hear again: what stands behind its id. */
void ear_ready(struct ear_listener *l);
/* It could not deal with what it was told: it wants nothing until it says ear_ready(). */
void ear_rest(struct ear_listener *l);
/* It begins at another id, wherever it was. */
void ear_begin(struct ear_listener *l);

#endif
