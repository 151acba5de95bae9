/* french_time.c - see french_time.h. */
#include "ctl/base/french_time.h"

#include "core/time/civil.h"
#include "ctl/base/french.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *lang_local(bool french, const struct zone *zone, int64_t ms, char buf[LANG_LOCAL_SIZE])
{
	static const char *const days[2][7] = { { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
		                                { "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim." } };
	static const char *const months[2][12] = { { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		                                     "Sep", "Oct", "Nov", "Dec" },
		                                   { "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.",
		                                     "août", "sept.", "oct.", "nov.", "déc." } };
	int32_t second, day = zone_local_date(zone, ms, &second);
	struct civil date = civil_from_days(day);

	snprintf(buf, LANG_LOCAL_SIZE, "%s %d %s %d %02d:%02d", days[french][civil_weekday(day)], date.day,
	         months[french][date.month - 1], date.year, second / 3600, second / 60 % 60);
	return buf;
}

char *lang_short(bool french, const struct zone *zone, int64_t now_ms, int64_t ms, char buf[LANG_LOCAL_SIZE])
{
	int32_t second, day = zone_local_date(zone, ms, &second),
			today = zone_local_date(zone, now_ms, &second);
	char whole[LANG_LOCAL_SIZE];

	lang_local(french, zone, ms, whole);
	const char *time = strrchr(whole, ' ');
	size_t weekday = strcspn(whole, " ") + 1;
	size_t date = strlen(whole) - strlen(" 2026") - strlen(time); /* up to the year */

	if (day >= today && day < today + 7)
		snprintf(buf, LANG_LOCAL_SIZE, "%.*s%.6s", (int)weekday - 1, whole, time);
	else if (day > today - 300 && day < today + 300)
		snprintf(buf, LANG_LOCAL_SIZE, "%.*s%.6s", (int)(date - weekday), whole + weekday, time);
	else
		snprintf(buf, LANG_LOCAL_SIZE, "%s", whole);
	return buf;
}

char *lang_age(bool french, int64_t ms, char buf[LANG_AGE_SIZE])
{
	int64_t s = ms / 1000;

	if (s < 0)
		snprintf(buf, LANG_AGE_SIZE, "%s", lang_pick(french, "in the future", "dans le futur"));
	else if (s < 120)
		snprintf(buf, LANG_AGE_SIZE, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(buf, LANG_AGE_SIZE, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		snprintf(buf, LANG_AGE_SIZE, "%" PRId64 " h", s / 3600);
	else
		snprintf(buf, LANG_AGE_SIZE, "%" PRId64 " %s", s / 86400, lang_pick(french, "days", "jours"));
	return buf;
}
