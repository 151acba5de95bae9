/* french_time.h - times and spans as people write them, in English or French. */
#ifndef LICET_CTL_BASE_FRENCH_TIME_H
#define LICET_CTL_BASE_FRENCH_TIME_H

#include "core/time/zone.h"

#include <stdbool.h>
#include <stdint.h>

/* "Mon 28 Dec 2026 10:00", "lun. 28 déc. 2026 10:00": in a zone. */
#define LANG_LOCAL_SIZE 48
char *lang_local(bool french, const struct zone *zone, int64_t ms, char buf[LANG_LOCAL_SIZE]);
/* "lun. 10:00" in the six days to come, else "28 déc. 10:00"; the whole, with the year, where it is far away. */
char *lang_short(bool french, const struct zone *zone, int64_t now_ms, int64_t ms, char buf[LANG_LOCAL_SIZE]);
/* "3 min", "2 h", "5 days", "5 jours". */
#define LANG_AGE_SIZE 32
char *lang_age(bool french, int64_t ms, char buf[LANG_AGE_SIZE]);

#endif
