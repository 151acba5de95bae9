/* status_change.h - pause, resume, stop and cancel: what somebody wants now, and what is out still. */
#ifndef LICET_CTL_CAMPAIGN_STATUS_CHANGE_H
#define LICET_CTL_CAMPAIGN_STATUS_CHANGE_H

#include "ctl/base/session.h"

/* Both return the exit code. */
int campaign_status(struct ctl *ctl, const char *id, const char *status);
/* export: the file that the jobs that wait are written to first; NULL: they just end. */
int campaign_stop(struct ctl *ctl, const char *id, const char *export);
/* The same for a file of ids; where each was is not looked for. */
int campaign_cancel_file(struct ctl *ctl, const char *id, const char *path);
int campaign_cancel(struct ctl *ctl, const char *id, int count, char **ids);

/* After a definition was stored: wait until licetd has acted, and tell what is out still. before:
 * the fingerprint in its state until then, if the change is one that senders see; else NULL. */
struct still_out {
	int64_t ready, taken;
	bool acted, daemon;
};
void campaign_changed(struct ctl *ctl, const char *id, const char *before, struct still_out *ret);
void campaign_print_out(struct ctl *ctl, const char *id, const struct still_out *out);

#endif
