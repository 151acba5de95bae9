/* rate_share.h - a rate that several share. */
#ifndef LICET_CORE_CAMPAIGN_RATE_SHARE_H
#define LICET_CORE_CAMPAIGN_RATE_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#define RATE_SIZE 16

/* What each of so many, at least one, has of a rate such as "5/s", as a rate again, never rounded up. Returns false if
 * it is none, or if there is less than one a day for each. */
bool rate_share(const char *rate, size_t among, char ret[RATE_SIZE]);

#endif
