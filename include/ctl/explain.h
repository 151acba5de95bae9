/* explain.h - an answer for people. */
#ifndef LICET_CTL_EXPLAIN_H
#define LICET_CTL_EXPLAIN_H

#include "ctl/case.h"
#include "ctl/ctl.h"

void explain_print(const struct ctl *ctl, const struct judgement *j, bool french);

#endif
