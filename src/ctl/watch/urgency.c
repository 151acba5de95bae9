/* urgency.c - how a campaign stands, in words; see urgency.h. */
#include "ctl/watch/urgency.h"

#include "core/text/reason.h"
#include "ctl/base/french.h"
#include "ctl/base/width.h"

#include <stdio.h>
#include <string.h>

/* In French the reason is said by what it means; the code stands in the JSON, and in licetctl reasons. */
static const char *what_stands(bool french, const char *state, const char *because, bool *ret_stands)
{
	static const char *const states[][2] = {
		{ "running", "en cours" },      { "waiting", "en attente" }, { "paused", "en pause" },
		{ "stopped", "arrêtée" },       { "ended", "terminée" },     { "done", "achevée" },
		{ "rejected", "non conforme" },
	};
	enum reason reason = REASON_ALLOWED;
	bool known = reason_find(because, strlen(because), &reason);

	*ret_stands = *because != '\0' && (!known || reason != REASON_ALLOWED);
	if (*ret_stands)
		return french && known ? reason_text_fr(reason) : because;
	if (*state == '\0')
		return lang_pick(french, "not seen yet", "pas encore vue");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) && french; i++)
		if (strcmp(states[i][0], state) == 0)
			return states[i][1];
	return state;
}

char *standing_text(bool french, const char *state, const char *because, const char *until, size_t width,
                    char buf[STANDING_SIZE])
{
	bool stands, date = *until >= '0' && *until <= '9';
	const char *what = what_stands(french, state, because, &stands);
	/* "jusqu'à lun. 10:00", "jusqu'au 4 janv. 10:00" */
	const char *to = lang_pick(french, "until", date ? "jusqu'au" : "jusqu'à");
	size_t day = date ? (size_t)(strrchr(until, ' ') - until) : 0;

	if (!stands || *until == '\0') {
		snprintf(buf, STANDING_SIZE, "%.40s", what);
		return buf;
	}
	snprintf(buf, STANDING_SIZE, "%.40s %s %.40s", what, to, until);
	/* The time goes before the day does. */
	if (text_width(buf) > width && date)
		snprintf(buf, STANDING_SIZE, "%.40s %s %.*s", what, to, (int)day, until);
	if (text_width(buf) > width)
		snprintf(buf, STANDING_SIZE, "%.40s", what);
	return buf;
}
