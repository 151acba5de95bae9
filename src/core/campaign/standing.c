/* standing.c - see standing.h. */
#include "core/campaign/standing.h"

#include "core/campaign/pace.h"
#include "core/law/window.h"
#include "core/time/civil.h"

#include <stddef.h>

/* --- what stops it, in order --------------------------------------------------------- */

typedef bool check(const struct standing_input *in, struct stop *ret);

static bool is_said(const char *text)
{
	return text != NULL && *text != '\0';
}

static void stop_by(struct stop *ret, enum reason reason, const char *rule)
{
	*ret = (struct stop){ "waiting", reason, rule, TIME_NONE };
}

static bool stop_if(bool stops, struct stop *ret, enum reason reason, const char *rule)
{
	if (stops)
		stop_by(ret, reason, rule);
	return stops;
}

static bool has_waiting(const struct standing_input *in)
{
	return in->jobs->queue > 0 || in->jobs->held > 0 || in->jobs->later > 0;
}

static bool by_what_is_told(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->gates->told != REASON_ALLOWED, ret, in->gates->told, in->gates->told_rule);
}

static bool by_clock(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->gates->clock_doubt, ret, REASON_CLOCK_DOUBT, "Redis TIME");
}

static bool by_memory(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->gates->memory_full, ret, REASON_REDIS_FULL, "maxmemory");
}

static bool by_policy(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->gates->policy), ret, REASON_REDIS_POLICY, in->gates->policy);
}

static bool by_replicas(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->gates->replicas), ret, REASON_REDIS_POLICY, in->gates->replicas);
}

static bool by_log(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->gates->log), ret, REASON_LOG_UNWRITABLE, in->gates->log);
}

static bool by_spaces(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->gates->spaces), ret, REASON_LIST_STALE, in->gates->spaces);
}

static bool by_unreadable(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->gates->unreadable), ret, REASON_FACTS_UNKNOWN, in->gates->unreadable);
}

static bool by_wrong_key(const struct standing_input *in, struct stop *ret)
{
	return stop_if(is_said(in->wrong_key), ret, REASON_FACTS_UNKNOWN, in->wrong_key);
}

static bool by_mismatch(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->gates->mismatch, ret, REASON_LAW_UNKNOWN, "rulebook-mismatch");
}

static bool by_unsigned(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->gates->unsigned_law, ret, REASON_LAW_UNKNOWN, "rulebook unsigned");
}

static bool by_faults(const struct standing_input *in, struct stop *ret)
{
	const struct campaign *c = &in->sit->c;
	if (c->fault_count == 0)
		return false;
	stop_by(ret, REASON_CAMPAIGN_REJECTED, campaign_fault_name(c->faults[0].fault));
	ret->state = "rejected";
	return true;
}

static bool by_halt(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->sit->halt_scope != NULL, ret, REASON_HALTED, in->sit->halt_scope);
}

/* The last commit failed. A list of a wrong type is one that nobody can ask. */
static bool by_blocked(const struct standing_input *in, struct stop *ret)
{
	if (!has_waiting(in) || !is_said(in->jobs->blocked))
		return false;
	if (in->jobs->blocked_list != NULL)
		stop_by(ret, REASON_LIST_MALFORMED, in->jobs->blocked_list);
	else
		stop_by(ret, REASON_FACTS_UNKNOWN, in->jobs->blocked);
	return true;
}

static bool by_status_stopped(const struct standing_input *in, struct stop *ret)
{
	if (in->sit->c.status != CAMPAIGN_STOPPED)
		return false;
	stop_by(ret, REASON_CAMPAIGN_ENDED, "status");
	ret->state = "stopped";
	return true;
}

static bool by_end(const struct standing_input *in, struct stop *ret)
{
	if (in->now_ms < in->sit->c.end_ms)
		return false;
	stop_by(ret, REASON_CAMPAIGN_ENDED, "end");
	ret->state = "ended";
	return true;
}

static bool by_pause(const struct standing_input *in, struct stop *ret)
{
	if (in->sit->c.status != CAMPAIGN_PAUSED)
		return false;
	stop_by(ret, REASON_CAMPAIGN_PAUSED, "status");
	ret->state = "paused";
	return true;
}

static bool by_history(const struct standing_input *in, struct stop *ret)
{
	return stop_if(!in->sit->c.history_declared, ret, REASON_HISTORY_UNKNOWN, "attempts_before");
}

static bool by_lists(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->sit->lists != REASON_ALLOWED, ret, in->sit->lists, in->sit->lists_rule);
}

static bool by_breaker(const struct standing_input *in, struct stop *ret)
{
	const char *tripped = in->route != NULL ? in->route->tripped : NULL;
	return stop_if(is_said(tripped), ret, REASON_ROUTE_BREAKER, tripped);
}

static bool by_route_status(const struct standing_input *in, struct stop *ret)
{
	return stop_if(in->sit->c.fault_count == 0 && !in->sit->c.route_open, ret, REASON_ROUTE_FULL,
	               in->sit->c.route);
}

/* The first lawful instant from the start on, of the places that jobs wait for. */
static bool by_start(const struct standing_input *in, struct stop *ret)
{
	const struct campaign *c = &in->sit->c;
	int64_t ms;
	if (in->now_ms >= c->start_ms)
		return false;
	stop_by(ret, REASON_CAMPAIGN_NOT_STARTED, "start");
	for (size_t i = 0; i < in->jobs->held_count; i++) {
		const struct held_now *held = &in->jobs->helds[i];
		if (held->count > 0 && held->place != 0 &&
		    window_next_open(in->views->rb, held->place, in->views->own, c->start_ms,
		                     WINDOW_HORIZON_DAYS, &ms) &&
		    (ret->until_ms == TIME_NONE || ms < ret->until_ms))
			ret->until_ms = ms;
	}
	if (ret->until_ms == TIME_NONE)
		ret->until_ms = c->start_ms;
	return true;
}

static bool by_law(const struct standing_input *in, struct stop *ret)
{
	return stop_if(!in->sit->law.known, ret, REASON_LAW_UNKNOWN, "no regime for this day");
}

/* In this order the first one tells. gate: it needs no campaign. intake: not even the queue moves.
 * ready: what is ready comes back. person: time does not mend it. waiting: only where jobs wait for
 * it. */
/* clang-format off */
static const struct {
	check *check;
	bool gate, intake, ready, person, waiting;
} stops[] = {
	/*                      gate   intake ready  person waiting */
	{ by_what_is_told,        true,  true,  false, true,  false },
	{ by_clock,               true,  true,  true,  true,  false },
	{ by_memory,              true,  true,  false, true,  false },
	{ by_policy,              true,  true,  false, true,  false },
	{ by_replicas,            true,  true,  false, true,  false },
	{ by_log,                 true,  true,  true,  true,  false },
	{ by_unreadable,          true,  true,  false, true,  false },
	{ by_wrong_key,           false, true,  false, true,  false },
	{ by_spaces,              true,  true,  false, true,  false },
	{ by_mismatch,            true,  true,  true,  true,  false },
	{ by_unsigned,            true,  true,  false, true,  false },
	{ by_faults,              false, true,  true,  true,  false },
	{ by_halt,                false, true,  true,  true,  false },
	{ by_blocked,             false, false, false, true,  true  },
	{ by_status_stopped,      false, false, true,  true,  false },
	{ by_end,                 false, false, true,  true,  false },
	{ by_pause,               false, false, true,  true,  false },
	{ by_history,             false, false, false, true,  false },
	{ by_lists,               false, false, true,  true,  true  },
	{ by_breaker,             false, false, true,  true,  true  },
	{ by_route_status,        false, false, false, true,  true  },
	{ by_start,               false, false, true,  false, false },
	{ by_law,                 false, false, false, false, false },
};
/* clang-format on */

#define STOPS (sizeof(stops) / sizeof(stops[0]))

enum reason gates_first(const struct gates *gates, const char **ret_rule)
{
	const struct standing_input in = { .gates = gates };
	struct stop stop;
	for (size_t i = 0; i < STOPS; i++)
		if (stops[i].gate && stops[i].check(&in, &stop)) {
			*ret_rule = stop.rule;
			return stop.reason;
		}
	*ret_rule = "";
	return REASON_ALLOWED;
}

enum reason standing_gate(const struct standing_input *in, const char **ret_rule)
{
	struct stop stop;
	enum reason gate = gates_first(in->gates, ret_rule);
	if (gate != REASON_ALLOWED || !(by_wrong_key(in, &stop) || by_blocked(in, &stop)))
		return gate;
	*ret_rule = stop.rule;
	return stop.reason;
}

bool standing_stop(const struct standing_input *in, enum stop_scope scope, struct stop *ret)
{
	for (size_t i = 0; i < STOPS; i++) {
		if ((scope == STOPS_INTAKE && !stops[i].intake) ||
		    (scope == STOPS_READY && !stops[i].ready) ||
		    (scope == STOPS_PERSON && !stops[i].person) ||
		    (scope == STOPS_TRIES && stops[i].check == by_blocked))
			continue;
		/* Ready jobs come back whatever waits behind them. */
		if (stops[i].waiting && scope != STOPS_READY && !has_waiting(in))
			continue;
		if (stops[i].check(in, ret))
			return true;
	}
	return false;
}

bool standing_overrules(const struct standing_input *in, enum reason decided, struct stop *ret)
{
	enum verdict verdict = reason_verdict(decided);
	/* The end is the campaign's affair, not the job's. */
	bool final =
	    (verdict == VERDICT_REFUSE && decided != REASON_CAMPAIGN_ENDED) || verdict == VERDICT_INVALID;
	return !final && standing_stop(in, STOPS_RELEASE, ret);
}

/* --- how many may go ------------------------------------------------------------------ */

/* A limit that leaves less than those before it. */
static void limit(struct brake *b, int64_t budget, enum reason reason, const char *rule)
{
	if (budget >= b->budget)
		return;
	b->budget = budget > 0 ? budget : 0;
	b->reason = reason;
	b->rule = rule;
}

static void limit_by_rates(const struct standing_input *in, struct brake *b)
{
	const struct campaign *c = &in->sit->c;
	const double intervals[2] = { c->interval_ms, c->route_interval_ms };
	const double due_ms[2] = { in->jobs->pace_ms, in->route->pace_ms };
	int64_t next_ms;
	for (int i = 0; i < 2; i++) {
		if (intervals[i] <= 0)
			continue;
		int64_t n = pace_budget(due_ms[i], intervals[i], in->pace_slack_ms, in->now_ms, &next_ms) -
		            (i == 1 ? in->route->reserved : 0);
		const char *rule = i == 0 ? "campaign" : c->route;
		bool later = n <= 0 && (b->until_ms == TIME_NONE || next_ms > b->until_ms);
		if (n < b->budget || later) {
			b->budget = n > 0 ? (n < b->budget ? n : b->budget) : 0;
			b->reason = REASON_RATE_LIMIT;
			b->rule = rule;
		}
		/* Where both stand in the way, the later one tells. */
		if (later)
			b->until_ms = next_ms;
	}
}

void standing_brake(const struct standing_input *in, struct brake *ret)
{
	const struct campaign *c = &in->sit->c;
	const struct route_now *route = in->route;
	*ret = (struct brake){ 0, REASON_ROUTE_FULL, c->route, TIME_NONE };
	if (route == NULL || !c->route_open)
		return;
	ret->budget = c->backlog - route->ready - route->reserved;
	if (ret->budget <= 0) {
		ret->budget = 0;
		return;
	}
	/* The breaker is open, or the canary is out: what comes of it decides. */
	if (route->room != INT64_MAX)
		limit(ret, route->room - route->reserved, REASON_ROUTE_BREAKER,
		      is_said(route->tripped) ? route->tripped : "canary");
	if (c->concurrent > 0)
		limit(ret, c->concurrent - in->jobs->ready - in->jobs->taken - route->reserved,
		      REASON_ROUTE_FULL, "concurrent");
	if (c->route_concurrent > 0)
		limit(ret, c->route_concurrent - route->out - route->reserved, REASON_ROUTE_FULL,
		      "concurrent of the route");
	if (route->claimed > c->priority)
		limit(ret, 0, REASON_RATE_LIMIT, "priority");
	if (ret->budget > 0)
		limit_by_rates(in, ret);
}

/* --- places ------------------------------------------------------------------------------ */

bool standing_is_open(const struct situation *sit, const struct place_view *view, int64_t now_ms)
{
	return view->open && now_ms < view->close_ms - (int64_t)sit->c.guard_s * 1000;
}

/* Why a held list stands still. */
static struct stop of_held(const struct standing_input *in, const struct held_now *held)
{
	const struct place_view *v = place_view_at(in->views, held->place, in->now_ms);
	if (!v->open)
		return (struct stop){ "waiting", v->why, v->rule, v->next_open_ms };
	if (held->stuck != REASON_ALLOWED)
		return (struct stop){ "waiting", held->stuck, held->stuck_rule, TIME_NONE };
	return (struct stop){ "waiting", REASON_WINDOW_CLOSING, "guard", v->next_open_ms };
}

static bool is_sooner(int64_t ms, int64_t than_ms)
{
	return ms != TIME_NONE && (than_ms == TIME_NONE || ms < than_ms);
}

/* Everything waits: for places to open, or for a time of its own. The soonest tells, unless
 * something is stuck that no time will mend. */
static struct stop of_waiting(const struct standing_input *in)
{
	const struct jobs_now *jobs = in->jobs;
	struct stop all = { "waiting", REASON_LAW_UNKNOWN, "", TIME_NONE };
	bool any = false;
	for (size_t i = 0; i < jobs->held_count; i++) {
		const struct held_now *held = &jobs->helds[i];
		if (held->count <= 0 || held->place == 0)
			continue;
		struct stop one = of_held(in, held);
		bool stuck = held->stuck != REASON_ALLOWED && one.rule == held->stuck_rule;
		if (!any || is_sooner(one.until_ms, all.until_ms) || stuck)
			all = one;
		any = true;
		if (stuck)
			return all;
	}
	if (jobs->later > 0 && jobs->later_first_ms != TIME_NONE &&
	    (jobs->held == 0 || is_sooner(jobs->later_first_ms, all.until_ms)))
		all = (struct stop){ "waiting", jobs->later_why,
			             jobs->later_why == REASON_CAP_REACHED ? "cap"
			             : jobs->later_retry                   ? "retry"
			                                                   : "not_before",
			             jobs->later_first_ms };
	return all;
}

/* Has it jobs in a place that is open now, or on its queue? */
static bool has_open(const struct standing_input *in)
{
	for (size_t i = 0; i < in->jobs->held_count; i++) {
		const struct held_now *held = &in->jobs->helds[i];
		if (held->count > 0 && held->place != 0 && held->stuck == REASON_ALLOWED && !held->resting &&
		    standing_is_open(in->sit, place_view_at(in->views, held->place, in->now_ms), in->now_ms))
			return true;
	}
	return in->jobs->queue > 0;
}

static void tell(struct standing *ret, const char *state, const struct stop *stop)
{
	*ret = (struct standing){ state, stop->reason, stop->rule, stop->until_ms, INT64_MAX };
}

void standing_of(const struct standing_input *in, struct standing *ret)
{
	const struct jobs_now *jobs = in->jobs;
	struct stop stop = { "running", REASON_ALLOWED, "", TIME_NONE };
	if (standing_stop(in, STOPS_RELEASE, &stop)) {
		tell(ret, stop.state, &stop);
		ret->budget = 0;
		return;
	}
	tell(ret, "running", &stop);
	bool open = has_open(in);
	if (open || jobs->ready > 0) {
		struct brake brake;
		standing_brake(in, &brake);
		if (open)
			ret->budget = brake.budget;
		if (open && brake.budget == 0)
			*ret = (struct standing){ "running", brake.reason, brake.rule, brake.until_ms, 0 };
		return;
	}
	if (jobs->held > 0 || jobs->later > 0) {
		stop = of_waiting(in);
		tell(ret, "waiting", &stop);
		ret->budget = 0;
	} else if (jobs->taken == 0 && jobs->unknown > 0) {
		stop.reason = REASON_OUTCOME_UNKNOWN;
		tell(ret, "waiting", &stop);
	} else if (jobs->taken == 0) {
		stop.reason = REASON_NOTHING_QUEUED;
		tell(ret, jobs->intake > 0 ? "done" : "waiting", &stop);
	}
}
