/* need.h - how urgently somebody should look at a campaign. */
#ifndef LICET_CORE_CAMPAIGN_NEED_H
#define LICET_CORE_CAMPAIGN_NEED_H

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
/* "act", "unseen", "moves", "waits", "paused" or "over". */
const char *need_name(enum need need);

#endif
