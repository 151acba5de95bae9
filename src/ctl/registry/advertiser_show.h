/* advertiser_show.h - licetctl advertiser show: what is known of who calls. */
#ifndef LICET_CTL_REGISTRY_ADVERTISER_SHOW_H
#define LICET_CTL_REGISTRY_ADVERTISER_SHOW_H

#include "ctl/base/session.h"

/* Ends the process where nobody declared it. Returns the exit code. */
int advertiser_show(struct ctl *ctl, const char *id);

#endif
