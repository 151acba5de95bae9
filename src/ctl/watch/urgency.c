/* urgency.c - how a campaign stands, in words; see urgency.h. */
#include "ctl/watch/urgency.h"

#include "core/text/reason.h"

#include <stdio.h>
#include <string.h>

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
