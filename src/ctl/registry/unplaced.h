/* unplaced.h - objections to an advertiser that nobody declared: kept, and the number held for
 * everybody, until a person places or dismisses them (src/lua/09_unplaced.lua). */
#ifndef LICET_CTL_REGISTRY_UNPLACED_H
#define LICET_CTL_REGISTRY_UNPLACED_H

#include "ctl/base/session.h"

/* A person placed (or, dismiss, dismisses) what waits of that number, E.164. Returns whether there was
 * something. Ends with one line where Redis refuses. */
bool unplaced_end(struct ctl *ctl, const char *e164, const char *by, const char *reason, bool dismiss);
/* The same in every space: it waits where it was reported, and that may be another one than the advertiser's. */
bool unplaced_end_everywhere(struct ctl *ctl, const char *e164, const char *by, const char *reason, bool dismiss);

#endif
