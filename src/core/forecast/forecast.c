/* forecast.c - see forecast.h. Time goes from one event to the next: a place opens or
 * closes, jobs become due, jobs end. Between two events nothing changes but the counts. */
#include "core/forecast/forecast.h"

#include "core/forecast/again.h"
#include "core/forecast/class.h"
#include "core/forecast/hours.h"
#include "core/forecast/order.h"

#include "core/campaign/pace.h"
#include "core/decide/decide.h"
#include "core/law/binding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define TABLE_SIZE (UINT32_C(1) << 19) /* of classes: more than twice as many as there may be */
#define STEPS_MAX 20000000             /* far above what a horizon has; a loop ends */

/* What waits in one place. */
struct line {
	uint32_t place;
	bool any_hour;
	int64_t waiting; /* due, and may still go */
	double ending;   /* those that end when their turn comes: the sum of by */
	double by[REASON_COUNT];
	int64_t coming; /* not due yet */
	/* A class keeps its count divided by scale: what goes out is taken from all classes in
	 * proportion by one multiplication. A line that was empty begins anew. */
	double scale;
	unsigned round;
	/* as last looked at */
	bool open;
	int64_t until_ms; /* that holds up to then */
	int64_t close_ms; /* of its place, if open */
};

struct kind {
	struct forecast_class c;
	double share; /* count / scale of its line, from its due time on */
	unsigned round;
	size_t line;
};

struct forecast {
	const struct rulebook *rb;
	const struct campaign *campaign;
	struct place_views *views;
	int64_t now_ms, horizon_ms;
	struct kind *kinds;
	size_t kind_count, kind_capacity;
	uint32_t *table; /* position of a kind plus one; 0: free */
	struct line *lines;
	size_t line_count, line_capacity;
	uint32_t *places;
	int64_t *totals;
	size_t place_count;
	/* while it runs */
	uint32_t *due, *over; /* kinds by from_ms; those that have an until_ms by it */
	size_t due_at, over_count, over_at;
	double interval_ms, pace_ms, burst_ms;
	double ended[REASON_COUNT]; /* at once, as they were added */
	double never[REASON_COUNT];
	struct forecast_cell *cells;
	size_t cell_count, cell_capacity;
	struct again again;
	int64_t hours[FORECAST_HOURS];
	struct forecast_result out;
	bool failed; /* memory ran out */
};

/* --- filling ------------------------------------------------------------------------ */

struct forecast *forecast_new(const struct rulebook *rb, const struct campaign *c, int64_t now_ms)
{
	struct forecast *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->rb = rb;
	f->campaign = c;
	f->now_ms = now_ms;
	f->horizon_ms = now_ms + FORECAST_HORIZON_DAYS * DAY_MS;
	f->views = calloc(1, sizeof(*f->views));
	f->table = calloc(TABLE_SIZE, sizeof(*f->table));
	if (f->views == NULL || f->table == NULL) {
		forecast_free(f);
		return NULL;
	}
	place_views_init(f->views, rb, c->has_window ? &c->window : NULL);
	return f;
}

void forecast_retry(struct forecast *f, const struct forecast_retry how[RETRY_OUTCOMES])
{
	memcpy(f->again.how, how, sizeof(f->again.how));
}

void forecast_free(struct forecast *f)
{
	if (f == NULL)
		return;
	free(f->views);
	free(f->table);
	free(f->kinds);
	free(f->lines);
	free(f->places);
	free(f->totals);
	free(f->due);
	free(f->over);
	free(f->cells);
	again_done(&f->again);
	free(f);
}

static bool room(struct forecast *f, void *array_at, size_t *capacity, size_t count, size_t size)
{
	void **array = array_at;
	if (count < *capacity)
		return true;
	size_t wanted = *capacity > 0 ? 2 * *capacity : 16;
	void *more = reallocarray(*array, wanted, size);
	if (more == NULL) {
		f->failed = true;
		return false;
	}
	*array = more;
	*capacity = wanted;
	return true;
}

/* Returns its position; SIZE_MAX if memory ran out. */
static size_t line_of(struct forecast *f, uint32_t place, bool any_hour)
{
	for (size_t i = 0; i < f->line_count; i++)
		if (f->lines[i].place == place && f->lines[i].any_hour == any_hour)
			return i;
	if (!room(f, &f->lines, &f->line_capacity, f->line_count, sizeof(struct line)))
		return SIZE_MAX;
	f->lines[f->line_count] = (struct line){ .place = place, .any_hour = any_hour, .scale = 1 };
	return f->line_count++;
}

bool forecast_place(struct forecast *f, uint32_t place)
{
	return line_of(f, place, false) != SIZE_MAX;
}

static int64_t floor_to(int64_t ms, int64_t unit)
{
	int64_t rest = ms % unit;
	return rest < 0 ? ms - rest - unit : ms - rest;
}

/* Times are told apart by the minute, by the hour where they are far away. */
static int64_t unit_at(const struct forecast *f, int64_t ms)
{
	if (f->kind_count >= FORECAST_CLASSES_MAX)
		return DAY_MS;
	return ms - f->now_ms > 35 * DAY_MS ? HOUR_MS : MINUTE_MS;
}

static void round_times(struct forecast *f, struct forecast_class *c)
{
	if (c->from_ms <= f->now_ms || c->from_ms == INT64_MIN) {
		c->from_ms = INT64_MIN;
	} else if (c->from_ms < INT64_MAX - DAY_MS) {
		int64_t unit = unit_at(f, c->from_ms);
		c->from_ms = floor_to(c->from_ms + unit - 1, unit);
	}
	/* Beyond the horizon nobody looks; but what is over today was over at a precise time. */
	if (c->until_ms >= f->horizon_ms)
		c->until_ms = INT64_MAX;
	else if (c->until_ms > f->now_ms)
		c->until_ms = floor_to(c->until_ms, unit_at(f, c->until_ms));
	if (!c->never && c->until_ms <= (c->from_ms > f->now_ms ? c->from_ms : f->now_ms))
		c->never = true;
	if (c->never)
		c->until_ms = INT64_MAX;
	else if (c->until_ms == INT64_MAX)
		c->why = REASON_ALLOWED;
}

bool forecast_add(struct forecast *f, const struct forecast_class *given)
{
	struct forecast_class c = *given;
	if (c.count <= 0)
		return true;
	round_times(f, &c);
	uint32_t at = class_hash(&c) & (TABLE_SIZE - 1);
	while (f->table[at] != 0 && !class_same(&f->kinds[f->table[at] - 1].c, &c))
		at = (at + 1) & (TABLE_SIZE - 1);
	f->out.total += c.count;
	if (f->table[at] != 0) {
		f->kinds[f->table[at] - 1].c.count += c.count;
		return true;
	}
	/* Days of all places: a few ten thousand more, which the table has room for. */
	f->out.coarse = f->out.coarse || f->kind_count >= FORECAST_CLASSES_MAX;
	size_t line = line_of(f, c.place, c.any_hour);
	if (line == SIZE_MAX || f->kind_count + 1 >= TABLE_SIZE / 4 * 3 ||
	    !room(f, &f->kinds, &f->kind_capacity, f->kind_count, sizeof(struct kind)))
		return false;
	f->kinds[f->kind_count] = (struct kind){ .c = c, .line = line };
	f->table[at] = (uint32_t)++f->kind_count;
	return true;
}

void forecast_end(struct forecast *f, enum reason why, int64_t count)
{
	f->out.total += count;
	f->ended[why] += (double)count;
}

int64_t forecast_due(const struct forecast *f, uint32_t place, int64_t at_ms, int64_t *ret_next_ms)
{
	int64_t n = 0;
	*ret_next_ms = INT64_MAX;
	for (size_t i = 0; i < f->kind_count; i++) {
		const struct forecast_class *c = &f->kinds[i].c;
		if (c->place != place || c->never)
			continue;
		if (c->from_ms <= at_ms)
			n += c->count;
		else if (c->from_ms < *ret_next_ms)
			*ret_next_ms = c->from_ms;
	}
	return n;
}

/* --- events ---------------------------------------------------------------------------- */

/* The kinds that have a time, by it. */
static uint32_t *sorted(struct forecast *f, bool by_until, size_t *ret_count)
{
	struct order *order = calloc(f->kind_count + 1, sizeof(*order));
	uint32_t *list = calloc(f->kind_count + 1, sizeof(*list));
	size_t n = 0;
	if (order == NULL || list == NULL) {
		f->failed = true;
		free(list);
		free(order);
		return NULL;
	}
	for (size_t i = 0; i < f->kind_count; i++) {
		int64_t ms = by_until ? f->kinds[i].c.until_ms : f->kinds[i].c.from_ms;
		if (!by_until || ms != INT64_MAX)
			order[n++] = (struct order){ ms, (uint32_t)i };
	}
	order_sort(order, n);
	for (size_t i = 0; i < n; i++)
		list[i] = order[i].at;
	free(order);
	*ret_count = n;
	return list;
}

static void become_due(struct forecast *f, int64_t t)
{
	for (; f->due_at < f->kind_count; f->due_at++) {
		struct kind *k = &f->kinds[f->due[f->due_at]];
		struct line *l = &f->lines[k->line];
		if (k->c.from_ms > t)
			return;
		l->coming -= k->c.count;
		if (k->c.never) {
			l->ending += (double)k->c.count;
			l->by[k->c.why] += (double)k->c.count;
			continue;
		}
		if (l->waiting == 0) {
			l->scale = 1;
			l->round++;
		}
		l->waiting += k->c.count;
		k->share = (double)k->c.count / l->scale;
		k->round = l->round;
	}
}

/* What is to be tried again waits with the others of its place. */
static void come_back(struct forecast *f, int64_t t)
{
	struct again_batch batch;
	while (again_take(&f->again, t, &batch)) {
		struct line *l = &f->lines[batch.line];
		if (l->waiting == 0) {
			l->scale = 1;
			l->round++;
		}
		l->waiting += batch.count;
		f->out.again += batch.count;
	}
}

static void become_over(struct forecast *f, int64_t t)
{
	for (; f->over_at < f->over_count; f->over_at++) {
		struct kind *k = &f->kinds[f->over[f->over_at]];
		struct line *l = &f->lines[k->line];
		if (k->c.until_ms > t)
			return;
		if (k->round != l->round || k->round == 0)
			continue;
		int64_t n = llround(k->share * l->scale);
		if (n > l->waiting)
			n = l->waiting;
		l->waiting -= n;
		l->ending += (double)n;
		l->by[k->c.why] += (double)n;
		k->share = 0;
	}
}

/* --- what goes out ------------------------------------------------------------------------ */

/* Some of those that end have their turn. */
static void line_end_some(struct forecast *f, struct line *l, double fraction)
{
	if (l->ending <= 0)
		return;
	for (size_t r = 0; r < REASON_COUNT; r++) {
		double n = fraction >= 1 ? l->by[r] : l->by[r] * fraction;
		f->never[r] += n;
		l->by[r] -= n;
	}
	l->ending = fraction >= 1 ? 0 : l->ending * (1 - fraction);
}

static int64_t line_left(const struct line *l)
{
	return l->waiting + l->coming + llround(l->ending);
}

static void note_cell(struct forecast *f, const struct line *l, int64_t first_ms, int64_t n)
{
	int32_t date = cell_date(f->rb, l->place, first_ms);
	struct forecast_cell *cell = NULL;
	/* Those of a day are the last ones, a few days where zones are far apart. */
	for (size_t i = f->cell_count; i-- > 0 && cell == NULL && i + 4 * f->line_count + 4 > f->cell_count;)
		if (f->cells[i].date == date && f->cells[i].place == l->place)
			cell = &f->cells[i];
	if (cell == NULL) {
		if (!room(f, &f->cells, &f->cell_capacity, f->cell_count, sizeof(*f->cells)))
			return;
		cell = &f->cells[f->cell_count++];
		*cell = (struct forecast_cell){ .date = date, .place = l->place };
	}
	cell->released += n;
	cell->left = line_left(l);
}

/* The instant of the k-th release from t on, as the commit function paces them. */
static int64_t release_ms(const struct forecast *f, double from, int64_t t, int64_t k)
{
	double ms = ceil(from + (double)k * f->interval_ms - f->burst_ms);
	return ms > (double)t ? (int64_t)ms : t;
}

/* Release from one place until before end_ms. Returns the instant up to which it did. */
static int64_t line_release(struct forecast *f, struct line *l, int64_t t, int64_t end_ms)
{
	double from = f->pace_ms > (double)t ? f->pace_ms : (double)t;
	int64_t n = l->waiting, until_ms = t;
	if (f->interval_ms > 0) {
		double fit = floor(((double)(end_ms - 1) + f->burst_ms - from) / f->interval_ms);
		if (fit < (double)n) {
			n = fit > 0 ? (int64_t)fit : 0;
			until_ms = end_ms;
		} else {
			until_ms = release_ms(f, from, t, n);
		}
	}
	if (n == 0)
		return end_ms;
	int64_t first_ms = f->interval_ms > 0 ? release_ms(f, from, t, 1) : t;
	int64_t last_ms = f->interval_ms > 0 ? release_ms(f, from, t, n) : t;
	hours_note(f->hours, f->out.hours_from_ms,
	           &(struct hours_pace){ from, f->interval_ms, f->burst_ms, t }, n);
	again_add(&f->again, (size_t)(l - f->lines), last_ms, n);
	f->pace_ms = from + (double)n * f->interval_ms;
	line_end_some(f, l, (double)n / (double)l->waiting);
	l->scale *= (double)(l->waiting - n) / (double)l->waiting;
	l->waiting -= n;
	if (f->out.first_ms == TIME_NONE)
		f->out.first_ms = first_ms;
	if (f->out.last_ms == TIME_NONE || last_ms > f->out.last_ms)
		f->out.last_ms = last_ms;
	f->out.released += n;
	note_cell(f, l, first_ms, n);
	return until_ms;
}

/* --- time ------------------------------------------------------------------------------------ */

static void line_look(struct forecast *f, struct line *l, int64_t t)
{
	if (t < l->until_ms)
		return;
	l->open = l->any_hour;
	l->until_ms = INT64_MAX;
	if (l->any_hour)
		return;
	const struct place_view *v = place_view_at(f->views, l->place, t);
	int64_t last_ms = v->close_ms - (int64_t)f->campaign->guard_s * 1000;
	l->open = v->open && t < last_ms;
	l->close_ms = v->close_ms;
	if (l->open)
		l->until_ms = last_ms < v->valid_until_ms ? last_ms : v->valid_until_ms;
	else if (v->next_open_ms != TIME_NONE)
		l->until_ms = v->next_open_ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
/* The next instant at which something changes by itself. */
static int64_t next_event(const struct forecast *f)
{
	int64_t ms = earlier(earlier(f->campaign->end_ms, f->horizon_ms), again_next(&f->again));
	for (size_t i = 0; i < f->line_count; i++)
		if (f->lines[i].waiting > 0 || f->lines[i].ending > 0)
			ms = earlier(ms, f->lines[i].until_ms);
	if (f->due_at < f->kind_count)
		ms = earlier(ms, f->kinds[f->due[f->due_at]].c.from_ms);
	if (f->over_at < f->over_count)
		ms = earlier(ms, f->kinds[f->over[f->over_at]].c.until_ms);
	return ms;
}

static bool something_waits(const struct forecast *f)
{
	for (size_t i = 0; i < f->line_count; i++)
		if (line_left(&f->lines[i]) > 0)
			return true;
	return again_next(&f->again) != INT64_MAX;
}

/* Whose turn it is: first what people asked for at that time, which the daemon takes from
 * the time-ordered set, then the place that closes first; see held_to_draw() of batch_flow.c. */
static struct line *whose_turn(struct forecast *f)
{
	struct line *best = NULL;
	for (size_t i = 0; i < f->line_count; i++) {
		struct line *l = &f->lines[i];
		if (!l->open || l->waiting == 0)
			continue;
		if (l->any_hour)
			return l;
		if (best == NULL || l->close_ms < best->close_ms ||
		    (l->close_ms == best->close_ms && l->place < best->place))
			best = l;
	}
	return best;
}

static void run(struct forecast *f)
{
	int64_t t = f->campaign->start_ms > f->now_ms ? f->campaign->start_ms : f->now_ms;
	int64_t last_ms = earlier(f->campaign->end_ms, f->horizon_ms);
	for (int64_t step = 0; step < STEPS_MAX && t < last_ms && !f->failed; step++) {
		become_due(f, t);
		become_over(f, t);
		come_back(f, t);
		if (!something_waits(f))
			return;
		for (size_t i = 0; i < f->line_count; i++) {
			struct line *l = &f->lines[i];
			line_look(f, l, t);
			if (l->open && l->waiting == 0)
				line_end_some(f, l, 1);
		}
		int64_t end_ms = next_event(f);
		/* What comes back is not to wait for the end of a long stretch. */
		end_ms = again_is_on(&f->again) ? earlier(end_ms, t + HOUR_MS) : end_ms;
		struct line *l = whose_turn(f);
		t = l != NULL ? line_release(f, l, t, end_ms) : end_ms;
	}
}

/* --- what came of it --------------------------------------------------------------------------- */

/* What the end of the campaign, or the horizon, found still waiting. */
static void sweep_up(struct forecast *f)
{
	bool ended = f->campaign->end_ms <= f->horizon_ms;
	for (size_t i = 0; i < f->line_count; i++) {
		struct line *l = &f->lines[i];
		int64_t left = line_left(l);
		if (left == 0)
			continue;
		if (ended) {
			f->never[REASON_CAMPAIGN_ENDED] += (double)(l->waiting + l->coming) + l->ending;
			f->out.end_first = true;
			continue;
		}
		const struct place_view *v = place_view_at(f->views, l->place, f->now_ms);
		if (!l->any_hour && v->next_open_ms == TIME_NONE && !v->open)
			f->never[v->why] += (double)(l->waiting + l->coming) + l->ending;
		else
			f->out.left += left;
	}
}

/* Whole jobs, whose sum is what is missing. */
static void round_never(struct forecast *f)
{
	struct forecast_result *out = &f->out;
	size_t most = 0;
	for (size_t r = 0; r < REASON_COUNT; r++) {
		out->never[r] = llround(f->never[r]);
		out->never_count += out->never[r];
		if (out->never[r] > out->never[most])
			most = r;
	}
	int64_t off = out->total + out->again - out->released - out->left - out->never_count;
	out->never[most] += off;
	out->never_count += off;
}

static bool list_places(struct forecast *f)
{
	f->places = calloc(f->line_count + 1, sizeof(*f->places));
	f->totals = calloc(f->line_count + 1, sizeof(*f->totals));
	if (f->places == NULL || f->totals == NULL)
		return false;
	for (size_t i = 0; i < f->line_count; i++) {
		size_t k = 0;
		while (k < f->place_count && f->places[k] != f->lines[i].place)
			k++;
		if (k == f->place_count)
			f->places[f->place_count++] = f->lines[i].place;
		f->totals[k] += f->lines[i].coming;
	}
	return true;
}

/* As before any run: what waits, and nothing else. */
static void rewind_all(struct forecast *f)
{
	f->out = (struct forecast_result){ .total = f->out.total, .coarse = f->out.coarse };
	memcpy(f->never, f->ended, sizeof(f->never));
	memset(f->hours, 0, sizeof(f->hours));
	f->due_at = f->over_at = f->cell_count = f->place_count = 0;
	again_rewind(&f->again);
	free(f->due);
	free(f->over);
	free(f->places);
	free(f->totals);
	f->due = f->over = f->places = NULL;
	f->totals = NULL;
	for (size_t i = 0; i < f->line_count; i++)
		f->lines[i] = (struct line){ .place = f->lines[i].place,
			                     .any_hour = f->lines[i].any_hour,
			                     .scale = 1,
			                     .until_ms = INT64_MIN };
	for (size_t i = 0; i < f->kind_count; i++) {
		f->kinds[i].share = 0;
		f->kinds[i].round = 0;
	}
}

bool forecast_run(struct forecast *f, const struct forecast_pace *pace, struct forecast_result *ret)
{
	size_t due_count = 0;
	rewind_all(f);
	f->interval_ms = pace->interval_ms;
	f->pace_ms = pace->known_ms;
	f->burst_ms = pace->interval_ms + PACE_SLACK_MS;
	f->out.first_ms = f->out.last_ms = TIME_NONE;
	f->out.hours = f->hours;
	f->out.hours_from_ms = f->now_ms - f->now_ms % HOUR_MS;
	for (size_t i = 0; i < f->kind_count; i++)
		f->lines[f->kinds[i].line].coming += f->kinds[i].c.count;
	f->due = sorted(f, false, &due_count);
	f->over = sorted(f, true, &f->over_count);
	if (f->failed || !list_places(f))
		return false;
	run(f);
	sweep_up(f);
	round_never(f);
	cells_sort(f->cells, f->cell_count);
	f->out.cells = f->cells;
	f->out.cell_count = f->cell_count;
	f->out.places = f->places;
	f->out.totals = f->totals;
	f->out.place_count = f->place_count;
	*ret = f->out;
	return !f->failed && !f->again.failed;
}
