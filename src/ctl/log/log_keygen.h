/* log_keygen.h - licetctl log keygen. */
#ifndef LICET_CTL_LOG_LOG_KEYGEN_H
#define LICET_CTL_LOG_LOG_KEYGEN_H

#include "ctl/base/session.h"

struct log_keygen {
	const char *out, *origin; /* NULL: not said */
	bool next, mac;
};
/* Returns the exit code. */
int log_keygen(struct ctl *ctl, const struct log_keygen *want);

#endif
