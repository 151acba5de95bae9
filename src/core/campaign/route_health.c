/* route_health.c - see route_health.h. */
#include "core/campaign/route_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t field_int(const struct fields *f, const char *name)
{
	const char *v = fields_get(f, name);
	return v != NULL ? strtoll(v, NULL, 10) : 0;
}

void route_health_read(const struct fields *health, const struct fields *route, struct route_health *ret)
{
	const char *state = fields_get(health, "state"), *why = fields_get(health, "why");
	int64_t canary = field_int(route, "canary");
	*ret = (struct route_health){ .room = INT64_MAX, .p99_ms = field_int(health, "p99_ms") };
	if (state != NULL && strcmp(state, "tripped") == 0) {
		ret->room = 0;
		snprintf(ret->tripped, sizeof(ret->tripped), "%s",
		         why != NULL && *why != '\0' ? why : "breaker");
	} else if (canary > 0 && (state == NULL || strcmp(state, "flowing") != 0)) {
		int64_t left = canary - field_int(health, "released");
		ret->room = left > 0 ? left : 0;
	}
}
