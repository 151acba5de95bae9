/* gate.c - may anything of a campaign move, and how many may go out just now? */
#include "daemon/schedule/gate.h"

#include "core/campaign/pace.h"
#include "core/law/binding.h"
#include "daemon/daemon.h"
#include "daemon/health/replicas.h"
#include "daemon/model/reading.h"

#include <stdlib.h>

bool run_is_over(const struct run *run, int64_t now_ms)
{
	return run->c.status == CAMPAIGN_STOPPED || now_ms >= run->c.end_ms;
}

enum reason run_gate(const struct daemon *d, const struct run *run, const char **ret_rule)
{
	*ret_rule = "";
	if (d->clock_doubt || !d->clock_checked) {
		*ret_rule = "Redis TIME";
		return REASON_CLOCK_DOUBT;
	}
	if (d->memory_full) {
		*ret_rule = "maxmemory";
		return REASON_REDIS_FULL;
	}
	if (!d->policy_met && d->conf.redis_policy_strict) {
		*ret_rule = d->policy_why;
		return REASON_REDIS_POLICY;
	}
	if (*replicas_why(d) != '\0') {
		*ret_rule = replicas_why(d);
		return REASON_REDIS_POLICY;
	}
	if (d->reading_refused[0] != '\0') {
		*ret_rule = d->reading_refused;
		return REASON_FACTS_UNKNOWN;
	}
	if (!d->library_ok || run->wrong_key[0] != '\0') {
		*ret_rule = run->wrong_key;
		return REASON_FACTS_UNKNOWN;
	}
	if (d->mismatch[0] != '\0') {
		*ret_rule = "rulebook-mismatch";
		return REASON_LAW_UNKNOWN;
	}
	if (d->conf.require_approved && d->rb->approved_by[0] == '\0') {
		*ret_rule = "rulebook unsigned";
		return REASON_LAW_UNKNOWN;
	}
	if (run->c.fault_count > 0) {
		*ret_rule = campaign_fault_name(run->c.faults[0].fault);
		return REASON_CAMPAIGN_REJECTED;
	}
	if (run->halt_scope != NULL) {
		*ret_rule = run->halt_scope;
		return REASON_HALTED;
	}
	return REASON_ALLOWED;
}

static int64_t pace_now(const struct daemon *d, const char *known, double interval_ms, int64_t now_ms,
                        int64_t *ret_next_ms)
{
	return pace_budget(strtod(known, NULL), interval_ms, pace_slack_ms(d->speed), now_ms, ret_next_ms);
}

enum reason run_brake(struct daemon *d, struct run *run, int64_t now_ms, const char **ret_rule,
                      int64_t *ret_until_ms, int64_t *ret_budget)
{
	const struct route_run *route = route_find(d, run->c.route);
	int64_t next_ms;
	bool canary = false;
	*ret_until_ms = TIME_NONE;
	*ret_rule = run->c.route;
	*ret_budget = 0;
	if (route == NULL) /* a campaign with faults, which its gate tells */
		return REASON_ROUTE_FULL;
	*ret_budget = run->c.backlog - route->ready_len - route->reserved;
	if (!run->c.route_open || *ret_budget <= 0) {
		*ret_budget = 0;
		return REASON_ROUTE_FULL;
	}
	if (route->room < *ret_budget) {
		/* The breaker is open, or the canary is out: what comes of it decides. */
		*ret_rule = route->why[0] != '\0' ? route->why : "canary";
		*ret_budget = route->room - route->reserved > 0 ? route->room - route->reserved : 0;
		if (*ret_budget == 0)
			return REASON_ROUTE_BREAKER;
		canary = true;
	}
	if (route->claimed > run->c.priority) {
		*ret_budget = 0;
		*ret_rule = "priority";
		return REASON_RATE_LIMIT;
	}
	const double intervals[2] = { run->c.interval_ms, run->c.route_interval_ms };
	const char *const known[2] = { run->pace, run->route_pace };
	for (int i = 0; i < 2; i++) {
		if (intervals[i] <= 0)
			continue;
		int64_t n =
		    pace_now(d, known[i], intervals[i], now_ms, &next_ms) - (i == 1 ? route->reserved : 0);
		if (n < *ret_budget)
			*ret_budget = n > 0 ? n : 0;
		/* Where both stand in the way, the later one tells. */
		if (n <= 0 && (*ret_until_ms == TIME_NONE || next_ms > *ret_until_ms)) {
			*ret_until_ms = next_ms;
			*ret_rule = i == 0 ? "campaign" : run->c.route;
		}
	}
	/* The reason for whatever comes after the budget is used up. */
	if (canary && intervals[0] <= 0 && intervals[1] <= 0)
		return REASON_ROUTE_BREAKER;
	return intervals[0] > 0 || intervals[1] > 0 ? REASON_RATE_LIMIT : REASON_ROUTE_FULL;
}

/* Is the campaign in a state in which anything may be released? */
static bool run_may_release(const struct run *run, int64_t now_ms)
{
	return run->c.status == CAMPAIGN_RUNNING && run->lists == REASON_ALLOWED && run->c.history_declared &&
	       now_ms >= run->c.start_ms && run->law.known && now_ms < run->lists_stale_ms;
}

bool held_is_open(struct daemon *d, struct run *run, const struct held_list *held, int64_t now_ms)
{
	if (held->place == 0 || held->rest_until_ms > now_ms)
		return false;
	if (run_is_over(run, now_ms))
		return true;
	if (!run_may_release(run, now_ms))
		return false;
	const struct place_view *view = place_view_at(run->views, held->place, now_ms);
	return view->open && now_ms < view->close_ms - (int64_t)run->c.guard_s * 1000;
}

/* Has it a job that could go out, as far as its own rate and its places tell? */
static bool run_claims(struct daemon *d, struct run *run, int64_t now_ms)
{
	const char *rule;
	int64_t next_ms;
	bool any = run->queue_len > 0;
	for (size_t i = 0; i < run->held_count && !any; i++)
		any = run->helds[i].count > 0;
	if (!any || !run->listed || !run->ready_to_work || run->rest_until_ms > now_ms ||
	    run_is_over(run, now_ms) || !run_may_release(run, now_ms) ||
	    run_gate(d, run, &rule) != REASON_ALLOWED)
		return false;
	if (run->c.interval_ms > 0 && pace_now(d, run->pace, run->c.interval_ms, now_ms, &next_ms) <= 0)
		return false;
	for (size_t i = 0; i < run->held_count; i++)
		if (run->helds[i].count > 0 && held_is_open(d, run, &run->helds[i], now_ms))
			return true;
	return run->queue_len > 0;
}

void routes_claim(struct daemon *d, int64_t now_ms)
{
	for (size_t i = 0; i < d->route_count; i++)
		d->routes[i].claimed = -1;
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		run->claims = run->c.route[0] != '\0' && run_claims(d, run, now_ms);
		if (!run->claims)
			continue;
		struct route_run *route = route_find(d, run->c.route);
		if (route == NULL || run->c.priority < route->claimed)
			continue;
		if (run->c.priority > route->claimed || run->share < route->least_share)
			route->least_share = run->share;
		route->claimed = run->c.priority;
	}
}
