/* log_prove.h - licetctl log prove: one call alone, for somebody who has not the whole log. */
#ifndef LICET_CTL_LOG_LOG_PROVE_H
#define LICET_CTL_LOG_LOG_PROVE_H

#include "ctl/base/session.h"

#include <stdbool.h>

#define LOG_PROOF_FORMAT "licet-log-proof-1"

struct log_prove {
	const char *dir, *campaign, *id;
	const char *out;         /* a file to make; NULL: standard output */
	bool html, french, full; /* html: a sheet for people; full: its numbers are whole */
};
/* The newest call of that job, its line and those that it rests on, each with its proof as C2SP tlog-proof has it.
 * Returns the exit code. */
int log_prove(struct ctl *ctl, const struct log_prove *want);

#endif
