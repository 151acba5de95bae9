/* route_health.h - what the outcomes of a route say of it: breaker, canary, and how long it takes. */
#ifndef LICET_CORE_CAMPAIGN_ROUTE_HEALTH_H
#define LICET_CORE_CAMPAIGN_ROUTE_HEALTH_H

#include "core/text/fields.h"

#include <stdint.h>

struct route_health {
	char tripped[96]; /* why the breaker is open; "": it is not */
	int64_t room;     /* jobs that breaker and canary let go now; INT64_MAX: no limit */
	int64_t p99_ms;   /* from take to report; 0: not known */
};

/* health: the hash that the functions keep (ready:<r>:health); route: its declaration. An absent
 * hash has count 0. */
void route_health_read(const struct fields *health, const struct fields *route, struct route_health *ret);

#endif
