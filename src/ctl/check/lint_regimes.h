/* lint_regimes.h - regimes, lists, holidays and caps that do nothing. */
#ifndef LICET_CTL_CHECK_LINT_REGIMES_H
#define LICET_CTL_CHECK_LINT_REGIMES_H

#include "ctl/check/warning.h"

/* Regimes, lists, sectors, holidays and caps that do nothing. */
void lint_regimes(struct lint *l);

#endif
