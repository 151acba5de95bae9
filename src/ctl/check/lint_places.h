/* lint_places.h - places where nobody could ever be called, or that nobody is in. */
#ifndef LICET_CTL_CHECK_LINT_PLACES_H
#define LICET_CTL_CHECK_LINT_PLACES_H

#include "ctl/check/warning.h"

/* Places that have no common minute, and territories that nothing leads to. */
void lint_places(struct lint *l);

#endif
