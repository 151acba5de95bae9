/* pace.h - a rate, as the time at which the next job is due.
 *
 * The commit function keeps "at": each release moves it on by one interval, from now on
 * where it is in the past. A release may come a little early (slack): what a timer and a
 * round trip take would else be lost at every job, and the rate never reached. */
#ifndef LICET_CORE_CAMPAIGN_PACE_H
#define LICET_CORE_CAMPAIGN_PACE_H

#include <stddef.h>
#include <stdint.h>

#define PACE_SLACK_MS 200.0

/* The slack of a clock that runs at some speed (1: a real one): a round trip takes its time
 * whatever the clock. */
double pace_slack_ms(double speed);

/* How many may go now, and when the next one is due. interval_ms is above 0. */
int64_t pace_budget(double at_ms, double interval_ms, double slack_ms, int64_t now_ms, int64_t *ret_next_ms);

/* What a route lets a campaign have: its rate, shared by weight among those that have
 * something to release, none of which takes more than its own rate. Rates are jobs per
 * ms; 0 is no rate. others: the weights and own rates of the rest. Returns 0 where the
 * route has no rate. */
struct pace_share {
	double weight, rate;
};
double pace_share(double route_rate, struct pace_share own, const struct pace_share *others, size_t count);

#endif
