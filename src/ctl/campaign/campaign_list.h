/* campaign_list.h - all campaigns, one a line. */
#ifndef LICET_CTL_CAMPAIGN_CAMPAIGN_LIST_H
#define LICET_CTL_CAMPAIGN_CAMPAIGN_LIST_H

#include "ctl/base/session.h"

/* Of this space, or of all that there are. Returns the exit code. */
int campaign_list(struct ctl *ctl);

#endif
