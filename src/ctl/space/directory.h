/* directory.h - which space each advertiser is in, and whose a SIREN is, as the hub has it.
 *
 * licet:{licet}:advertisers and licet:{licet}:sirens. Nothing here does anything where there is one space. */
#ifndef LICET_CTL_SPACE_DIRECTORY_H
#define LICET_CTL_SPACE_DIRECTORY_H

#include "core/text/cluster_slot.h"
#include "ctl/base/session.h"

/* Go to the space that an advertiser was claimed for, or else to the open one that has the fewest. */
void directory_go_for(struct ctl *ctl, const char *advertiser);
/* Go to the space of the advertiser that has that SIREN, unless the command line names one. */
void directory_go_to_siren(struct ctl *ctl, const char *siren);
/* Claim both for the space at hand; ends the process where another space or advertiser has one. space: its name, or ""
 * where there is one space. */
void directory_claim(struct ctl *ctl, const char *advertiser, const char *siren,
                     char space[SPACE_NAME_MAX + 1]);
/* Nobody has that SIREN any more. Returns false where nobody had. */
bool directory_release(struct ctl *ctl, const char *siren, const char *by, const char *reason);

#endif
