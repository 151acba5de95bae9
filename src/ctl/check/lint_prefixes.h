/* lint_prefixes.h - prefixes and ranges that nothing can match: the longest prefix wins, so one is
 * dead if longer ones take every code that begins so. */
#ifndef LICET_CTL_CHECK_LINT_PREFIXES_H
#define LICET_CTL_CHECK_LINT_PREFIXES_H

#include "ctl/check/warning.h"

/* Prefixes and ranges that no number and no address can match. */
void lint_prefixes(struct lint *l);

#endif
