/* outline.h - what a forecast is made of besides the jobs, and what it comes to: the pace and where it is
 * known from, what is tried again, the end and how sure it is, the days. licetctl and licetd both ask here, so
 * that a command and the page say the same. */
#ifndef LICET_CORE_FORECAST_OUTLINE_H
#define LICET_CORE_FORECAST_OUTLINE_H

#include "core/campaign/pace.h"
#include "core/forecast/forecast.h"
#include "core/forecast/history.h"

/* --- pace -------------------------------------------------------------------------------------- */

/* Where it is known from. */
enum rate_source { RATE_NONE, RATE_CAMPAIGN, RATE_ROUTE, RATE_GIVEN, RATE_HISTORY, RATE_MEASURED };
/* "none", "campaign", "route", "given", "history" or "measured". */
const char *rate_source_name(enum rate_source source);

/* What is known of how fast jobs go out: ms between two of them; 0: not known, or no limit. */
struct forecast_limits {
	double campaign_ms, campaign_known_ms; /* its rate, and where licet_commit's pace stands */
	double route_ms, route_known_ms;       /* its share of the rate of its route */
	double given_ms;                       /* by who asks */
	double history_ms, fast_ms, slow_ms;   /* of the middle hour, and of the quarters above and below */
	size_t history_hours;
	double measured_ms; /* over the last minutes */
};
/* From the history; nothing where that tells too little. */
void forecast_limit_history(struct forecast_limits *l, const struct history *h, int64_t now_ms);
/* The slowest of what limits it; where nothing does, how it went lately. */
enum rate_source forecast_pace_of(const struct forecast_limits *l, struct forecast_pace *ret);

/* What other campaigns of its route take of the rate of that route. */
#define FORECAST_SHARERS_MAX 500
struct forecast_shares { /* zeroed: none yet */
	struct pace_share list[FORECAST_SHARERS_MAX];
	size_t count;
	double taken;       /* jobs per ms, by those of a higher priority */
	int sharers, ahead; /* its equals, and those of a higher priority */
};
/* Another campaign: does it want a part of it now? */
void forecast_share_note(struct forecast_shares *s, const struct campaign *own, const struct campaign *other,
                         bool halted, int64_t waiting, int64_t now_ms);
/* What is left for this one, in ms between two jobs; 0: the route has no rate. */
double forecast_share_ms(const struct forecast_shares *s, const struct campaign *own);

/* The same campaign as if nothing stood in its way but time: faults, a pause, a history that nobody declared. One that
 * is stopped ends now. */
void forecast_unblock(struct campaign *c, int64_t now_ms);

/* --- retries ------------------------------------------------------------------------------------ */

/* Of calls with an outcome: how many ended with each that may be tried again. Fills how, for forecast_retry(),
 * and returns the share of calls that come back; 0: none, or too few have an outcome to tell. */
double forecast_retries(const struct campaign *c, int64_t calls, const int64_t ended[RETRY_OUTCOMES],
                        struct forecast_retry how[RETRY_OUTCOMES]);

/* --- what it comes to ----------------------------------------------------------------------------- */

/* When nothing of it waits any more: the last release or, if that comes first, its end; TIME_NONE: not within
 * the horizon. */
int64_t forecast_finish(const struct forecast_result *r, const struct campaign *c, int64_t now_ms);

/* Between when and when it ends: as fast as its limits and the better hours of late let it, and as slowly as
 * the worse ones did. Equal where there is no history. Runs the model twice. Returns false if memory ran out. */
struct forecast_band {
	int64_t early_ms, late_ms;      /* TIME_NONE: not within the horizon */
	double early_per_h, late_per_h; /* 0: no limit */
};
bool forecast_band(struct forecast *f, const struct campaign *c, int64_t now_ms,
                   const struct forecast_limits *l, struct forecast_band *ret);

/* The days of a forecast, from the first release to the last. */
struct forecast_day {
	int32_t date;
	int64_t released, left;
	const char *closed;                /* why nothing goes out: a holiday's name, "weekend" or "" */
	const struct forecast_cell *cells; /* of that date */
	size_t cell_count;
};
/* The next day; begin with { .date = INT32_MIN }. */
bool forecast_day_next(const struct rulebook *rb, const struct forecast_result *r, struct forecast_day *day);

/* Why nothing of these places goes out on a date: a holiday's name, "weekend" or "". */
const char *forecast_closed(const struct rulebook *rb, const uint32_t *places, size_t count, int32_t date);

#endif
