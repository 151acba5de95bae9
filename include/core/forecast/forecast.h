/* forecast.h - when the jobs that wait will have gone out, if nothing but time passes.
 *
 * A model of what licetd does with its lists: jobs of a place go out while the place is
 * open, first the place that closes first, no faster than the rate. The windows, the
 * guard and the holidays are those of place_view_at(), which the daemon asks too; the
 * rate is counted as the commit function counts it. Jobs that wait are known by number
 * only, so that a million of them cost what a hundred do: those of one place that have a
 * time of their own are taken to stand evenly among the others. */
#ifndef LICET_CORE_FORECAST_FORECAST_H
#define LICET_CORE_FORECAST_FORECAST_H

#include "core/campaign/campaign.h"
#include "core/law/rulebook.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More kinds of jobs than these are told apart by the day only. */
#define FORECAST_CLASSES_MAX 200000
#define FORECAST_HORIZON_DAYS 400
#define FORECAST_HOURS 49 /* that are told apart: two days, and the hour that has begun */

struct forecast_class {
	uint32_t place;
	int64_t from_ms;  /* not before; INT64_MIN: at once */
	int64_t until_ms; /* not from then on; INT64_MAX: whenever */
	enum reason why;  /* what it ends with then */
	bool never;       /* it ends with that as soon as the place is open and its turn comes */
	bool any_hour;    /* a person asked for that time: no window counts */
	int64_t count;
};

struct forecast_pace {
	double interval_ms; /* between two releases; 0: no rate */
	double known_ms;    /* where the commit function's pace stands; 0: nothing went out lately */
};

struct forecast_retry { /* of an outcome of retry_outcomes */
	double share;   /* of all calls that end with it and are tried again; 0: none. Their sum is below 1 */
	int64_t delay_ms; /* before the next attempt */
};

struct forecast_cell { /* what goes out in a place on a date there */
	int32_t date;
	uint32_t place;
	int64_t released, left; /* left: of the place, after the last of them */
};

struct forecast;
/* NULL if memory ran out. rb and c must outlive it. The campaign's status is not asked:
 * it is taken to run from start_ms on. */
struct forecast *forecast_new(const struct rulebook *rb, const struct campaign *c, int64_t now_ms);
void forecast_free(struct forecast *f);

/* A place that is to be shown first; those of classes follow by themselves. */
bool forecast_place(struct forecast *f, uint32_t place);
/* More jobs. Returns false if memory ran out. */
bool forecast_add(struct forecast *f, const struct forecast_class *c);
/* Jobs that end at once, wherever they wait. */
void forecast_end(struct forecast *f, enum reason why, int64_t count);

/* What comes back of what goes out. Without it nothing does. */
void forecast_retry(struct forecast *f, const struct forecast_retry how[RETRY_OUTCOMES]);

/* How many jobs of a place are due at an instant, and when the first of the others is
 * (INT64_MAX: there is none). Before forecast_run() as well as after it. */
int64_t forecast_due(const struct forecast *f, uint32_t place, int64_t at_ms, int64_t *ret_next_ms);

struct forecast_result {
	int64_t total;          /* all that were added */
	int64_t again;          /* calls that came back, to be tried again */
	int64_t released, left; /* releases, those of what came back included; still waiting at the horizon */
	int64_t first_ms, last_ms; /* releases; TIME_NONE: none */
	int64_t never[REASON_COUNT];
	int64_t never_count; /* their sum */
	bool end_first;      /* the campaign's end came before some of them */
	bool coarse;         /* there were too many kinds to tell all of them apart */
	size_t place_count;
	const uint32_t *places; /* in order; each once */
	const int64_t *totals;  /* what waits in each at the beginning */
	size_t cell_count;
	const struct forecast_cell *cells; /* by date */
	int64_t hours_from_ms;             /* releases by the hour, from then on */
	const int64_t *hours;              /* FORECAST_HOURS of them */
};
/* From the beginning, as often as wanted. *ret belongs to f, until the next run. Returns false if memory ran out. */
bool forecast_run(struct forecast *f, const struct forecast_pace *pace, struct forecast_result *ret);

#endif
