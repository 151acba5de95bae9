/* forecast.h - the forecast of a campaign as licetctl sees it: what waits in Redis, judged
 * by the daemon's own rules and run through the model of core/forecast.h. */
#ifndef LICET_CTL_FORECAST_FORECAST_H
#define LICET_CTL_FORECAST_FORECAST_H

#include "core/forecast/forecast.h"
#include "ctl/query/campaign_facts.h"

/* Where the rate comes from. */
enum rate_source { RATE_NONE, RATE_CAMPAIGN, RATE_ROUTE, RATE_GIVEN, RATE_MEASURED };

struct outlook {
	struct campaign_facts *cf;
	struct campaign c; /* the same campaign as if nothing stood in its way */
	/* why nothing of it moves at this instant; REASON_ALLOWED: it may */
	enum reason blocked;
	char blocked_rule[160];
	struct forecast_pace pace;
	enum rate_source rate_from;
	double route_share_per_h; /* of a route that others use too; 0: it is alone there */
	int sharers, ahead;       /* other campaigns of the route: its equals, and of a higher priority */
	int64_t waiting, ready, taken;
	bool duplicates_unknown; /* too many to look for those that are there twice */
	bool estimated;          /* from a sample and counters, not from every job */
	struct forecast *model;
	struct forecast_result r;
	int64_t at_ms;
};
/* Read everything that waits. given_ms: the rate that was asked for, 0: none. Heap. */
struct outlook *outlook_read(struct ctl *ctl, const char *campaign, double given_ms);
/* The same from counters and the first jobs of queue and time-ordered set: no more commands
 * for a million jobs than for one. alone: as if no other campaign used its route. */
struct outlook *outlook_estimate(struct ctl *ctl, const char *campaign, bool alone);
void outlook_free(struct outlook *o);

/* Will it be done before its end? If not, say so in one line on standard error. Silent where
 * we may not read what that depends on: whoever only queues jobs has done what it could. */
void outlook_warn(struct ctl *ctl, const char *campaign);
/* May we read what a forecast reads, and what is known of numbers? */
bool outlook_may_judge(struct ctl *ctl, const char *campaign);

/* waiting_model.c, for estimate.c: an outlook without jobs; its rate; run the model. */
struct outlook *outlook_begin(struct ctl *ctl, const char *campaign);
void outlook_find_pace(struct ctl *ctl, struct outlook *o, double given_ms, bool alone);
void outlook_run(struct outlook *o);

/* When nothing of it waits any more: the last release or, if that comes first, its end;
 * TIME_NONE: not within the horizon. */
int64_t outlook_finish(const struct outlook *o);

/* forecast_text.c */
void outlook_print(const struct ctl *ctl, const struct outlook *o);
/* forecast.c */
json_t *outlook_json(struct ctl *ctl, const struct outlook *o);
/* What it takes for granted, one sentence each; NULL after the last. The texts live until the
 * next call. */
const char *outlook_assumes(const struct outlook *o, size_t i);

/* The days of a forecast, from the first release to the last. */
struct outlook_day {
	int32_t date;
	int64_t released, left;
	const char *closed;                /* why nothing goes out: a holiday's name, "weekend" or "" */
	const struct forecast_cell *cells; /* of that date */
	size_t cell_count;
};
/* The next day; begin with { .date = INT32_MIN }. */
bool outlook_day_next(const struct ctl *ctl, const struct outlook *o, struct outlook_day *day);

/* --- one job by itself -------------------------------------------------------------------- */

struct waiting_job;
struct sorting;
/* What becomes of a job if nothing but time passes: lists stay fresh, and what stops the whole
 * campaign (outlook.blocked) is lifted. */
enum fate_kind { FATE_NOW, FATE_LATER, FATE_NEVER, FATE_UNKNOWN };
struct fate {
	enum fate_kind kind;
	enum reason reason; /* of now: why not now, or never */
	const char *rule;
	int64_t at_ms;  /* when it may go first, before rates; TIME_NONE: never, or nobody knows */
	uint32_t place; /* 0: none */
};
struct sorting *sorting_new(struct ctl *ctl, struct outlook *o);
void sorting_free(struct sorting *s);
/* Second ones among all that were asked are duplicates. */
void sorting_fate(struct sorting *s, const struct waiting_job *j, struct fate *ret);

/* --- bars ----------------------------------------------------------------------------- */

/* A bar of n out of most, at most width characters: eighths of a block where the terminal
 * can, else "#". Returns buf. */
#define BAR_SIZE 256
char *bar_text(const struct ctl *ctl, int64_t n, int64_t most, int width, char buf[BAR_SIZE]);

/* --- marks ----------------------------------------------------------------------------- */

/* A set of fingerprints: was that number, id or person met before? Bounded. */
struct marks;
struct marks *marks_new(void);
void marks_free(struct marks *m);
/* Returns true if it was there. Beyond its bound it knows nothing new any more. */
bool marks_note(struct marks *m, const char *kind, const char *text);
bool marks_full(const struct marks *m);

#endif
