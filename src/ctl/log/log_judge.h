/* log_judge.h - the proof of one call, judged again: do the proofs hold, do the lines belong together, and was the call
 * within the hours of the law that is proven with it? */
#ifndef LICET_CTL_LOG_LOG_JUDGE_H
#define LICET_CTL_LOG_LOG_JUDGE_H

#include "ctl/base/session.h"

#include <jansson.h>

/* Prints what it found. key: the verifier key that is trusted, or a file with it; NULL: the one of the proof. Returns the
 * exit code. */
int log_judge(struct ctl *ctl, const json_t *proof, const char *key);

#endif
