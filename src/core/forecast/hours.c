/* hours.c - see hours.h. */
#include "core/forecast/hours.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)

/* How many of n are released before an instant. */
static int64_t before(const struct hours_pace *p, int64_t ms, int64_t n)
{
	if (ms <= p->t)
		return 0;
	if (p->interval_ms <= 0)
		return n;
	double fit = floor(((double)(ms - 1) + p->burst_ms - p->from) / p->interval_ms);
	return fit <= 0 ? 0 : fit < (double)n ? (int64_t)fit : n;
}

void hours_note(int64_t hours[FORECAST_HOURS], int64_t from_ms, const struct hours_pace *pace, int64_t n)
{
	int64_t done = before(pace, from_ms, n);
	for (int i = 0; i < FORECAST_HOURS && done < n; i++) {
		int64_t upto = before(pace, from_ms + (i + 1) * HOUR_MS, n);
		hours[i] += upto - done;
		done = upto;
	}
}
