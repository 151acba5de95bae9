/* campaigns_seen.h - the campaigns that this user of Redis may read.
 *
 * The marketing system of one client knows of the others' campaigns that they are there, and no more. */
#ifndef LICET_CTL_QUERY_CAMPAIGNS_SEEN_H
#define LICET_CTL_QUERY_CAMPAIGNS_SEEN_H

#include "ctl/query/query.h"

/* Those whose state may be read, sorted; give them to names_done(). Returns how many others there are. */
size_t campaigns_seen(struct ctl *ctl, struct names *ret);
/* That there are others, so that nobody takes a part for the whole. None: nothing. */
void campaigns_tell_others(size_t others);

#endif
