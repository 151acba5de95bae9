/* profile.h - how the files of one client are read, kept as a file of libconfig.
 *
 * A name is that of a file NAME.conf in $XDG_CONFIG_HOME/licet/profiles (~/.config/licet/profiles), else in the
 * folder profiles beside licet.conf; with a slash in it, it is a file itself. */
#ifndef LICET_CTL_ENQUEUE_PROFILE_H
#define LICET_CTL_ENQUEUE_PROFILE_H

#include "ctl/enqueue/file_rules.h"

/* Add what the profile says behind what the rules say already, which stays. needed: one that is not there is bad use.
 * Ends the process where it cannot be read. */
void profile_load(struct ctl *ctl, const char *name, bool needed, struct file_rules *rules);
/* Write the rules as that profile, in the place of one that is there. Returns its path; heap. */
char *profile_save(struct ctl *ctl, const char *name, const struct file_rules *rules);

#endif
