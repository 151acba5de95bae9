/* calendar.h - the closed days of a year, and a year as it is drawn on a terminal. */
#ifndef LICET_CTL_LAW_CALENDAR_H
#define LICET_CTL_LAW_CALENDAR_H

#include "ctl/base/session.h"

struct closed_day {
	int32_t date;
	const struct holiday *holiday;
	uint32_t territories; /* where */
};
struct year {
	int number;
	struct closed_day *days; /* by date */
	size_t count, capacity;
};

#endif
