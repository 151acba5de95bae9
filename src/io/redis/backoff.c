/* backoff.c - see backoff.h. */
#include "io/redis/backoff.h"

#include <event2/util.h>

#define BACKOFF_MAX_MS 5000
#define BACKOFF_GUIDE_MS 1000

int64_t backoff_ms(int *attempts, bool guided)
{
	int64_t ceiling = guided ? BACKOFF_GUIDE_MS : BACKOFF_MAX_MS;
	uint32_t random;

	if ((int64_t)(2 * BACKOFF_MIN_MS) << *attempts < ceiling)
		ceiling = (int64_t)(2 * BACKOFF_MIN_MS) << (*attempts)++;
	evutil_secure_rng_get_bytes(&random, sizeof(random));
	return BACKOFF_MIN_MS + random % (ceiling - BACKOFF_MIN_MS + 1);
}
