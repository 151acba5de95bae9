/* schedule.c - see schedule.h. */
#include "core/schedule/schedule.h"

#include "core/campaign/pace.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

#define BATCH_USEFUL 100 /* jobs in a call beside which its own cost is small */
#define AHEAD_JOBS 16.0

/* --- asking the judge ------------------------------------------------------------------ */

const struct standing_input *scheduled_standing(const struct scheduled *c, const struct gates *gates,
                                                double pace_slack_ms, int64_t now_ms,
                                                struct standing_question *q)
{
	const struct backlog *jobs = c->jobs;
	const struct route_load *route = c->route;
	size_t n = 0;
	if (route != NULL)
		q->route =
		    (struct route_now){ route->why, route->room,    route->ready,       route->reserved,
			                route->out, route->claimed, jobs->route_pace_ms };
	for (; n < jobs->held_count && n < STANDING_HELDS_MAX; n++) {
		const struct held_list *held = &jobs->helds[n];
		q->helds[n] = (struct held_now){ held->place, held->count, held->rest_until_ms > now_ms,
			                         held->stuck, held->stuck_rule };
	}
	q->jobs = (struct jobs_now){ .queue = jobs->queue_len,
		                     .held = jobs->held,
		                     .later = jobs->later_count,
		                     .ready = jobs->ready,
		                     .taken = jobs->taken,
		                     .unknown = jobs->unknown,
		                     .intake = jobs->intake,
		                     .later_first_ms = jobs->later_first_ms,
		                     .later_why = jobs->later_why,
		                     .later_retry = jobs->later_retry,
		                     .pace_ms = jobs->pace_ms,
		                     .blocked = c->blocked,
		                     .blocked_list = c->blocked_list,
		                     .helds = q->helds,
		                     .held_count = n };
	q->in = (struct standing_input){ .gates = gates,
		                         .sit = c->sit,
		                         .wrong_key = c->wrong_key,
		                         .route = route != NULL ? &q->route : NULL,
		                         .jobs = &q->jobs,
		                         .views = c->views,
		                         .pace_slack_ms = pace_slack_ms,
		                         .now_ms = now_ms };
	return &q->in;
}

static bool stops(const struct schedule *s, const struct scheduled *c, enum stop_scope scope)
{
	struct standing_question q;
	struct stop stop;
	return standing_stop(scheduled_standing(c, s->gates, s->pace_slack_ms, s->now_ms, &q), scope, &stop);
}

static int64_t budget_of(const struct schedule *s, const struct scheduled *c)
{
	struct standing_question q;
	struct brake brake;
	standing_brake(scheduled_standing(c, s->gates, s->pace_slack_ms, s->now_ms, &q), &brake);
	return brake.budget;
}

static bool may_release(const struct schedule *s, const struct scheduled *c)
{
	return s->now_ms < c->sit->lists_stale_ms && !stops(s, c, STOPS_TRIES);
}

/* Is its place open? Of a campaign that is over everything goes, to be refused. */
static bool is_open(const struct schedule *s, const struct scheduled *c, const struct held_list *held,
                    bool over)
{
	if (held->place == 0 || held->rest_until_ms > s->now_ms)
		return false;
	return over || standing_is_open(c->sit, place_view_at(c->views, held->place, s->now_ms), s->now_ms);
}

/* --- who has work ----------------------------------------------------------------------- */

/* Has it a job that could go out, as far as its own rate and its places tell? */
static bool claims(const struct schedule *s, const struct scheduled *c)
{
	const struct backlog *jobs = c->jobs;
	int64_t next_ms;
	bool any = jobs->queue_len > 0;
	for (size_t i = 0; i < jobs->held_count && !any; i++)
		any = jobs->helds[i].count > 0;
	if (!any || !c->tended || c->route == NULL || jobs->rest_until_ms > s->now_ms ||
	    campaign_is_over(&c->sit->c, s->now_ms))
		return false;
	/* The cheapest first: a thousand campaigns are asked at each turn. */
	if (c->sit->c.interval_ms > 0 &&
	    pace_budget(jobs->pace_ms, c->sit->c.interval_ms, s->pace_slack_ms, s->now_ms, &next_ms) <= 0)
		return false;
	bool open = jobs->queue_len > 0;
	for (size_t i = 0; i < jobs->held_count && !open; i++)
		open = jobs->helds[i].count > 0 && is_open(s, c, &jobs->helds[i], false);
	return open && may_release(s, c);
}

static void claim_routes(struct schedule *s)
{
	for (size_t i = 0; i < s->route_count; i++) {
		s->routes[i]->claimed = -1;
		s->routes[i]->out = 0;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct scheduled *c = s->list[i];
		if (c->route != NULL)
			c->route->out += c->jobs->ready + c->jobs->taken;
		c->jobs->claims = claims(s, c);
		if (!c->jobs->claims || c->sit->c.priority < c->route->claimed)
			continue;
		if (c->sit->c.priority > c->route->claimed || c->jobs->share < c->route->least_share)
			c->route->least_share = c->jobs->share;
		c->route->claimed = c->sit->c.priority;
	}
}

static bool later_is_due(const struct schedule *s, const struct backlog *jobs)
{
	return jobs->later_count > 0 && jobs->later_first_ms != TIME_NONE &&
	       jobs->later_first_ms <= s->now_ms;
}

/* Found once a turn: a thousand campaigns that wait for a window cost nothing more. */
static bool has_work(const struct schedule *s, const struct scheduled *c)
{
	const struct backlog *jobs = c->jobs;
	bool ends = (jobs->held > 0 || jobs->later_count > 0) && campaign_is_over(&c->sit->c, s->now_ms);
	return c->tended && jobs->rest_until_ms <= s->now_ms &&
	       (jobs->claims || jobs->queue_len > 0 || later_is_due(s, jobs) || ends);
}

/* Nobody is served as if it had waited while it had nothing to send. */
static void join_shares(struct schedule *s)
{
	double floor = -1;
	s->priorities = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct backlog *jobs = s->list[i]->jobs;
		if (jobs->had_work && (floor < 0 || jobs->share < floor))
			floor = jobs->share;
	}
	s->work_count = 0;
	for (size_t k = 0; k < s->count; k++) {
		struct scheduled *c = s->list[(s->next + k) % s->count];
		struct backlog *jobs = c->jobs;
		bool has = has_work(s, c);
		if (has && !jobs->had_work && jobs->share < floor)
			jobs->share = floor;
		jobs->had_work = has;
		if (!has)
			continue;
		s->work[s->work_count++] = c;
		s->priorities |= 1U << c->sit->c.priority;
	}
}

void schedule_begin(struct schedule *s, const struct gates *gates, int64_t now_ms)
{
	s->gates = gates;
	s->now_ms = now_ms;
	s->turn++;
	if (s->count > 0)
		s->next = (s->next + 1) % s->count;
	claim_routes(s);
	join_shares(s);
}

/* --- what is next ---------------------------------------------------------------------------- */

bool schedule_is_ahead(const struct scheduled *c)
{
	return c->route != NULL && c->sit->c.route_interval_ms > 0 &&
	       c->route->claimed == c->sit->c.priority && c->jobs->share > c->route->least_share + AHEAD_JOBS;
}

/* Which held list is drawn from: of those that are open the one whose place closes first, so that
 * little is left behind there, whatever the order in which they came to be. SIZE_MAX: none. */
static size_t held_to_draw(const struct schedule *s, const struct scheduled *c, int64_t budget, bool over)
{
	size_t best = SIZE_MAX;
	int64_t best_ms = INT64_MAX;
	for (size_t i = 0; i < c->jobs->held_count; i++) {
		const struct held_list *held = &c->jobs->helds[i];
		const struct source *source = &held->source;
		/* With little room left, what is in flight may already use it up. */
		bool behind = source->in_flight > 0 && (source->in_flight >= SCHEDULE_SOURCE_MAX ||
		                                        (!over && budget < 2 * (int64_t)s->batch_size));
		if (held->count - source->unsent <= 0 || behind || source->resync ||
		    !is_open(s, c, held, over))
			continue;
		int64_t close_ms = place_view_at(c->views, held->place, s->now_ms)->close_ms;
		if (best == SIZE_MAX || close_ms < best_ms ||
		    (close_ms == best_ms && held->place < c->jobs->helds[best].place)) {
			best = i;
			best_ms = close_ms;
		}
	}
	return best != SIZE_MAX && (over || may_release(s, c)) ? best : SIZE_MAX;
}

/* Choose a batch of this campaign, if there is one. */
static bool choose(const struct schedule *s, struct scheduled *c, struct pick *ret)
{
	struct backlog *jobs = c->jobs;
	if (!c->tended || c->route == NULL || jobs->rest_until_ms > s->now_ms || stops(s, c, STOPS_INTAKE))
		return false;
	bool over = campaign_is_over(&c->sit->c, s->now_ms);
	int64_t budget = schedule_is_ahead(c) ? 0 : budget_of(s, c), batch = s->batch_size;
	*ret = (struct pick){ .of = c, .route = c->route, .source = SOURCE_LATER, .wanted = batch };
	if (jobs->later.in_flight == 0 && jobs->later_count > 0 && (over || later_is_due(s, jobs))) {
		ret->expected = batch < budget ? batch : budget;
		return true;
	}
	int64_t wanted = over || budget > batch ? batch : budget;
	ret->held_at = wanted > 0 ? held_to_draw(s, c, budget, over) : SIZE_MAX;
	if (ret->held_at != SIZE_MAX) {
		ret->source = SOURCE_HELD;
		ret->wanted = wanted;
	} else if (jobs->queue.in_flight < SCHEDULE_SOURCE_MAX && !jobs->queue.resync &&
	           jobs->queue_len - jobs->queue.unsent > 0) {
		ret->source = SOURCE_QUEUE;
	} else {
		return false;
	}
	ret->offset = pick_source(ret)->unsent;
	ret->expected = ret->wanted < budget ? ret->wanted : budget;
	return true;
}

/* The campaign of that priority that had least, among those not tried in this turn. */
static struct scheduled *least_served(const struct schedule *s, int priority)
{
	struct scheduled *least = NULL;
	for (size_t i = 0; i < s->work_count; i++) {
		struct scheduled *c = s->work[i];
		if (c->sit->c.priority == priority && c->jobs->tried != s->turn &&
		    (least == NULL || c->jobs->share < least->jobs->share))
			least = c;
	}
	return least;
}

static void share_add(const struct scheduled *c, int64_t jobs)
{
	c->jobs->share += (double)jobs / (c->sit->c.weight > 0 ? c->sit->c.weight : 1);
}

static void start(struct schedule *s, const struct pick *p)
{
	struct source *source = pick_source(p);
	source->in_flight++;
	source->unsent += p->wanted;
	/* The room is spoken for from now on: who comes after this batch gets what is left. */
	p->route->reserved += p->expected;
	share_add(p->of, p->expected); /* until it is known how many of them went out */
	s->in_flight++;
}

bool schedule_next(struct schedule *s, struct pick *ret)
{
	/* The highest priority first; of equal priority, batch by batch, who had least. */
	for (int priority = 9; priority >= 0; priority--) {
		struct scheduled *c;
		if ((s->priorities >> priority & 1) == 0)
			continue;
		while (s->in_flight < SCHEDULE_IN_FLIGHT_MAX && (c = least_served(s, priority)) != NULL) {
			if (choose(s, c, ret)) {
				start(s, ret);
				return true;
			}
			c->jobs->tried = s->turn;
		}
	}
	return false;
}

/* --- how long nothing is due ------------------------------------------------------------------ */

static void sooner(int64_t *wait_ms, int64_t at_ms, int64_t now_ms)
{
	if (at_ms == TIME_NONE || at_ms == INT64_MAX)
		return;
	int64_t ms = at_ms > now_ms ? at_ms - now_ms : 0;
	if (ms < *wait_ms)
		*wait_ms = ms;
}

static int64_t due_of(const struct schedule *s, const struct scheduled *c, int64_t limit_ms)
{
	const struct campaign *campaign = &c->sit->c;
	const struct backlog *jobs = c->jobs;
	int64_t wait_ms = limit_ms;
	if (jobs->rest_until_ms > s->now_ms) {
		sooner(&wait_ms, jobs->rest_until_ms, s->now_ms);
		return wait_ms;
	}
	if (jobs->queue_len > 0)
		return 0;
	if (jobs->later_count > 0)
		sooner(&wait_ms, jobs->later_first_ms, s->now_ms);
	if (jobs->held > 0 || jobs->later_count > 0) {
		sooner(&wait_ms, campaign->end_ms, s->now_ms);
		if (campaign->start_ms > s->now_ms)
			sooner(&wait_ms, campaign->start_ms, s->now_ms);
	}
	for (size_t i = 0; i < jobs->held_count; i++) {
		const struct held_list *held = &jobs->helds[i];
		if (held->count <= 0 || held->place == 0)
			continue;
		const struct place_view *v = place_view_at(c->views, held->place, s->now_ms);
		bool open = standing_is_open(c->sit, v, s->now_ms);
		int64_t at_ms = !open ? v->next_open_ms : s->now_ms;
		if (held->rest_until_ms > s->now_ms && at_ms < held->rest_until_ms)
			at_ms = held->rest_until_ms;
		if (open && campaign->interval_ms > 0 && jobs->pace_ms > (double)at_ms)
			at_ms = (int64_t)jobs->pace_ms;
		if (open && campaign->route_interval_ms > 0 && jobs->route_pace_ms > (double)at_ms)
			at_ms = (int64_t)jobs->route_pace_ms;
		sooner(&wait_ms, at_ms, s->now_ms);
	}
	return wait_ms;
}

int64_t schedule_wait_ms(const struct schedule *s, int64_t limit_ms)
{
	int64_t wait_ms = limit_ms;
	for (size_t i = 0; i < s->count && wait_ms > 0; i++)
		if (s->list[i]->tended)
			wait_ms = due_of(s, s->list[i], wait_ms);
	return wait_ms;
}

/* --- what became of it -------------------------------------------------------------------------- */

struct source *pick_source(const struct pick *p)
{
	struct backlog *jobs = p->of->jobs;
	switch (p->source) {
	case SOURCE_LATER:
		return &jobs->later;
	case SOURCE_HELD:
		return &jobs->helds[p->held_at].source;
	case SOURCE_QUEUE:
		break;
	}
	return &jobs->queue;
}

void schedule_failed(struct schedule *s, const struct pick *p)
{
	schedule_sent(p);
	schedule_ended(s, p, true, 0);
	p->route->reserved -= p->expected;
	p->of->jobs->tried = s->turn;
}

bool schedule_found(const struct pick *p, int64_t found)
{
	struct backlog *jobs = p->of->jobs;
	if (found > 0)
		return false;
	/* Only a look at the head tells that a list is empty. Behind other batches there may be nothing
	 * while these, should their commits fail, are still there. */
	if (p->source == SOURCE_QUEUE && p->offset == 0)
		jobs->queue_len = 0;
	else if (p->source == SOURCE_HELD && p->offset == 0)
		jobs->helds[p->held_at].count = 0;
	else if (p->source == SOURCE_LATER)
		jobs->later_first_ms = TIME_NONE;
	return p->offset > 0 || (p->source == SOURCE_LATER && jobs->later_count > 0);
}

void schedule_sent(const struct pick *p)
{
	pick_source(p)->unsent -= p->wanted;
}

void schedule_ended(struct schedule *s, const struct pick *p, bool moved, int64_t released)
{
	struct source *source = pick_source(p);
	source->in_flight--;
	/* What was peeked behind a batch that did not move is not the head, nor will what is peeked
	 * behind that be: all of them end before the head is looked at again. */
	source->resync = source->in_flight > 0 && (source->resync || !moved);
	s->in_flight--;
	share_add(p->of, released - p->expected);
}

/* Keep the pace as the commit function wrote it. */
static void pace_advance(double *pace_ms, double interval_ms, int64_t now_ms, int64_t released)
{
	if (interval_ms <= 0 || released == 0)
		return;
	if (*pace_ms < (double)now_ms)
		*pace_ms = (double)now_ms;
	*pace_ms += (double)released * interval_ms;
}

void schedule_committed(const struct pick *p, const struct commit_result *r, int64_t now_ms)
{
	struct backlog *jobs = p->of->jobs;
	const struct campaign *c = &p->of->sit->c;
	struct route_load *route = p->route;
	route->ready = r->ready;
	if (route->room != INT64_MAX)
		route->room -= r->released < route->room ? r->released : route->room;
	jobs->ready += r->released;
	route->out += r->released;
	jobs->held += r->held;
	if (p->source == SOURCE_QUEUE) {
		jobs->queue_len -= r->jobs;
		jobs->intake += r->jobs;
	} else if (p->source == SOURCE_HELD) {
		jobs->held -= r->jobs;
		jobs->helds[p->held_at].count -= r->jobs;
	} else {
		jobs->later_count -= r->jobs;
	}
	if (jobs->queue_len < 0)
		jobs->queue_len = 0;
	pace_advance(&jobs->pace_ms, c->interval_ms, now_ms, r->released);
	pace_advance(&jobs->route_pace_ms, c->route_interval_ms, now_ms, r->released);
}

void schedule_rest(struct held_list *held, int64_t until_ms, enum reason stuck, const char *rule)
{
	held->rest_until_ms = until_ms;
	held->stuck = stuck;
	snprintf(held->stuck_rule, sizeof(held->stuck_rule), "%s", rule);
}

/* Another client waits while a call runs. What takes a little longer may be the disk that it is
 * written to, and smaller calls would not help much. */
void schedule_adapt(struct schedule *s, int64_t us, int64_t budget_us, bool full)
{
	if (us > 2 * budget_us)
		s->batch_size = s->batch_size * 3 / 4;
	else if (us > budget_us)
		s->batch_size = s->batch_size > BATCH_USEFUL ? s->batch_size * 7 / 8 : s->batch_size;
	else if (us <= budget_us * 3 / 4 && full)
		s->batch_size += 8;
	if (s->batch_size < s->batch_min)
		s->batch_size = s->batch_min;
	if (s->batch_size > s->batch_max)
		s->batch_size = s->batch_max;
}
