/* runs.c - see runs.h. */
#include "daemon/model/runs.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "daemon/model/hashes.h"
#include "daemon/model/views.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run *run_find(const struct daemon *d, const char *id)
{
	for (size_t i = 0; i < d->run_count; i++)
		if (strcmp(d->runs[i]->id, id) == 0)
			return d->runs[i];
	return NULL;
}

struct run *run_add(struct daemon *d, const char *id)
{
	struct run *run = mem_zero(sizeof(*run));
	snprintf(run->id, sizeof(run->id), "%s", id);
	run->views = views_take(d, NULL);
	run->jobs.later_first_ms = TIME_NONE;
	strcpy(run->pace, "0");
	strcpy(run->route_pace, "0");
	d->runs = mem_grow(d->runs, &d->run_capacity, d->run_count, sizeof(struct run *));
	run->sched = (struct scheduled){ .sit = &run->sit,
		                         .jobs = &run->jobs,
		                         .views = run->views,
		                         .wrong_key = run->wrong_key,
		                         .blocked = "" };
	d->runs[d->run_count++] = run;
	d->keys_known++;
	return run;
}

static void run_free(struct daemon *d, struct run *run)
{
	hash_clear(&run->def);
	for (size_t i = 0; i < run->jobs.held_count; i++)
		free(run->jobs.helds[i].name);
	free(run->jobs.helds);
	views_give(d, run->views);
	free(run->defs_text);
	free(run->dates_text);
	free(run->tail);
	free(run->facts_text);
	free(run->published);
	free(run);
}

static bool is_busy(const struct run *run)
{
	bool busy = run->jobs.queue.in_flight > 0 || run->jobs.later.in_flight > 0;
	for (size_t i = 0; i < run->jobs.held_count; i++)
		busy = busy || run->jobs.helds[i].source.in_flight > 0;
	return busy;
}

void runs_sweep(struct daemon *d)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (run->listed || is_busy(run))
			d->runs[kept++] = run;
		else
			run_free(d, run);
	}
	d->run_count = kept;
}

void runs_close(struct daemon *d)
{
	for (size_t i = 0; i < d->run_count; i++)
		run_free(d, d->runs[i]);
	free(d->runs);
}

void runs_schedule(struct daemon *d)
{
	struct schedule *s = &d->schedule;
	for (s->count = 0; s->count < d->run_count; s->count++) {
		s->list = mem_grow(s->list, &d->schedule_capacity, s->count, sizeof(*s->list));
		s->list[s->count] = &d->runs[s->count]->sched;
	}
	/* Nobody in it may have gone. */
	free(s->work);
	s->work = mem_zero((s->count + 1) * sizeof(*s->work));
	s->work_count = 0;
}

struct held_list *run_held(struct daemon *d, struct run *run, const char *name)
{
	uint32_t place;
	for (size_t i = 0; i < run->jobs.held_count; i++)
		if (strcmp(run->jobs.helds[i].name, name) == 0)
			return &run->jobs.helds[i];
	if (!place_parse(d->rb, name, strlen(name), &place))
		return NULL;
	run->jobs.helds = mem_grow(run->jobs.helds, &run->jobs.held_capacity, run->jobs.held_count,
	                           sizeof(struct held_list));
	struct held_list *held = &run->jobs.helds[run->jobs.held_count++];
	*held = (struct held_list){ .place = place, .name = mem_copy(name) };
	return held;
}

void run_counters(struct daemon *d, struct run *run, const struct redis_reply *flat)
{
	static const char held_prefix[] = "held.";
	for (size_t i = 0; i < run->jobs.held_count; i++)
		run->jobs.helds[i].count = 0;
	run->jobs.intake = run->jobs.held = run->jobs.ready = run->jobs.taken = run->jobs.unknown = 0;
	for (size_t i = 0; i + 1 < reply_count(flat); i += 2) {
		size_t len;
		const char *name = reply_text(reply_at(flat, i), &len);
		int64_t value = reply_int(reply_at(flat, i + 1), 0);
		if (strncmp(name, held_prefix, strlen(held_prefix)) == 0) {
			struct held_list *held =
			    value > 0 ? run_held(d, run, name + strlen(held_prefix)) : NULL;
			if (held != NULL)
				held->count = value;
		} else if (strcmp(name, "intake") == 0) {
			run->jobs.intake = value;
		} else if (strcmp(name, "held") == 0) {
			run->jobs.held = value;
		} else if (strcmp(name, "ready") == 0) {
			run->jobs.ready = value;
		} else if (strcmp(name, "taken") == 0) {
			run->jobs.taken = value;
		} else if (strcmp(name, "unknown") == 0) {
			run->jobs.unknown = value;
		}
	}
}
