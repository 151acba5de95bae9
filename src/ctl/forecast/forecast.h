/* forecast.h - the forecast of a campaign as licetctl sees it: what waits in Redis, judged
 * by the daemon's own rules and run through the model of core/forecast.h. */
#ifndef LICET_CTL_FORECAST_FORECAST_H
#define LICET_CTL_FORECAST_FORECAST_H

#include "core/forecast/outline.h"
#include "ctl/query/campaign_facts.h"

struct outlook {
	struct campaign_facts *cf;
	struct campaign c; /* the same campaign as if nothing stood in its way */
	/* why nothing of it moves at this instant; REASON_ALLOWED: it may */
	enum reason blocked;
	char blocked_rule[160];
	struct forecast_pace pace;
	enum rate_source rate_from;
	struct forecast_limits limits;
	struct forecast_band band;
	double route_share_per_h; /* of a route that others use too; 0: it is alone there */
	int sharers, ahead;       /* other campaigns of the route: its equals, and of a higher priority */
	int64_t waiting, ready, taken;
	int64_t calls;           /* with a known outcome, that the shares below rest on */
	double tried_again;      /* share of calls that come back; 0: none, or nobody knows */
	bool duplicates_unknown; /* too many to look for those that are there twice */
	bool estimated;          /* from a sample and counters, not from every job */
	struct forecast *model;
	struct forecast_result r;
	int64_t at_ms;
};

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

#endif
