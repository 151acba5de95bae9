/* standing_now.c - see standing_now.h. */
#include "ctl/query/standing_now.h"

#include "core/campaign/pace.h"
#include "io/redis/policy.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

/* licetd runs and says which of its gates is closed; the first one is all that counts. Returns false
 * where none runs. */
static bool gates_told(const struct hash *daemon, struct standing_now *n)
{
	const char *gate = hash_get(daemon, "gate"), *rule = hash_get(daemon, "gate_rule");

	if (gate == NULL)
		return false;
	if (reason_find(gate, strlen(gate), &n->gates.told))
		snprintf(n->gate_rule, sizeof(n->gate_rule), "%s", rule != NULL ? rule : "");
	n->gates.told_rule = n->gate_rule;
	return true;
}

static bool is_unsigned(struct ctl *ctl)
{
	return ctl_conf(ctl)->require_approved && ctl_rulebook(ctl)->approved_by[0] == '\0';
}

/* What this command sees itself: nobody compared clocks, or asked replicas. */
static void gates_seen(struct ctl *ctl, struct standing_now *n)
{
	const struct conf *conf = ctl_conf(ctl);
	struct redis_policy policy;

	n->gates.unsigned_law = is_unsigned(ctl);
	if (!ask_policy(ctl, &policy))
		return;
	n->gates.memory_full = policy.full;
	snprintf(n->gate_rule, sizeof(n->gate_rule), "%s", conf->redis_policy_strict ? policy.why : "");
	n->gates.policy = n->gate_rule;
}

static void read_gates(struct ctl *ctl, struct standing_now *n)
{
	char key[KEY_SIZE];
	struct hash daemon;

	hash_read(ctl, key_of(ctl_conf(ctl)->prefix, "daemon", ctl->conf.instance, key), &daemon);
	n->told = gates_told(&daemon, n);
	if (!n->told)
		gates_seen(ctl, n);
	hash_done(&daemon);
}

static void read_route(struct ctl *ctl, const struct campaign_facts *cf, struct standing_now *n)
{
	const char *prefix = ctl->conf.prefix, *route = cf->sit.c.route;
	char key[KEY_SIZE];

	n->health = cf->health;
	n->route = (struct route_now){ .tripped = n->health.tripped, .room = n->health.room, .claimed = -1 };
	if (*route == '\0')
		return;
	n->route.ready = ask_count(ctl, "LLEN", key_ready(prefix, route, "", key));
	if (cf->sit.c.route_concurrent > 0)
		n->route.out =
		    n->route.ready + ask_count(ctl, "HLEN", key_ready(prefix, route, ":lease", key));
	if (cf->sit.c.route_interval_ms > 0)
		n->route.pace_ms = ask_pace(ctl, key_ready(prefix, route, ":pace", key));
	n->in.route = &n->route;
}

/* What nobody but licetd can know: it says so in the campaign's state. Whatever comes before it in the
 * order did not hold then. */
static void take_told(const struct campaign_facts *cf, struct standing_now *n)
{
	const char *because = hash_get(&cf->state, "because"), *rule = hash_get(&cf->state, "rule");

	if (because == NULL || rule == NULL)
		return;
	snprintf(n->blocked, sizeof(n->blocked), "%s", rule);
	if (strcmp(because, reason_name(REASON_FACTS_UNKNOWN)) == 0 && *rule != '\0')
		n->jobs.blocked = n->blocked;
	if (strcmp(because, reason_name(REASON_LIST_MALFORMED)) == 0)
		n->jobs.blocked = n->jobs.blocked_list = n->blocked;
	if (strcmp(because, reason_name(REASON_RATE_LIMIT)) == 0 && strcmp(rule, "priority") == 0)
		n->route.claimed = cf->sit.c.priority + 1;
}

static void read_jobs(struct ctl *ctl, const struct campaign_facts *cf, struct standing_now *n)
{
	char key[KEY_SIZE];
	struct hash stats;

	if (cf->sit.c.concurrent > 0) {
		hash_read(ctl, key_campaign(ctl->conf.prefix, cf->sit.c.id, "stats", key), &stats);
		n->jobs.ready = hash_int(&stats, "ready");
		n->jobs.taken = hash_int(&stats, "taken");
		hash_done(&stats);
	}
	if (cf->sit.c.interval_ms > 0)
		n->jobs.pace_ms = ask_pace(ctl, key_campaign(ctl->conf.prefix, cf->sit.c.id, "pace", key));
}

void standing_now_read(struct ctl *ctl, struct campaign_facts *cf, bool now, struct standing_now *ret)
{
	*ret = (struct standing_now){ .gates = { .policy = "", .replicas = "", .unreadable = "" } };
	ret->in = (struct standing_input){ .gates = &ret->gates,
		                           .sit = &cf->sit,
		                           .wrong_key = "",
		                           .jobs = &ret->jobs,
		                           .views = &cf->views,
		                           .pace_slack_ms = PACE_SLACK_MS,
		                           .now_ms = cf->at_ms };
	/* Somebody asks about a job: there is one. */
	ret->jobs = (struct jobs_now){ .queue = 1, .later_first_ms = TIME_NONE, .blocked = "" };
	if (!now) {
		ret->gates.unsigned_law = is_unsigned(ctl);
		return;
	}
	read_gates(ctl, ret);
	read_jobs(ctl, cf, ret);
	read_route(ctl, cf, ret);
	if (ret->told)
		take_told(cf, ret);
}
