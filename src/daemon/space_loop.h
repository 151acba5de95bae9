/* space_loop.h - running one space: its connections, its turns, its end.
 *
 * The process (process.c) owns the loop of events, the clock, the configuration and the law, and opens as many spaces
 * as it serves. They share nothing else: what stops one does not stop another. */
#ifndef LICET_DAEMON_SPACE_LOOP_H
#define LICET_DAEMON_SPACE_LOOP_H

#include "daemon/daemon.h"

#include <stdbool.h>
#include <stddef.h>

struct space_want {
	const char *space; /* its name; "": it is the only one */
	const struct space_host *host;
	struct event_base *base;
	const struct conf *conf; /* of this space; copied */
	const struct rulebook *rb;
	const struct redis_target
	    *target; /* its strings outlive the space; whose slot is asked for, conf says */
	const struct clock_source *clock;
	struct ears *ears;
	int64_t reloads;
};

/* Start it. Returns NULL, with one line in err, where a person has to mend something first: its decision log. */
struct daemon *space_open(const struct space_want *want, char *err, size_t err_size);
void space_close(struct daemon *d);
/* End its work: no new batch, what is in flight within five seconds, the heartbeat away; then host->over(). */
void space_stop(struct daemon *d);

/* Use these as soon as no batch is in flight; then host->adopted(). conf is that of this space, and is taken over, its
 * memory too; NULL: it stays what it is. rb must live until another one is in use, or the space is closed. */
void space_adopt(struct daemon *d, struct conf *conf, const struct rulebook *rb, int64_t reloads);
/* A reload was refused: tell why. */
void space_adopt_refused(struct daemon *d, const char *why, int64_t reloads);
/* Somebody set the wall clock: nothing is released until it was compared with Redis again. */
void space_clock_set(struct daemon *d);

#endif
