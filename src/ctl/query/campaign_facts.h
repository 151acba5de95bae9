/* campaign_facts.h - what the daemon knows of a campaign and a number, fetched for one answer.
 *
 * The same core functions judge it: situation, standing, decide. */
#ifndef LICET_CTL_QUERY_CAMPAIGN_FACTS_H
#define LICET_CTL_QUERY_CAMPAIGN_FACTS_H

#include "core/campaign/route_health.h"
#include "core/campaign/situation.h"
#include "core/decide/decide.h"
#include "ctl/query/query.h"
#include "io/redis/policy.h"

struct campaign_facts {
	int64_t at_ms;
	struct hash def, advertiser, source, route, halt, state, metas[LAW_LISTS_MAX];
	struct situation sit;
	struct route_health health;
	struct place_views views;
};
/* Fetch and judge as of at_ms. Heap; give it to facts_free(). */
struct campaign_facts *facts_read(struct ctl *ctl, const char *id, int64_t at_ms);
/* The same for a definition that is not stored yet; def is taken over. */
struct campaign_facts *facts_read_def(struct ctl *ctl, const char *id, struct hash *def, int64_t at_ms);
void facts_free(struct campaign_facts *cf);

/* Is this Redis one that keeps what it was told? Returns false if INFO is not told. */
bool ask_policy(struct ctl *ctl, struct redis_policy *ret);

/* The first instant, from facts->now_ms on, at which every rule says yes, if nothing but time
 * passes; TIME_NONE if time alone will not do. *ret_last is the last decision on the way. */
int64_t facts_next_lawful(struct place_views *views, const struct job *job, const struct facts *facts,
                          struct decision *ret_last);

#endif
