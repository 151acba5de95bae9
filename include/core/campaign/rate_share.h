/* rate_share.h - a rate that several share, by what waits at each.
 *
 * Each has a floor, so that it can begin; whoever wants no more than its part leaves the rest to the others, who have
 * the same each. Where nobody wants more than that, all have the same. What is wanted is known in steps of two, and
 * goes down late: so parts change seldom, however much what waits goes up and down. */
#ifndef LICET_CORE_CAMPAIGN_RATE_SHARE_H
#define LICET_CORE_CAMPAIGN_RATE_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_SIZE 16

/* What each of so many, at least one, has of a rate such as "5/s" where all have the same, as a rate again, never
 * rounded up. Returns false if it is none, or if there is less than one a day for each. */
bool rate_share(const char *rate, size_t among, char ret[RATE_SIZE]);

/* How much one wants, as far as parts go by it. */
struct rate_want {
	double step;        /* of equal parts: 0, 1/8, 1/4 … */
	int64_t reached_ms; /* when that much was wanted last; any clock that only goes forward */
};
/* So much is wanted now: per_ms, jobs a millisecond, where an equal part is so many. A step up counts at once, one
 * down once the one before was not reached for a minute. */
void rate_want(struct rate_want *w, double per_ms, double equal_per_ms, int64_t now_ms);

/* The equal part of each of so many, in jobs a millisecond; 0: it is no rate. */
double rate_equal_part(const char *rate, size_t among);
/* The parts of count of them, at most among, of which each wants so much: together never more than count equal parts.
 * Returns false as rate_share() does. */
bool rate_shares(const char *rate, size_t among, const struct rate_want *const *wants, size_t count,
                 char (*ret)[RATE_SIZE]);

/* Is that rate more than this one? None is more than any. */
bool rate_is_more(const char *rate, const char *than);

#endif
