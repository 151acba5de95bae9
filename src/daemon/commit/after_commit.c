/* after_commit.c - what a batch that moved tells of its campaign: where its jobs wait, until when, and
 * why nothing of a list went. */
#include "daemon/commit/after_commit.h"

#include "core/number/place.h"
#include "daemon/commit/batch.h"
#include "daemon/model/runs.h"

#include <stdio.h>

static void note_targets(struct batch *batch)
{
	struct run *run = batch->run;
	for (size_t i = 0; i < batch->n; i++) {
		struct batch_job *s = &batch->jobs[i];
		int64_t until_ms;
		if (s->group != GROUP_LISTED || reason_verdict(s->dec.reason) != VERDICT_HOLD)
			continue;
		if (job_waits_for_time(s, batch->now_ms, &until_ms)) {
			run->jobs.later_count++;
			if (run->jobs.later_first_ms == TIME_NONE || until_ms < run->jobs.later_first_ms) {
				run->jobs.later_first_ms = until_ms;
				run->jobs.later_why = s->dec.reason == REASON_CAP_REACHED ? REASON_CAP_REACHED
				                                                          : REASON_NOT_BEFORE;
				run->jobs.later_retry = s->form.attempt > 1;
			}
			continue;
		}
		char name[PLACE_NAME_SIZE];
		struct held_list *held =
		    run_held(batch->d, run, place_name(batch->d->rb, s->dec.place, name));
		if (held != NULL)
			held->count++;
	}
}

/* If every job of a held batch returned to the same list, and not because of a rate or a backlog,
 * leave that list alone for REST_MS: else licetd would read it without end. Keep what stood in
 * the way, for those who ask why nothing goes. */
void batch_rest(const struct batch *batch, struct held_list *source, int64_t progress)
{
	const struct batch_job *first = NULL;
	source->stuck = REASON_ALLOWED;
	for (size_t i = 0; i < batch->n; i++) {
		const struct batch_job *s = &batch->jobs[i];
		if (s->dec.reason == REASON_ROUTE_FULL || s->dec.reason == REASON_ROUTE_BREAKER ||
		    s->dec.reason == REASON_RATE_LIMIT)
			return;
		if (first == NULL && reason_verdict(s->dec.reason) == VERDICT_HOLD)
			first = s;
	}
	if (progress > 0 || batch->n == 0)
		return;
	schedule_rest(source, batch->now_ms + REST_MS, first != NULL ? first->dec.reason : REASON_ALLOWED,
	              first != NULL ? first->dec.rule : "");
}

/* Places that jobs are released to are published too. */
static void note_places(struct batch *batch)
{
	uint32_t noted = 0;
	char name[PLACE_NAME_SIZE];
	for (size_t i = 0; i < batch->n; i++) {
		const struct batch_job *s = &batch->jobs[i];
		if (s->group != GROUP_RELEASE || s->dec.place == noted)
			continue;
		noted = s->dec.place;
		run_held(batch->d, batch->run, place_name(batch->d->rb, noted, name));
	}
}

void batch_learn(struct batch *batch)
{
	note_targets(batch);
	note_places(batch);
}
