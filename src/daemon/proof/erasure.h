/* erasure.h - lines that leave the decision log: those of a person whom licetctl asked to erase, and those that
 * were kept long enough.
 *
 * First an entry says which lines go, by whom and on what ground; when that is on the disk, they are replaced, a
 * file at a time, by the thread that writes. Whoever dies in between leaves lines that an entry names and that
 * are still there: the request stands, or their age does, and they go at the next start. */
#ifndef LICET_DAEMON_PROOF_ERASURE_H
#define LICET_DAEMON_PROOF_ERASURE_H

#include "daemon/proof/tail_state.h"

struct erasure *erasure_new(void);
void erasure_free(struct erasure *e); /* after the writer has ended */
/* Redis has that many requests. */
void erasure_asked(struct daemon *d, int64_t count);
/* Is nothing under way for a person, or on its way to the writer? */
bool erasure_is_idle(const struct daemon *d);
/* May there be lines, of those that were kept long enough, which were not looked at today? */
bool erasure_ages_are_due(const struct daemon *d);
/* Once a tick, and when the writer has done something. */
void erasure_turn(struct daemon *d);

#endif
