/* turn.c - see turn.h. */
#include "daemon/base/turn.h"

#include <event2/event.h>

int64_t turn_now(const struct daemon *d)
{
	return clock_now_ms(&d->clock);
}

void turn_soon(struct daemon *d)
{
	static const struct timeval at_once = { 0, 0 };
	if (d->soon != NULL && !event_pending(d->soon, EV_TIMEOUT, NULL))
		event_add(d->soon, &at_once);
}

bool turn_due(int64_t *last_ms, int64_t every_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	/* The tick comes a little early or late: not one tick later for a millisecond. */
	if (now_ms - *last_ms < every_ms - TICK_MS / 2)
		return false;
	*last_ms = now_ms;
	return true;
}

void turn_end(struct daemon *d)
{
	d->draining = true;
	turn_soon(d);
}

void turn_moved(struct daemon *d)
{
	d->progress_ms = clock_monotonic_ms();
}

void turn_want(struct daemon *d, enum want want)
{
	d->wanted |= (unsigned)want;
	turn_soon(d);
}

bool turn_take(struct daemon *d, enum want want)
{
	bool was = (d->wanted & (unsigned)want) != 0;
	d->wanted &= ~(unsigned)want;
	return was;
}
