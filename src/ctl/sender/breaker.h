/* breaker.h - what a route's outcomes say of it; src/lua/05_health.lua keeps it. */
#ifndef LICET_CTL_SENDER_BREAKER_H
#define LICET_CTL_SENDER_BREAKER_H

#include "ctl/query/query.h"

#include <jansson.h>

/* {"state": "none" | "canary" | "flowing" | "tripped", "since", "why", "canary", "released",
 * "breaker_pct", "looked", "failed", "p99_ms", "reset_at", "reset_by", "reset_why"}. "none":
 * nobody declared a canary or a breaker. looked and failed are of the last outcomes. */
json_t *health_json(struct ctl *ctl, const char *route);

/* One line for people; "" where there is nothing to say. Heap. */
char *health_text(const json_t *health, bool french);

#endif
