/* urgency.c - how urgently somebody should look at a campaign; see urgency.h. */
#include "ctl/watch/urgency.h"

#include "core/text/reason.h"

#include <stdio.h>
#include <string.h>

/* Reasons that clear without anyone acting. */
static bool passes(enum reason reason)
{
	switch (reason) {
	case REASON_ALLOWED:
	case REASON_OUTSIDE_HOURS:
	case REASON_OUTSIDE_CAMPAIGN_HOURS:
	case REASON_WEEKEND:
	case REASON_WINDOW_CLOSING:
	case REASON_HOLIDAY:
	case REASON_NOT_BEFORE:
	case REASON_CAP_REACHED:
	case REASON_CAMPAIGN_NOT_STARTED:
	case REASON_RATE_LIMIT:
		return true;
	default:
		return false;
	}
}

enum need need_of(const char *state, const char *because)
{
	enum reason reason = REASON_ALLOWED;

	if (state == NULL || *state == '\0')
		return NEED_UNSEEN;
	if (strcmp(state, "rejected") == 0)
		return NEED_ACT;
	if (strcmp(state, "running") == 0)
		return NEED_MOVES;
	if (strcmp(state, "paused") == 0)
		return NEED_PAUSED;
	if (strcmp(state, "waiting") != 0)
		return NEED_OVER;
	if (because != NULL && *because != '\0' && !reason_find(because, strlen(because), &reason))
		return NEED_ACT;
	if (reason == REASON_NOTHING_QUEUED)
		return NEED_OVER;
	return passes(reason) ? NEED_WAITS : NEED_ACT;
}

char *standing_text(const char *state, const char *because, const char *until, size_t width,
                    char buf[STANDING_SIZE])
{
	bool stands = *because != '\0' && strcmp(because, reason_name(REASON_ALLOWED)) != 0;
	const char *what = stands ? because : *state != '\0' ? state : "not seen yet";

	snprintf(buf, STANDING_SIZE, "%.40s%s%.40s", what, stands && *until != '\0' ? " until " : "",
	         stands ? until : "");
	if (strlen(buf) > width)
		snprintf(buf, STANDING_SIZE, "%.40s", what);
	return buf;
}
