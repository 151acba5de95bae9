/* turn.h - now, and what the loop is asked to do next.
 *
 * Whoever changes something does not call the part that has to act on it: it says what is wanted,
 * and the loop has it done in its next turn. So no part needs those above it. */
#ifndef LICET_DAEMON_BASE_TURN_H
#define LICET_DAEMON_BASE_TURN_H

#include "daemon/daemon.h"

/* UTC ms by the daemon's clock, simulated or not. */
int64_t turn_now(const struct daemon *d);
/* A turn as soon as the loop is free. */
void turn_soon(struct daemon *d);

#define TICK_MS 50 /* the loop looks so often, at least */
/* Is it time again, as the loop looks at it? *last_ms: monotonic, when it was last; then it is now. */
bool turn_due(int64_t *last_ms, int64_t every_ms);

/* No more work begins; the loop ends this space from its next turn on. */
void turn_end(struct daemon *d);
/* Something moved forward, or nothing had to: d->progress_ms is now. See health/progress.h. */
void turn_moved(struct daemon *d);

enum want {
	WANT_READING = 1,   /* something that is defined in Redis changed */
	WANT_STATE = 2,     /* what is published of campaigns is to be looked at */
	WANT_HEARTBEAT = 4, /* the same of the daemon itself */
	WANT_FORGET = 8,    /* what was published is not there any more: all of it anew */
	WANT_LIBRARY = 16,  /* a function was not there */
	WANT_START = 32,    /* the library is there: work may begin */
};
void turn_want(struct daemon *d, enum want want);
/* Was it wanted? Then it is not any more. */
bool turn_take(struct daemon *d, enum want want);

#endif
