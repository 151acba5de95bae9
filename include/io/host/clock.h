/* clock.h - the only owner of now.
 *
 * Everything else gets now_ms passed in. The clock is the wall clock or, for
 * rehearsals, a simulated one: base instant + (real time since start) * speed. */
#ifndef LICET_IO_HOST_CLOCK_H
#define LICET_IO_HOST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_source {
	bool simulated;
	int64_t sim_base_ms;  /* simulated instant at real_base_ms */
	int64_t real_base_ms; /* wall clock at which the simulation began */
	double speed;         /* simulated ms per real ms */
};

/* UTC ms of the real wall clock (CLOCK_REALTIME, not cached). */
int64_t clock_wall_ms(void);
/* Monotonic ms, for deadlines only. */
int64_t clock_monotonic_ms(void);
/* The same in microseconds, for what takes less than a millisecond. */
int64_t clock_monotonic_us(void);
/* UTC ms as this source tells it. */
int64_t clock_now_ms(const struct clock_source *clock);
/* What a wall clock reading (such as Redis TIME) is on this source. */
int64_t clock_from_wall(const struct clock_source *clock, int64_t wall_ms);
void clock_simulate(struct clock_source *clock, int64_t base_ms, double speed);

#endif
