/* arrivals.h - since when the jobs of a queue have been seen there.
 *
 * A queue keeps no times. So whoever looks notes how far it reached: the jobs that were ever taken
 * from it, and those that it has. A job is as old as the first look that reached its position. Of
 * many looks the later ones are kept less closely: then an age is said too high, never too low. */
#ifndef LICET_CORE_SCHEDULE_ARRIVALS_H
#define LICET_CORE_SCHEDULE_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

#define ARRIVALS_MAX 8 /* looks that are remembered */

struct arrivals { /* zeroed: none yet */
	struct {
		int64_t upto;  /* positions below it were there */
		int64_t at_ms; /* monotonic */
	} looks[ARRIVALS_MAX];
	size_t count;
};

/* A look: taken jobs have ever left the queue at its head, queued are in it now. */
void arrivals_look(struct arrivals *a, int64_t taken, int64_t queued, int64_t now_ms);
/* When the job of that position, counted from 0, was first seen; otherwise_ms: by no look. */
int64_t arrivals_seen_ms(const struct arrivals *a, int64_t position, int64_t otherwise_ms);

#endif
