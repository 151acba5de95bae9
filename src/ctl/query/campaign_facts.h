/* campaign_facts.h - what the daemon knows of a campaign and a number, fetched for one answer.
 *
 * The same core functions judge it: law_read, lists_state, campaign_read, decide. */
#ifndef LICET_CTL_QUERY_CAMPAIGN_FACTS_H
#define LICET_CTL_QUERY_CAMPAIGN_FACTS_H

#include "core/decide/decide.h"
#include "ctl/query/query.h"

/* --- this Redis and its daemon ---------------------------------------------------- */

struct redis_health {
	bool known;                   /* false: INFO is not allowed to us */
	char server[16], version[24]; /* "redis" or what else INFO calls itself, and its own version */
	char role[16], policy[24];
	bool aof, full;
	bool alone;          /* there are Sentinels, and it takes writes without a replica */
	int64_t used, limit; /* bytes; limit 0: none */
	char why[200];       /* what of the durability contract is not met; "" if all is */
};
/* The value of a line of INFO; "" if it is not there. */
void info_value(const char *info, const char *name, char *buf, size_t size);
void health_read(struct ctl *ctl, struct redis_health *ret);

/* --- a campaign ----------------------------------------------------------------------- */

struct campaign_facts {
	int64_t at_ms;
	struct hash def, advertiser, source, route, halt, metas[LAW_LISTS_MAX];
	struct campaign c;
	int64_t route_p99_ms; /* from take to done, as measured */
	char breaker[96];     /* why the route's breaker is open; "": it is not */
	struct law law;
	char advertiser_list[ID_MAX + 16];
	struct list_fact list_facts[LAW_LISTS_MAX]; /* of law.lists */
	enum reason lists;
	const char *lists_rule;
	int64_t lists_stale_ms;
	const char *halt_scope, *halt_why; /* NULL: not halted */
	struct place_views views;
};
/* Fetch and judge as of at_ms. Heap; give it to facts_free(). */
struct campaign_facts *facts_read(struct ctl *ctl, const char *id, int64_t at_ms);
/* The same for a definition that is not stored yet; def is taken over. */
struct campaign_facts *facts_read_def(struct ctl *ctl, const char *id, struct hash *def, int64_t at_ms);
void facts_free(struct campaign_facts *cf);

/* The advertiser's own list stands behind the platform's. It is live: it has no meta.
 * name is borrowed. */
void facts_add_advertiser_list(struct law *law, const char *name);
/* Say anew what the states of its lists come to. */
void facts_judge_lists(struct campaign_facts *cf);
/* The state of a list from its meta. */
void facts_of_meta(const char *name, const struct hash *meta, struct list_fact *ret);

/* Why no job of it is released just now, whatever the job: the daemon's gates, the
 * backlog, the rates. now: false where another instant is asked for; then only what
 * does not pass with time counts. rule points into cf, ctl or static text. */
struct brake {
	enum reason reason;
	const char *rule;
	int64_t until_ms;
	char rule_text[200];
};
void brake_read(struct ctl *ctl, const struct campaign_facts *cf, bool now, struct brake *ret);

/* The first instant, from facts->now_ms on, at which every rule says yes, if nothing but time
 * passes; TIME_NONE if time alone will not do. *ret_last is the last decision on the way. */
int64_t facts_next_lawful(struct place_views *views, const struct job *job, const struct facts *facts,
                          struct decision *ret_last);

#endif
