/* stop_export.h - what waits, written to a file before it ends. The lists are read while Redis
 * watches them. Only if nothing of them changed since the first byte was read, and the file is
 * whole on its disk, does the campaign stop: in that very step. Memory is that of one chunk,
 * whatever the campaign. */
#ifndef LICET_CTL_CAMPAIGN_STOP_EXPORT_H
#define LICET_CTL_CAMPAIGN_STOP_EXPORT_H

#include "ctl/campaign/status_change.h"

/* Write what waits to the file and stop the campaign, in one step or not at all. The campaign
 * is paused by then. Returns how many jobs are in the file. */
int64_t export_and_stop(struct ctl *ctl, const char *id, const char *path);

#endif
