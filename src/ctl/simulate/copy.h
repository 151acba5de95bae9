/* copy.h - what concerns a campaign, from the real keys into a space of its own. Of lists,
 * consents, attempts and marks only what is said of the numbers and persons of the jobs that wait:
 * what decides about them is the same, and the copy is as small as they are. */
#ifndef LICET_CTL_SIMULATE_COPY_H
#define LICET_CTL_SIMULATE_COPY_H

#include "ctl/simulate/simulate.h"

/* Copy the campaign into r->prefix. */
void sim_copy(struct rehearsal *r);
/* Say that the lists of the copy were refreshed then. */
void sim_refresh_lists(struct rehearsal *r, int64_t at_ms);
/* Remove every key of the space. */
void sim_remove(struct rehearsal *r);

#endif
