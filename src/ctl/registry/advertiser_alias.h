/* advertiser_alias.h - licetctl advertiser alias: one company under two ids. */
#ifndef LICET_CTL_REGISTRY_ADVERTISER_ALIAS_H
#define LICET_CTL_REGISTRY_ADVERTISER_ALIAS_H

#include "ctl/base/session.h"

/* Make name another name of that advertiser, and move all that is known under it there. Ends the process where that is
 * refused, or broken off: called again it goes on. Returns the exit code. */
int advertiser_alias(struct ctl *ctl, const char *name, const char *advertiser, const char *by,
                     const char *reason);

#endif
