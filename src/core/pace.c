#include "core/pace.h"

#include <math.h>

#define ROUND_TRIP_MS 20.0

double pace_slack_ms(double speed)
{
	return speed * ROUND_TRIP_MS > PACE_SLACK_MS ? speed * ROUND_TRIP_MS : PACE_SLACK_MS;
}

int64_t pace_budget(double at_ms, double interval_ms, double slack_ms, int64_t now_ms, int64_t *ret_next_ms)
{
	if (at_ms < (double)now_ms)
		at_ms = (double)now_ms;
	*ret_next_ms = (int64_t)ceil(at_ms - slack_ms);
	double n = floor(((double)now_ms + interval_ms + slack_ms - at_ms) / interval_ms);
	return n > 0 ? (int64_t)n : 0;
}
