/* outline.c - see outline.h. */
#include "core/forecast/outline.h"

#include "core/law/window.h"
#include "core/time/civil.h"

#include <string.h>

#define CALLS_LEAST 20 /* fewer say nothing of those to come */
#define SHARE_MOST 0.95

/* --- pace -------------------------------------------------------------------------------------- */

const char *rate_source_name(enum rate_source source)
{
	static const char *const names[] = {
		[RATE_NONE] = "none",   [RATE_CAMPAIGN] = "campaign", [RATE_ROUTE] = "route",
		[RATE_GIVEN] = "given", [RATE_HISTORY] = "history",   [RATE_MEASURED] = "measured"
	};
	return names[source];
}

void forecast_limit_history(struct forecast_limits *l, const struct history *h, int64_t now_ms)
{
	double middle = history_pace(h, 0.5, now_ms, &l->history_hours);
	if (middle <= 0)
		return;
	l->history_ms = HISTORY_HOUR_MS / middle;
	l->fast_ms = HISTORY_HOUR_MS / history_pace(h, 0.75, now_ms, &l->history_hours);
	l->slow_ms = HISTORY_HOUR_MS / history_pace(h, 0.25, now_ms, &l->history_hours);
}

enum rate_source forecast_pace_of(const struct forecast_limits *l, struct forecast_pace *ret)
{
	enum rate_source from = RATE_NONE;
	*ret = (struct forecast_pace){ 0 };
	if (l->campaign_ms > 0) {
		*ret = (struct forecast_pace){ l->campaign_ms, l->campaign_known_ms };
		from = RATE_CAMPAIGN;
	}
	if (l->route_ms > ret->interval_ms) {
		*ret = (struct forecast_pace){ l->route_ms, l->route_known_ms };
		from = RATE_ROUTE;
	}
	if (l->given_ms > ret->interval_ms) {
		ret->interval_ms = l->given_ms;
		from = RATE_GIVEN;
	}
	if (from != RATE_NONE || (l->history_ms <= 0 && l->measured_ms <= 0))
		return from;
	ret->interval_ms = l->history_ms > 0 ? l->history_ms : l->measured_ms;
	return l->history_ms > 0 ? RATE_HISTORY : RATE_MEASURED;
}

void forecast_share_note(struct forecast_shares *s, const struct campaign *own, const struct campaign *other,
                         bool halted, int64_t waiting, int64_t now_ms)
{
	if (strcmp(other->route, own->route) != 0 || other->fault_count > 0 ||
	    other->status != CAMPAIGN_RUNNING || other->start_ms > now_ms || other->end_ms <= now_ms ||
	    halted || waiting <= 0 || other->priority < own->priority || s->count == FORECAST_SHARERS_MAX)
		return;
	double rate = other->interval_ms > 0 ? 1 / other->interval_ms : 0;
	if (other->priority > own->priority) {
		s->ahead++;
		s->taken += rate; /* one without a rate has all, until it is done */
		return;
	}
	s->sharers++;
	s->list[s->count++] = (struct pace_share){ other->weight, rate };
}

double forecast_share_ms(const struct forecast_shares *s, const struct campaign *own)
{
	double rate = own->route_interval_ms > 0 ? 1 / own->route_interval_ms : 0;
	if (rate <= 0)
		return 0;
	if (s->taken < rate)
		rate -= s->taken;
	struct pace_share mine = { own->weight > 0 ? own->weight : 1, 0 };
	return 1 / pace_share(rate, mine, s->list, s->count);
}

void forecast_unblock(struct campaign *c, int64_t now_ms)
{
	c->fault_count = 0;
	c->history_declared = true;
	if (c->status == CAMPAIGN_PAUSED)
		c->status = CAMPAIGN_RUNNING;
	if (c->status == CAMPAIGN_STOPPED)
		c->end_ms = now_ms; /* everything of it ends now */
}

/* --- retries ------------------------------------------------------------------------------------ */

/* A share of attempts, as the model has it come back without an end: with so many retries at most it gives as
 * many calls altogether. */
static double endless_share(double share, int most)
{
	double calls = 0, power = share;
	for (int i = 0; i < most; i++) {
		calls += power;
		power *= share;
	}
	return calls / (1 + calls);
}

double forecast_retries(const struct campaign *c, int64_t calls, const int64_t ended[RETRY_OUTCOMES],
                        struct forecast_retry how[RETRY_OUTCOMES])
{
	double sum = 0;
	for (int i = 0; i < RETRY_OUTCOMES; i++) {
		how[i] = (struct forecast_retry){ 0 };
		if (calls < CALLS_LEAST || c->retry_ms[i] <= 0)
			continue;
		how[i].delay_ms = c->retry_ms[i];
		how[i].share = (double)ended[i] / (double)calls;
		sum += how[i].share;
	}
	if (sum <= 0 || c->retry_max == 0) {
		for (int i = 0; i < RETRY_OUTCOMES; i++)
			how[i].share = 0;
		return 0;
	}
	double again = sum < SHARE_MOST ? sum : SHARE_MOST;
	double endless = endless_share(again, c->retry_max);
	for (int i = 0; i < RETRY_OUTCOMES; i++)
		how[i].share *= endless / sum;
	return again;
}

/* --- what it comes to ----------------------------------------------------------------------------- */

int64_t forecast_finish(const struct forecast_result *r, const struct campaign *c, int64_t now_ms)
{
	if (r->end_first)
		return c->end_ms;
	if (r->left > 0)
		return TIME_NONE;
	return r->last_ms != TIME_NONE ? r->last_ms : now_ms;
}

/* One end of the band: as that limit, but no faster than a person or a route lets it. */
static bool end_at(struct forecast *f, const struct campaign *c, int64_t now_ms,
                   const struct forecast_limits *l, double lately_ms, int64_t *ret_ms, double *ret_per_h)
{
	struct forecast_limits limits = *l;
	struct forecast_pace pace;
	struct forecast_result r;
	if (l->history_ms > 0)
		limits.history_ms = lately_ms;
	enum rate_source from = forecast_pace_of(&limits, &pace);
	/* What was slower lately than the rate allows may be so again. */
	if (from != RATE_NONE && l->history_ms > 0 && lately_ms == l->slow_ms && lately_ms > pace.interval_ms)
		pace.interval_ms = lately_ms;
	if (!forecast_run(f, &pace, &r))
		return false;
	*ret_ms = forecast_finish(&r, c, now_ms);
	*ret_per_h = pace.interval_ms > 0 ? HISTORY_HOUR_MS / pace.interval_ms : 0;
	return true;
}

bool forecast_band(struct forecast *f, const struct campaign *c, int64_t now_ms,
                   const struct forecast_limits *l, struct forecast_band *ret)
{
	return end_at(f, c, now_ms, l, l->fast_ms, &ret->early_ms, &ret->early_per_h) &&
	       end_at(f, c, now_ms, l, l->slow_ms, &ret->late_ms, &ret->late_per_h);
}

const char *forecast_closed(const struct rulebook *rb, const uint32_t *places, size_t count, int32_t date)
{
	for (size_t i = 0; i < count; i++) {
		const struct holiday *h = window_holiday_on(rb, places[i], date);
		if (h != NULL)
			return h->name;
	}
	return civil_weekday(date) >= SATURDAY ? "weekend" : "";
}

/* What is left of all places after a date. */
static int64_t left_after(const struct forecast_result *r, int32_t date)
{
	int64_t sum = 0;
	for (size_t p = 0; p < r->place_count; p++) {
		int64_t left = r->totals[p];
		for (size_t i = 0; i < r->cell_count && r->cells[i].date <= date; i++)
			if (r->cells[i].place == r->places[p])
				left = r->cells[i].left;
		sum += left;
	}
	return sum;
}

bool forecast_day_next(const struct rulebook *rb, const struct forecast_result *r, struct forecast_day *day)
{
	const struct forecast_cell *end = r->cells + r->cell_count;
	if (r->cell_count == 0 || day->date == end[-1].date)
		return false;
	int32_t date = day->date == INT32_MIN ? r->cells[0].date : day->date + 1;
	const struct forecast_cell *cells = day->cells == NULL ? r->cells : day->cells + day->cell_count;
	*day = (struct forecast_day){ .date = date, .cells = cells, .closed = "" };
	for (; cells + day->cell_count < end && cells[day->cell_count].date == date; day->cell_count++)
		day->released += cells[day->cell_count].released;
	if (day->cell_count == 0)
		day->closed = forecast_closed(rb, r->places, r->place_count, date);
	day->left = left_after(r, date);
	return true;
}
