/* anchor.h - carries the newest checkpoint out of the house, by a command of the operator's.
 *
 * The command gets the checkpoint on its standard input, and says by its exit code whether it was taken. It is
 * run once every log_anchor_s where there is a newer one, and again with growing pauses where it fails. */
#ifndef LICET_DAEMON_PROOF_ANCHOR_H
#define LICET_DAEMON_PROOF_ANCHOR_H

#include <stdint.h>

struct anchor;
struct event_base;

struct anchor_told {
	int64_t taken_ms; /* wall clock: when the last one was taken; 0: none was, since the start */
	uint64_t taken_size;
	char why[200]; /* why the last one was not; "": it was, or none was tried */
};

/* space: whose log it is, for what is told of it; "": that of the only one. */
struct anchor *anchor_open(struct event_base *base, const char *dir, const char *space);
void anchor_close(struct anchor *a);
/* Now and then: run the command where it is time. size: of the newest checkpoint. command "": none. */
void anchor_turn(struct anchor *a, const char *command, int every_s, uint64_t size);
const struct anchor_told *anchor_tell(const struct anchor *a);

#endif
