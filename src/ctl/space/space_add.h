/* space_add.h - one more space for the platform. */
#ifndef LICET_CTL_SPACE_SPACE_ADD_H
#define LICET_CTL_SPACE_SPACE_ADD_H

#include "ctl/base/session.h"

/* Enter it in the hub, copy what the platform's opposition list has, and make every space hear every other. May be
 * done again, where it could not be ended. Returns the exit code. */
int space_add(struct ctl *ctl, const char *name);

#endif
