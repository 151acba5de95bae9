/* standing.h - how urgently somebody should look at a campaign. */
#ifndef LICET_CTL_STANDING_H
#define LICET_CTL_STANDING_H

#include <stdbool.h>

enum standing {
	STANDING_ACT,    /* it stands still until somebody does something */
	STANDING_UNSEEN, /* no licetd has looked at it */
	STANDING_MOVES,
	STANDING_WAITS,  /* for a time that will come */
	STANDING_PAUSED, /* somebody wanted it so */
	STANDING_OVER    /* or there is nothing to do */
};
/* From the state and because that the daemon wrote; NULL or "": none. */
enum standing standing_of(const char *state, const char *because);

#endif
