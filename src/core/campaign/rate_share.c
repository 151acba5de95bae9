/* rate_share.c - see rate_share.h. */
#include "core/campaign/rate_share.h"

#include "core/campaign/campaign.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST 1000000.0          /* that a rate may say; see rate_parse() */
#define LATER_MS INT64_C(60000) /* a step down waits so long */
#define STEP_MIN 0.125          /* the least that is wanted, of an equal part */
#define STEP_MAX 1048576.0
#define FLOOR 0.125                /* of an equal part, */
#define FLOOR_PER_MS (1 / 60000.0) /* or one a minute, */
#define FLOOR_MAX 0.5              /* if that is no more than half of it */

/* As a rate that can be written, not above it. Returns false if that is less than one a day. */
static bool rate_text(double per_ms, char ret[RATE_SIZE])
{
	static const struct {
		char unit;
		double ms;
	} units[] = { { 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 }, { 's', 1000 } };

	/* The longest unit that can say it loses least. What divides evenly must not come out one less. */
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double n = units[i].ms * per_ms + 1e-6;
		if (n < 1)
			return false;
		if (n >= MOST + 1)
			continue;
		snprintf(ret, RATE_SIZE, "%ld/%c", (long)n, units[i].unit);
		return true;
	}
	return false;
}

double rate_equal_part(const char *rate, size_t among)
{
	double interval_ms;

	return rate_parse(rate, &interval_ms) ? 1 / interval_ms / (double)among : 0;
}

bool rate_share(const char *rate, size_t among, char ret[RATE_SIZE])
{
	return rate_text(rate_equal_part(rate, among), ret);
}

void rate_want(struct rate_want *w, double per_ms, double equal_per_ms, int64_t now_ms)
{
	double step = per_ms > 0 ? STEP_MIN : 0;

	while (step > 0 && step * equal_per_ms < per_ms && step < STEP_MAX)
		step *= 2;
	if (step < w->step && now_ms - w->reached_ms < LATER_MS)
		return;
	w->step = step;
	w->reached_ms = now_ms;
}

static double floor_of(double equal)
{
	double a_minute = FLOOR_PER_MS < FLOOR_MAX * equal ? FLOOR_PER_MS : FLOOR_MAX * equal;

	return a_minute > FLOOR * equal ? a_minute : FLOOR * equal;
}

/* What one gets where nobody gets more than level. */
static double part_of(const struct rate_want *w, double equal, double level)
{
	double wanted = w->step * equal, least = floor_of(equal);
	double part = wanted < level ? wanted : level;

	return part > least ? part : least;
}

static double sum_of(const struct rate_want *const *wants, size_t count, double equal, double level)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += part_of(wants[i], equal, level);
	return sum;
}

/* The level at which all is given away: found by halves, from below. */
static double find_level(const struct rate_want *const *wants, size_t count, double equal)
{
	double low = 0, high = (double)count * equal;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (sum_of(wants, count, equal, middle) <= (double)count * equal)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool rate_shares(const char *rate, size_t among, const struct rate_want *const *wants, size_t count,
                 char (*ret)[RATE_SIZE])
{
	double equal = rate_equal_part(rate, among);
	double level = find_level(wants, count, equal);
	double rest = ((double)count * equal - sum_of(wants, count, equal, level)) / (double)count;
	bool good = true;
	char same[RATE_SIZE];

	if (!rate_text(equal, same))
		return false;
	for (size_t i = 0; i < count && good; i++)
		good = rate_text(part_of(wants[i], equal, level) + (rest > 0 ? rest : 0), ret[i]);
	/* Less than one a day is no part. */
	for (size_t i = 0; i < count && !good; i++)
		snprintf(ret[i], RATE_SIZE, "%s", same);
	return true;
}

bool rate_is_more(const char *rate, const char *than)
{
	double interval_ms, other_ms;

	if (!rate_parse(rate, &interval_ms))
		return true;
	return rate_parse(than, &other_ms) && interval_ms < other_ms * (1 - 1e-9);
}
