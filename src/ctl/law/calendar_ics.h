/* calendar_ics.h - closed days as an iCalendar file (RFC 5545), for calendars that subscribe to it. */
#ifndef LICET_CTL_LAW_CALENDAR_ICS_H
#define LICET_CTL_LAW_CALENDAR_ICS_H

#include "ctl/law/calendar.h"

/* Print the years: an event of a whole day for each closed day, with where it is closed if it is not
 * everywhere in the place, and the rule that closes it. The same day has the same UID each time. */
void calendar_ics(struct ctl *ctl, const struct rulebook *rb, const struct year *years, size_t count,
                  uint32_t place);
/* How the date of a holiday comes about, and where that is written. Heap. */
char *calendar_rule(const struct holiday *holiday);

#endif
