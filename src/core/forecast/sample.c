/* sample.c - see sample.h. */
#include "core/forecast/sample.h"

#include "core/decide/decide.h"
#include "core/job/job.h"

#define PLACES_MAX 64

bool forecast_sample_held(const struct forecast_sampler *s, uint32_t place, int64_t count)
{
	const struct forecast_class c = {
		.place = place, .from_ms = INT64_MIN, .until_ms = INT64_MAX, .count = count
	};
	return forecast_add(s->f, &c);
}

/* Where a job may be called, whatever else is true of it; 0: nowhere. */
static uint32_t place_of(const struct forecast_sampler *s, const char *text, size_t len)
{
	struct facts facts = { .now_ms = s->now_ms,
		               .campaign = s->c,
		               .lists = REASON_ALLOWED,
		               .lists_rule = "",
		               .lists_stale_ms = INT64_MAX,
		               .brake_rule = "" };
	struct decision dec = { 0 };
	struct fault fault;
	struct job job;
	if (job_parse(text, len, &job, &fault))
		decide(s->views, &job, &facts, &dec, NULL);
	job_done(&job);
	return dec.place;
}

bool forecast_sample_queue(const struct forecast_sampler *s, const struct forecast_sample *jobs, size_t count,
                           int64_t length)
{
	uint32_t places[PLACES_MAX];
	int64_t counts[PLACES_MAX] = { 0 };
	size_t n = 0;
	bool added = true;
	for (size_t i = 0; i < count; i++) {
		uint32_t place = place_of(s, jobs[i].text, jobs[i].len);
		size_t k = 0;
		while (k < n && places[k] != place)
			k++;
		if (place == 0 || k == PLACES_MAX)
			continue;
		if (k == n)
			places[n++] = place;
		counts[k]++;
	}
	for (size_t k = 0; k < n; k++)
		added = added && forecast_sample_held(s, places[k], counts[k] * length / (int64_t)count);
	return added;
}

bool forecast_sample_later(const struct forecast_sampler *s, const struct forecast_sample *jobs, size_t count,
                           int64_t length)
{
	bool added = true;
	for (size_t i = 0; i < count; i++) {
		struct stored_job stored = stored_job_read(jobs[i].text, jobs[i].len);
		struct forecast_class c = { .place = place_of(s, stored.json, stored.len),
			                    .from_ms = jobs[i].from_ms,
			                    .until_ms = INT64_MAX,
			                    .count = i + 1 < count ? 1 : length - (int64_t)i };
		if (c.place != 0)
			added = added && forecast_add(s->f, &c);
	}
	return added;
}
