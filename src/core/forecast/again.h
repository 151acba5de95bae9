/* again.h - calls that are tried again: of those that go out a share comes back after a while, and goes through
 * windows and rates with the others. */
#ifndef LICET_CORE_FORECAST_AGAIN_H
#define LICET_CORE_FORECAST_AGAIN_H

#include "core/forecast/forecast.h"

struct again_batch {
	int64_t at_ms, count;
	size_t line; /* whatever the caller counts by */
};
struct again {
	struct forecast_retry how[RETRY_OUTCOMES];
	struct {
		struct again_batch *list; /* by time: a delay is the same for all */
		size_t at, count, capacity;
		double carry; /* less than a whole job */
	} waiting[RETRY_OUTCOMES];
	bool failed; /* memory ran out */
};

void again_done(struct again *a);
/* Nothing went out yet; what comes back of it stays as it was said. */
void again_rewind(struct again *a);
/* Does any call come back at all? */
bool again_is_on(const struct again *a);
/* So many went out of a line, the last at that instant, which is no earlier than in any call before. */
void again_add(struct again *a, size_t line, int64_t ms, int64_t count);
/* Those that are back by t, one batch a call. Returns false when there is none left. */
bool again_take(struct again *a, int64_t t, struct again_batch *ret);
/* When the next comes back; INT64_MAX: none does. */
int64_t again_next(const struct again *a);

#endif
