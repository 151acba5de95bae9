/* calm.c - see calm.h. */
#include "daemon/health/calm.h"

#include "daemon/health/gates.h"

#define STILL_MS 5000

/* Is there nothing that licetd does of itself? What comes from outside, the watch tells. */
static bool is_still(const struct daemon *d)
{
	if (d->schedule.in_flight > 0 || d->reload_wanted || d->draining || !d->catalog_known ||
	    !d->clock_checked || d->clock_doubt || d->space_why[0] != '\0' || d->reading_refused[0] != '\0')
		return false;
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		if (run->listed && (run->jobs.claims || run->jobs.queue_len > 0 || run->batch_cancel))
			return false;
	}
	return health_good(d);
}

void calm_turn(struct daemon *d, bool blind)
{
	if (d->space[0] == '\0')
		return;
	if (blind || !is_still(d))
		calm_stir(d);
	d->calm = clock_monotonic_ms() - d->stirred_ms >= STILL_MS;
}

void calm_stir(struct daemon *d)
{
	d->stirred_ms = clock_monotonic_ms();
	d->calm = false;
}

int64_t calm_every(const struct daemon *d, int64_t ms, int64_t calm_ms)
{
	return d->calm && calm_ms > ms ? calm_ms : ms;
}
