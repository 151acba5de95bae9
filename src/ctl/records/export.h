/* export.h - ended jobs and records of calls, written to a file outside Redis. */
#ifndef LICET_CTL_RECORDS_EXPORT_H
#define LICET_CTL_RECORDS_EXPORT_H

#include "ctl/base/session.h"

/* The stream of a campaign whose archive has not acknowledged all of it; NULL: none. */
const char *archive_waits(struct ctl *ctl, const char *campaign);
/* An entry as export writes it. */
json_t *archive_line(const char *campaign, const char *kind, const struct redis_reply *entry);

#endif
