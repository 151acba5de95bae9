/* sample.h - a forecast from counts and a few of the jobs, where not all of them are read. */
#ifndef LICET_CORE_FORECAST_SAMPLE_H
#define LICET_CORE_FORECAST_SAMPLE_H

#include "core/forecast/forecast.h"
#include "core/law/binding.h"

struct forecast_sample { /* a job, as it was stored */
	const char *text;
	size_t len;
	int64_t from_ms; /* of one that waits for a time */
};
/* What the first jobs stand for: of a campaign, at an instant; views may be changed. */
struct forecast_sampler {
	struct forecast *f;
	const struct campaign *c;
	struct place_views *views;
	int64_t now_ms;
};

/* Jobs that wait in a place. All return false if memory ran out. */
bool forecast_sample_held(const struct forecast_sampler *s, uint32_t place, int64_t count);
/* The jobs of a queue are where the first of them are. length: how many there are. */
bool forecast_sample_queue(const struct forecast_sampler *s, const struct forecast_sample *jobs, size_t count,
                           int64_t length);
/* Those that wait for a time: the first of them, in order; the rest go as the last of these. */
bool forecast_sample_later(const struct forecast_sampler *s, const struct forecast_sample *jobs, size_t count,
                           int64_t length);

#endif
