/* rate_share.c - see rate_share.h. */
#include "core/campaign/rate_share.h"

#include "core/campaign/campaign.h"

#include <stdio.h>

#define MOST 1000000.0 /* that a rate may say; see rate_parse() */

bool rate_share(const char *rate, size_t among, char ret[RATE_SIZE])
{
	static const struct {
		char unit;
		double ms;
	} units[] = { { 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 }, { 's', 1000 } };
	double interval_ms;
	if (!rate_parse(rate, &interval_ms))
		return false;
	/* The longest unit that can say it loses least. What divides evenly must not come out one less. */
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double n = units[i].ms / interval_ms / (double)among + 1e-6;
		if (n < 1)
			return false;
		if (n >= MOST + 1)
			continue;
		snprintf(ret, RATE_SIZE, "%ld/%c", (long)n, units[i].unit);
		return true;
	}
	return false;
}
