/* estimate.h - a forecast at a glance: from counters, and from the first jobs of what is not
 * counted by place. */
#ifndef LICET_CTL_FORECAST_ESTIMATE_H
#define LICET_CTL_FORECAST_ESTIMATE_H

#include "ctl/forecast/forecast.h"

/* The same from counters and the first jobs of queue and time-ordered set: no more commands
 * for a million jobs than for one. alone: as if no other campaign used its route. */
struct outlook *outlook_estimate(struct ctl *ctl, const char *campaign, bool alone);
/* Will it be done before its end? If not, say so in one line on standard error. Silent where
 * we may not read what that depends on: whoever only queues jobs has done what it could. */
void outlook_warn(struct ctl *ctl, const char *campaign);
/* May we read what a forecast reads, and what is known of numbers? */
bool outlook_may_judge(struct ctl *ctl, const char *campaign);

#endif
