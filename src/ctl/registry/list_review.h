/* list_review.h - oppositions that are due for review. */
#ifndef LICET_CTL_REGISTRY_LIST_REVIEW_H
#define LICET_CTL_REGISTRY_LIST_REVIEW_H

#include "ctl/base/session.h"

/* Of opposition or opposition:<advertiser>. Returns the exit code. */
int list_review(struct ctl *ctl, const char *name, bool french);

#endif
