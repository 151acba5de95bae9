/* urgency.h - how urgently somebody should look at a campaign. */
#ifndef LICET_CTL_WATCH_URGENCY_H
#define LICET_CTL_WATCH_URGENCY_H

#include <stdbool.h>
#include <stddef.h>

enum need {
	NEED_ACT,    /* it stands still until somebody does something */
	NEED_UNSEEN, /* no licetd has looked at it */
	NEED_MOVES,
	NEED_WAITS,  /* for a time that will come */
	NEED_PAUSED, /* somebody wanted it so */
	NEED_OVER    /* or there is nothing to do */
};
/* From the state and because that the daemon wrote; NULL or "": none. */
enum need need_of(const char *state, const char *because);

/* How it stands, in words: "running"; or why it stands still, and until when where time brings it: "weekend
 * until Mon 30 Nov 10:00". until: "" if nobody knows. Where that has more than width bytes the time is left
 * out. Returns buf. */
#define STANDING_SIZE 96
char *standing_text(const char *state, const char *because, const char *until, size_t width,
                    char buf[STANDING_SIZE]);

#endif
