/* status.h - how things stand, for people. */
#ifndef LICET_CTL_STATUS_H
#define LICET_CTL_STATUS_H

#include "ctl/ctl.h"

/* all: what status --json prints. fit: cut to the size of the terminal. */
void status_print(const struct ctl *ctl, json_t *all, bool fit);

#endif
