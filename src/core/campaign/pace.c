/* pace.c - a rate, as the time at which the next job is due; see pace.h. */
#include "core/campaign/pace.h"

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
	*ret_next_ms = (int64_t)ceil(at_ms);
	double n = floor(((double)now_ms + interval_ms + slack_ms - at_ms) / interval_ms);
	return n > 0 ? (int64_t)n : 0;
}

double pace_share(double route_rate, struct pace_share own, const struct pace_share *others, size_t count)
{
	/* Give each what it is due; whoever wants less leaves the rest to the others. */
	double left = route_rate, mine = 0;
	if (route_rate <= 0)
		return 0;
	for (size_t round = 0; round <= count; round++) {
		double weights = own.weight;
		double level = mine > 0 ? mine / own.weight : 0;
		for (size_t i = 0; i < count; i++)
			if (others[i].rate <= 0 || others[i].rate > others[i].weight * level)
				weights += others[i].weight;
		left = route_rate;
		for (size_t i = 0; i < count; i++)
			if (others[i].rate > 0 && others[i].rate <= others[i].weight * level)
				left -= others[i].rate;
		mine = left > 0 ? left * own.weight / weights : 0;
	}
	return own.rate > 0 && own.rate < mine ? own.rate : mine;
}
