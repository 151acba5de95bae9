/* outlook.h - what a forecast comes to: its end, its days, what it takes for granted. */
#ifndef LICET_CTL_FORECAST_OUTLOOK_H
#define LICET_CTL_FORECAST_OUTLOOK_H

#include "ctl/forecast/forecast.h"

/* When nothing of it waits any more: the last release or, if that comes first, its end;
 * TIME_NONE: not within the horizon. */
int64_t outlook_finish(const struct outlook *o);

json_t *outlook_json(struct ctl *ctl, const struct outlook *o);
/* What it takes for granted, one sentence each; NULL after the last. The texts live until the
 * next call. */
const char *outlook_assumes(const struct outlook *o, bool french, size_t i);

#endif
