/* log_verify.h - licetctl log verify. */
#ifndef LICET_CTL_LOG_LOG_VERIFY_H
#define LICET_CTL_LOG_LOG_VERIFY_H

#include "ctl/base/session.h"

/* key: a verifier key, or a file with one; NULL: the log's own first key is believed. french: what people read;
 * faults are as licet-verify names them. Returns the exit code. */
int log_verify(struct ctl *ctl, const char *dir, const char *key, const char *const *anchors, size_t count,
               bool french);

#endif
