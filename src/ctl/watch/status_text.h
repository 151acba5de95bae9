/* status_text.h - see status.h. */
#ifndef LICET_CTL_WATCH_STATUS_TEXT_H
#define LICET_CTL_WATCH_STATUS_TEXT_H

#include "ctl/base/session.h"

/* all: what status --json prints. fit: cut to the size of the terminal. */
void status_print(struct ctl *ctl, json_t *all, bool fit, bool french);

#endif
