/* hours.h - what a forecast releases in each of its first hours. */
#ifndef LICET_CORE_FORECAST_HOURS_H
#define LICET_CORE_FORECAST_HOURS_H

#include "core/forecast/forecast.h"

/* A pace: the k-th release, from 1 on, at from + k * interval - burst, and never before t; interval 0: all at t. */
struct hours_pace {
	double from, interval_ms, burst_ms;
	int64_t t;
};
/* Count n releases. from_ms: where the first hour begins; what comes after the last one is not counted. */
void hours_note(int64_t hours[FORECAST_HOURS], int64_t from_ms, const struct hours_pace *pace, int64_t n);

#endif
