/* urgency.h - how a campaign stands, in words. */
#ifndef LICET_CTL_WATCH_URGENCY_H
#define LICET_CTL_WATCH_URGENCY_H

#include "core/campaign/need.h"

#include <stdbool.h>
#include <stddef.h>

/* How it stands: "running"; or why it stands still, and until when where time brings it: "weekend until Mon 10:00",
 * "week-end jusqu'à lun. 10:00". until: as lang_short() writes it, "" if nobody knows. What takes more than width columns
 * loses the hour of a date, then the time. Returns buf. */
#define STANDING_SIZE 128
char *standing_text(bool french, const char *state, const char *because, const char *until, size_t width,
                    char buf[STANDING_SIZE]);

#endif
