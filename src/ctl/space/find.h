/* find.h - in which space a campaign or an advertiser is.
 *
 * Both are in one space. Where the command line names none, every space is asked for it, and the command goes on
 * there. */
#ifndef LICET_CTL_SPACE_FIND_H
#define LICET_CTL_SPACE_FIND_H

#include "ctl/space/everywhere.h"

/* Go to the space that has it: ctl works there from then on, so nothing of conf may be held over this. Ends the process
 * where two have it, and names both, or where none that answers has it and one does not answer. Where none has it, ctl
 * stays where it is. Returns false then. */
bool find_campaign(struct ctl *ctl, const char *id);
/* The same for one that may be new: where all spaces are meant, and none has it, ctl is nowhere yet. */
bool find_campaign_or_none(struct ctl *ctl, const char *id);
bool find_advertiser(struct ctl *ctl, const char *id);
bool find_source(struct ctl *ctl, const char *id);
bool find_siren(struct ctl *ctl, const char *siren); /* that an advertiser of that space used */
/* Where all spaces are meant (ctl_means_all()): go to the first that is open, for what is done in every one of them,
 * beginning anywhere. */
void find_first(struct ctl *ctl);
/* All of them, which must be in one space. */
void find_campaigns(struct ctl *ctl, int count, char **ids);
/* A route must be known in one of them, or in the only one there is: ends the process where it is not. */
void find_route(struct ctl *ctl, struct everywhere *e, const char *route);
/* Go to the space of that name. */
void find_go(struct ctl *ctl, const char *space);

#endif
