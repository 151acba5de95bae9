/* standing_now.h - what licetctl tells the core's judge of standing: what licetd last said of its
 * gates, and what stands in Redis of the campaign's route and jobs. */
#ifndef LICET_CTL_QUERY_STANDING_NOW_H
#define LICET_CTL_QUERY_STANDING_NOW_H

#include "core/campaign/route_health.h"
#include "core/campaign/standing.h"
#include "ctl/query/campaign_facts.h"

/* A question to the judge, with all that it points into. */
struct standing_now {
	struct standing_input in;
	struct gates gates;
	struct route_now route;
	struct jobs_now jobs;
	struct route_health health;
	char gate_rule[400], blocked[200];
	bool told; /* a licetd runs, and says what it knows */
};

/* Of jobs that wait, as of cf->at_ms. now: gates, breaker and rates are asked for; else only what time
 * does not change. cf must outlive it. */
void standing_now_read(struct ctl *ctl, struct campaign_facts *cf, bool now, struct standing_now *ret);

#endif
