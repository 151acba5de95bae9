/* tail.h - the decision log as the loop keeps it: one daemon at a time reads the streams, gives their entries to
 * the writer's thread, and tells Redis how far the disk has them.
 *
 * A daemon whose log is not written in time stands still (log-unwritable), and so do those beside it; what a
 * sender takes asks a flag that ends by itself (src/lua/75_log.lua). */
#ifndef LICET_DAEMON_PROOF_TAIL_H
#define LICET_DAEMON_PROOF_TAIL_H

#include "daemon/daemon.h"

/* Before the loop begins. Returns false, with one line in err, where a log is wanted that cannot be kept until a
 * person has mended something; true without one where none is wanted. */
/* Are there the keys that a log needs, where one is wanted? For who opens logs later. */
bool tail_may_open(const struct conf *conf, char *err, size_t err_size);
bool tail_open(struct daemon *d, char *err, size_t err_size);
/* The same of a space that another instance leads: lines may leave it, and no work is done in it. */
bool tail_open_to_erase(struct daemon *d, char *err, size_t err_size);
void tail_close(struct daemon *d); /* after the loop ended: what was given is written and signed */
void tail_up(struct daemon *d);    /* Redis and the library are there */
void tail_down(struct daemon *d);  /* they are not */
void tail_turn(struct daemon *d);  /* once a tick */
void tail_gone(struct daemon *d);  /* the daemon stops: the lease is given back */
void tail_law_changed(struct daemon *d);

/* For heartbeat and metrics; false: no log is kept. */
struct tail_told {
	uint64_t size, sealed;
	int64_t sealed_age_ms, lag_ms, anchor_age_ms; /* -1: not known, none */
	bool ours;                                    /* this daemon has the lease */
	const char *why, *anchor_why;                 /* "": all is well */
};
bool tail_tell(const struct daemon *d, struct tail_told *ret);

#endif
