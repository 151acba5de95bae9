/* durations.c - see durations.h. */
#include "core/schedule/durations.h"

#include <assert.h>

int64_t durations_limit_ms(size_t step)
{
	static const int64_t limits[DURATIONS_STEPS] = { 50,    100,   250,   500,    1000,   2500,   5000,
		                                         10000, 30000, 60000, 300000, 900000, 3600000 };
	assert(step < DURATIONS_STEPS);
	return limits[step];
}

void durations_note(struct durations *d, int64_t ms, uint64_t count)
{
	size_t step = 0;
	if (ms < 0)
		ms = 0;
	while (step < DURATIONS_STEPS && ms > durations_limit_ms(step))
		step++;
	d->steps[step] += count;
	d->count += count;
	d->sum_ms += (double)ms * (double)count;
}
