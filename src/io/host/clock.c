/* clock.c - the only owner of now; see clock.h. */
#include "io/host/clock.h"

#include <time.h>

static int64_t clock_read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_ms(const struct clock_source *clock)
{
	return clock_from_wall(clock, clock_wall_ms());
}

int64_t clock_from_wall(const struct clock_source *clock, int64_t wall_ms)
{
	if (!clock->simulated)
		return wall_ms;
	return clock->sim_base_ms + (int64_t)((double)(wall_ms - clock->real_base_ms) * clock->speed);
}

void clock_simulate(struct clock_source *clock, int64_t base_ms, double speed)
{
	*clock = (struct clock_source){
		.simulated = true, .sim_base_ms = base_ms, .real_base_ms = clock_wall_ms(), .speed = speed
	};
}
