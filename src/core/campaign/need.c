/* need.c - see need.h. */
#include "core/campaign/need.h"

#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
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

const char *need_name(enum need need)
{
	static const char *const names[] = { "act", "unseen", "moves", "waits", "paused", "over" };
	return names[need];
}
