/* history_read.h - what happened to a campaign's jobs by the hour, from Redis. */
#ifndef LICET_CTL_QUERY_HISTORY_READ_H
#define LICET_CTL_QUERY_HISTORY_READ_H

#include "core/forecast/history.h"
#include "ctl/query/query.h"

/* All that is kept; heap. Empty where there is nothing. */
struct history *history_read(struct ctl *ctl, const char *campaign);

/* Ask for the releases of so many hours, the last of them the one that runs at now_ms; one reply follows. */
void history_send(struct ctl *ctl, const char *campaign, int64_t now_ms, size_t hours);
/* Take that reply, which is freed: *ret has room for as many. Zeros where it tells nothing. */
void history_take(struct redis_reply *reply, size_t hours, int64_t *ret);

#endif
