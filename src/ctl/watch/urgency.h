/* urgency.h - how urgently somebody should look at a campaign. */
#ifndef LICET_CTL_WATCH_URGENCY_H
#define LICET_CTL_WATCH_URGENCY_H

#include <stdbool.h>

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

#endif
