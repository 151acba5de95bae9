/* tail_read.h - the tailer's reading: which streams there are, and what they have that is new. */
#ifndef LICET_DAEMON_PROOF_TAIL_READ_H
#define LICET_DAEMON_PROOF_TAIL_READ_H

#include "daemon/proof/tail_state.h"

/* All streams of all campaigns, and the two that have none. */
void tail_find_streams(struct daemon *d);
/* Begin anew from what Redis was told: a flat reply of streams and ids. */
void tail_set_positions(struct daemon *d, const struct redis_reply *flat);
/* Read what is new, where there is something and no reading is under way. */
void tail_read(struct daemon *d);
void tail_streams_free(struct tail *t);

#endif
