/* log_said.h - what the decision log says of what another command tells. */
#ifndef LICET_CTL_LOG_LOG_SAID_H
#define LICET_CTL_LOG_LOG_SAID_H

#include "ctl/base/session.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The streams of a campaign (NULL: of all) beside the logs of log_dir and log_peers: heads of the logs, counts, and what
 * differs. NULL where no log is kept. *ret_good: Redis and the logs agree; a log that cannot be read is no agreement. */
json_t *log_said(struct ctl *ctl, const char *campaign, bool *ret_good);
/* The same for people. */
void log_said_print(const json_t *said, bool french, FILE *file);

#endif
