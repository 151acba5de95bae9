/* given.h - lines that the writer has, and what is known when they are on the disk. */
#ifndef LICET_DAEMON_PROOF_GIVEN_H
#define LICET_DAEMON_PROOF_GIVEN_H

#include "daemon/proof/tail_state.h"

/* Give lines to the writer. out is empty afterwards. marks: how far streams were read; taken over, may be NULL.
 * since_ms: monotonic, when the oldest of it was known to be there. */
void given_put(struct tail *t, struct line *out, struct tail_mark *marks, size_t count, int64_t since_ms);
/* Forget the first ones: they are on the disk, or lost and read again. */
void given_forget(struct tail *t, size_t count);

#endif
