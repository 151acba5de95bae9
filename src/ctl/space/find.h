/* find.h - in which space a campaign or an advertiser is.
 *
 * Both are in one space. Where the command line names none, every space is asked for it, and the command goes on
 * there. */
#ifndef LICET_CTL_SPACE_FIND_H
#define LICET_CTL_SPACE_FIND_H

#include "ctl/base/session.h"

/* Go to the space that has it: ctl works there from then on, so nothing of conf may be held over this. Ends the process
 * where two have it, and names both, or where none that answers has it and one does not answer. Where none has it, ctl
 * stays where it is. Returns false then. */
bool find_campaign(struct ctl *ctl, const char *id);
bool find_advertiser(struct ctl *ctl, const char *id);
/* All of them, which must be in one space. */
void find_campaigns(struct ctl *ctl, int count, char **ids);
/* Go to the space of that name. */
void find_go(struct ctl *ctl, const char *space);

#endif
