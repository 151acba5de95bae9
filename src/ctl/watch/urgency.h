/* urgency.h - how a campaign stands, in words. */
#ifndef LICET_CTL_WATCH_URGENCY_H
#define LICET_CTL_WATCH_URGENCY_H

#include "core/campaign/need.h"

#include <stddef.h>

/* How it stands, in words: "running"; or why it stands still, and until when where time brings it: "weekend
 * until Mon 30 Nov 10:00". until: "" if nobody knows. Where that has more than width bytes the time is left
 * out. Returns buf. */
#define STANDING_SIZE 96
char *standing_text(const char *state, const char *because, const char *until, size_t width,
                    char buf[STANDING_SIZE]);

#endif
