/* status.h - how things stand, for people. */
#ifndef LICET_CTL_WATCH_STATUS_H
#define LICET_CTL_WATCH_STATUS_H

#include "ctl/base/session.h"

/* all: what status --json prints. fit: cut to the size of the terminal. */
void status_print(const struct ctl *ctl, json_t *all, bool fit);

#endif
