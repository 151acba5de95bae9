/* lint.h - what is sound in licet.conf and the rulebook, and will hurt all the same.
 *
 * The loaders refuse what cannot be right, with its line. Here are rules that can
 * never do anything, places where nobody could ever be called, and what will end. */
#ifndef LICET_CTL_CHECK_LINT_H
#define LICET_CTL_CHECK_LINT_H

#include "ctl/check/warning.h"

/* Everything below. */
void lint_all(struct lint *l);

/* What it means today and soon: the signature, regimes that end, lists that nothing
 * refreshes. */
void lint_today(struct lint *l);

#endif
