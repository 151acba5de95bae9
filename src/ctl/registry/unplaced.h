/* unplaced.h - objections to an advertiser that nobody declared: kept, and the number held for
 * everybody, until a person places or dismisses them (src/lua/09_unplaced.lua). */
#ifndef LICET_CTL_REGISTRY_UNPLACED_H
#define LICET_CTL_REGISTRY_UNPLACED_H

#include "ctl/space/everywhere.h"

/* A person placed (or, dismiss, dismisses) what waits of that number, E.164, in any of these spaces: it waits where
 * it was reported, and that may be another one than the advertiser's. Returns whether there was something. A space
 * that does not answer, or refuses, has its reason in e. */
bool unplaced_end_everywhere(struct ctl *ctl, struct everywhere *e, const char *e164, const char *by,
                             const char *reason, bool dismiss);

#endif
