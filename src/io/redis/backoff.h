/* backoff.h - how long to wait before the next attempt to connect; for src/io/redis alone. */
#ifndef LICET_IO_REDIS_BACKOFF_H
#define LICET_IO_REDIS_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MIN_MS 50

/* In ms, with full jitter: from BACKOFF_MIN_MS to a ceiling that each attempt doubles, 5 s at most; 1 s where there are
 * guides to ask, since a failover is a matter of seconds. *attempts counts from 0. */
int64_t backoff_ms(int *attempts, bool guided);

#endif
