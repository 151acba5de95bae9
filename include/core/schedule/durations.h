/* durations.h - how long something took, counted by steps: a histogram as Prometheus has them. */
#ifndef LICET_CORE_SCHEDULE_DURATIONS_H
#define LICET_CORE_SCHEDULE_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

#define DURATIONS_STEPS 13

struct durations { /* zeroed: nothing was counted */
	uint64_t steps[DURATIONS_STEPS +
	               1]; /* up to each limit and above the one before; the last: more than all */
	uint64_t count;    /* their sum */
	double sum_ms;
};

/* The greatest duration of a step, in ms; each is larger than the one before. */
int64_t durations_limit_ms(size_t step);
/* So many took so long. What is below 0 counts as 0: clocks differ. */
void durations_note(struct durations *d, int64_t ms, uint64_t count);

#endif
