/* log_compare.h - licetctl log compare. */
#ifndef LICET_CTL_LOG_LOG_COMPARE_H
#define LICET_CTL_LOG_LOG_COMPARE_H

#include "ctl/base/session.h"

/* Without folders: those that the configuration names. french: what people read.
 * Returns the exit code. */
int log_compare(struct ctl *ctl, char *const *dirs, size_t count, bool french);

#endif
