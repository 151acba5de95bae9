/* explain_text.h - an answer for people, in English or French. */
#ifndef LICET_CTL_EXPLAIN_EXPLAIN_TEXT_H
#define LICET_CTL_EXPLAIN_EXPLAIN_TEXT_H

#include "ctl/base/session.h"
#include "ctl/explain/case.h"

void explain_print(const struct ctl *ctl, const struct judgement *j, bool french);

#endif
