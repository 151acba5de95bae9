/* window.c - when a place may be called; see window.h. */
#include "core/law/window.h"

#include <assert.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_RANGES_MAX 32 /* two regimes and the campaign's own hours, intersected */
#define PLACE_ZONES_MAX (TERRITORY_MAX * TERRITORY_ZONES_MAX) /* every one there may be */
#define INSTANT_MAX_MS (INT64_MAX / 4)

/* Open minutes of one local day. */
struct day {
	size_t count;
	struct minute_range ranges[DAY_RANGES_MAX];
};

struct span {
	int64_t start_ms, end_ms;
};

/* One question about one place. Zones are listed once each, since territories
 * often share one. The last day looked at is kept: every zone asks for it. */
struct query {
	const struct rulebook *rb;
	uint32_t place;
	const struct week *own;
	size_t zone_count;
	const struct zone *zones[PLACE_ZONES_MAX];
	bool has_day;
	int32_t day_date;
	struct day day;
};

/* --- days ---------------------------------------------------------------------- */

static bool in_years(const struct holiday *h, int year)
{
	return h->from_year <= year && year <= h->to_year;
}

static bool is_listed(const struct holiday *h, int32_t date)
{
	for (size_t i = 0; i < h->date_count && h->dates[i] <= date; i++) {
		if (h->dates[i] == date)
			return true;
	}
	return false;
}

static bool falls_on(const struct holiday *h, int32_t date, struct civil civil, int32_t easter)
{
	if (!in_years(h, civil.year))
		return false;
	switch (h->kind) {
	case HOLIDAY_FIXED:
		return h->month == civil.month && h->day == civil.day;
	case HOLIDAY_EASTER:
		return easter + h->easter_days == date;
	case HOLIDAY_LISTED:
		return is_listed(h, date);
	}
	return false;
}

const struct holiday *window_holiday_on(const struct rulebook *rb, uint32_t place, int32_t date)
{
	struct civil civil = civil_from_days(date);
	int32_t easter = civil_easter(civil.year);

	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];
		if ((place & TERRITORY_BIT(i)) == 0)
			continue;
		for (size_t j = 0; j < t->holiday_count; j++) {
			if (falls_on(&t->holidays[j], date, civil, easter))
				return &t->holidays[j];
		}
	}
	return NULL;
}

bool window_holidays_known(const struct rulebook *rb, uint32_t place, int32_t date)
{
	int year = civil_from_days(date).year;

	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];
		if ((place & TERRITORY_BIT(i)) == 0)
			continue;
		for (size_t j = 0; j < t->holiday_count; j++) {
			const struct holiday *h = &t->holidays[j];
			if (h->kind == HOLIDAY_LISTED && in_years(h, year) && date > h->complete_until)
				return false;
		}
	}
	return true;
}

bool holiday_date_in(const struct holiday *holiday, int year, size_t nth, int32_t *ret_date)
{
	if (!in_years(holiday, year))
		return false;
	if (holiday->kind == HOLIDAY_LISTED) {
		for (size_t i = 0; i < holiday->date_count; i++) {
			if (civil_from_days(holiday->dates[i]).year == year && nth-- == 0) {
				*ret_date = holiday->dates[i];
				return true;
			}
		}
		return false;
	}
	if (nth > 0)
		return false;
	if (holiday->kind == HOLIDAY_EASTER) {
		*ret_date = civil_easter(year) + holiday->easter_days;
		return true;
	}
	if (holiday->day > civil_month_days(year, holiday->month)) /* 29 February */
		return false;
	*ret_date = civil_to_days((struct civil){ year, holiday->month, holiday->day });
	return true;
}

/* --- hours ----------------------------------------------------------------------- */

static size_t intersect_ranges(const struct minute_range *a, size_t a_count, const struct minute_range *b,
                               size_t b_count, struct minute_range *ret, size_t max)
{
	size_t i = 0, j = 0, count = 0;

	while (i < a_count && j < b_count && count < max) {
		uint16_t start = a[i].start_min > b[j].start_min ? a[i].start_min : b[j].start_min;
		uint16_t end = a[i].end_min < b[j].end_min ? a[i].end_min : b[j].end_min;
		if (start < end)
			ret[count++] = (struct minute_range){ start, end };
		if (a[i].end_min < b[j].end_min)
			i++;
		else
			j++;
	}
	return count;
}

static void narrow_day(struct day *day, const struct week *week, enum weekday weekday)
{
	struct day narrowed;

	narrowed.count = intersect_ranges(day->ranges, day->count, week->days[weekday].ranges,
	                                  week->days[weekday].count, narrowed.ranges, DAY_RANGES_MAX);
	*day = narrowed;
}

/* The hours that every regime allows on a date, before holidays. Returns false
 * if no regime is in force. */
static bool legal_hours(const struct rulebook *rb, int32_t date, struct day *ret)
{
	const struct regime *regimes[REGIME_MAX];
	size_t count = rulebook_regimes_on(rb, date, regimes);
	enum weekday weekday = civil_weekday(date);

	ret->count = 1;
	ret->ranges[0] = (struct minute_range){ 0, 24 * 60 };
	for (size_t i = 0; i < count; i++)
		narrow_day(ret, &regimes[i]->week, weekday);
	if (count == 0)
		ret->count = 0;
	return count > 0;
}

static const struct day *open_hours(struct query *q, int32_t date)
{
	if (q->has_day && q->day_date == date)
		return &q->day;
	q->has_day = true;
	q->day_date = date;
	legal_hours(q->rb, date, &q->day);
	if (q->day.count > 0 && q->own != NULL)
		narrow_day(&q->day, q->own, civil_weekday(date));
	if (q->day.count > 0 && (!window_holidays_known(q->rb, q->place, date) ||
	                         window_holiday_on(q->rb, q->place, date) != NULL))
		q->day.count = 0;
	return &q->day;
}

struct week week_intersect(const struct week *a, const struct week *b)
{
	struct week week;

	memset(&week, 0, sizeof(week));
	for (size_t d = 0; d < 7; d++)
		week.days[d].count = intersect_ranges(a->days[d].ranges, a->days[d].count, b->days[d].ranges,
		                                      b->days[d].count, week.days[d].ranges, WEEK_RANGES_MAX);
	return week;
}

bool week_is_empty(const struct week *week)
{
	for (size_t d = 0; d < 7; d++) {
		if (week->days[d].count > 0)
			return false;
	}
	return true;
}

/* --- search ------------------------------------------------------------------------ */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t to_ms(int64_t s)
{
	if (s > INSTANT_MAX_MS / 1000)
		return INSTANT_MAX_MS;
	return s < -INSTANT_MAX_MS / 1000 ? -INSTANT_MAX_MS : s * 1000;
}

static void add_zones(struct query *q, const struct territory *t)
{
	for (size_t i = 0; i < t->zone_count; i++) {
		bool known = false;
		for (size_t j = 0; j < q->zone_count && !known; j++)
			known = q->zones[j] == t->zones[i] ||
			        strcmp(zone_name(q->zones[j]), zone_name(t->zones[i])) == 0;
		assert(q->zone_count < PLACE_ZONES_MAX);
		if (!known)
			q->zones[q->zone_count++] = t->zones[i];
	}
}

static void start_query(struct query *q, const struct rulebook *rb, uint32_t place, const struct week *own)
{
	q->rb = rb;
	q->place = place;
	q->own = own;
	q->zone_count = 0;
	q->has_day = false;
	for (size_t i = 0; i < rb->territory_count; i++) {
		if ((place & TERRITORY_BIT(i)) != 0)
			add_zones(q, &rb->territories[i]);
	}
}

/* The first open span of one zone that ends after from_ms and begins before
 * limit_ms. Searched piece by piece of constant offset, so that a local minute
 * that comes twice, or never, is right by itself. A span may touch the next. */
static bool zone_span(struct query *q, const struct zone *zone, int64_t from_ms, int64_t limit_ms,
                      struct span *ret)
{
	while (from_ms < limit_ms) {
		struct zone_piece piece = zone_piece_at(zone, floor_div(from_ms, 1000));
		int64_t piece_start = to_ms(piece.start_s), piece_end = to_ms(piece.end_s);
		int64_t offset_ms = piece.offset_s * INT64_C(1000);
		int64_t date = floor_div(from_ms + offset_ms, DAY_MS);

		for (;; date++) {
			int64_t midnight = date * DAY_MS - offset_ms;
			if (midnight >= piece_end || midnight >= limit_ms)
				break;
			const struct day *day = open_hours(q, (int32_t)date);
			for (size_t i = 0; i < day->count; i++) {
				int64_t start = midnight + day->ranges[i].start_min * MINUTE_MS;
				int64_t end = midnight + day->ranges[i].end_min * MINUTE_MS;
				start = start > piece_start ? start : piece_start;
				end = end < piece_end ? end : piece_end;
				if (start < end && end > from_ms) {
					*ret = (struct span){ start, end };
					return start < limit_ms;
				}
			}
		}
		from_ms = piece_end;
	}
	return false;
}

static bool is_open(struct query *q, int64_t now_ms)
{
	struct span span;

	for (size_t i = 0; i < q->zone_count; i++) {
		if (!zone_span(q, q->zones[i], now_ms, now_ms + 1, &span) || span.start_ms > now_ms)
			return false;
	}
	return q->zone_count > 0;
}

bool window_is_open(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms)
{
	struct query q;

	start_query(&q, rb, place, own);
	return is_open(&q, now_ms);
}

bool window_next_open(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                      int horizon_days, int64_t *ret_ms)
{
	struct query q;
	int64_t limit_ms = now_ms + horizon_days * DAY_MS;
	int64_t at_ms = now_ms;
	size_t agreed = 0; /* zones in a row that are open at at_ms */

	start_query(&q, rb, place, own);
	if (q.zone_count == 0)
		return false;
	for (size_t i = 0; agreed < q.zone_count; i = (i + 1) % q.zone_count) {
		struct span span;
		if (!zone_span(&q, q.zones[i], at_ms, limit_ms, &span))
			return false;
		if (span.start_ms > at_ms) {
			at_ms = span.start_ms;
			agreed = 0;
		}
		agreed++;
	}
	*ret_ms = at_ms;
	return true;
}

bool window_next_close(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                       int64_t *ret_ms)
{
	struct query q;
	int64_t limit_ms = now_ms + WINDOW_HORIZON_DAYS * DAY_MS, close_ms = limit_ms;

	start_query(&q, rb, place, own);
	if (!is_open(&q, now_ms))
		return false;
	for (size_t i = 0; i < q.zone_count; i++) {
		int64_t end_ms = now_ms;
		struct span span;
		while (end_ms < close_ms && zone_span(&q, q.zones[i], end_ms, limit_ms, &span) &&
		       span.start_ms <= end_ms)
			end_ms = span.end_ms;
		if (end_ms < close_ms)
			close_ms = end_ms;
	}
	*ret_ms = close_ms;
	return true;
}

/* --- why --------------------------------------------------------------------------- */

static const char no_law[] = "no regime is in force on that date";
static const char no_holiday_data[] = "the listed holidays do not reach that date";
static const char no_common_minute[] = "no minute is open in every territory it may be in";
static const char own_hours[] = "the campaign's own window";
static const char own_never[] = "the campaign's own window never meets the lawful hours there";

static bool has_minute(const struct day *day, int32_t second)
{
	for (size_t i = 0; i < day->count; i++) {
		if (second >= day->ranges[i].start_min * 60 && second < day->ranges[i].end_min * 60)
			return true;
	}
	return false;
}

/* What the law says at a local date and second. *ret_rule as in window_why. */
static enum reason why_local(const struct query *q, int32_t date, int32_t second, const char **ret_rule)
{
	const struct regime *regimes[REGIME_MAX];
	const struct holiday *holiday;
	struct day day;

	if (rulebook_regimes_on(q->rb, date, regimes) == 0) {
		*ret_rule = no_law;
		return REASON_LAW_UNKNOWN;
	}
	if (!window_holidays_known(q->rb, q->place, date)) {
		*ret_rule = no_holiday_data;
		return REASON_LAW_UNKNOWN;
	}
	holiday = window_holiday_on(q->rb, q->place, date);
	if (holiday != NULL) {
		*ret_rule = holiday->name;
		return REASON_HOLIDAY;
	}
	*ret_rule = regimes[0]->week_article != NULL ? regimes[0]->week_article : "";
	legal_hours(q->rb, date, &day);
	if (day.count == 0 && civil_weekday(date) >= SATURDAY)
		return REASON_WEEKEND;
	return has_minute(&day, second) ? REASON_ALLOWED : REASON_OUTSIDE_HOURS;
}

static int rank_of(enum reason reason)
{
	static const enum reason order[] = { REASON_LAW_UNKNOWN, REASON_HOLIDAY, REASON_WEEKEND,
		                             REASON_OUTSIDE_HOURS };

	for (int i = 0; i < 4; i++) {
		if (order[i] == reason)
			return i;
	}
	return 4;
}

/* Nothing opens within the horizon: because the law is not known that far, or
 * because the territories never agree. */
static enum reason why_never(const struct query *q, int64_t now_ms, const char **ret_rule)
{
	const char *rule;
	int32_t second;

	for (size_t i = 0; i < q->zone_count; i++) {
		int32_t date = zone_local_date(q->zones[i], now_ms + WINDOW_HORIZON_DAYS * DAY_MS, &second);
		if (why_local(q, date, second, &rule) == REASON_LAW_UNKNOWN) {
			*ret_rule = rule;
			return REASON_LAW_UNKNOWN;
		}
	}
	*ret_rule = no_common_minute;
	return REASON_PLACE_UNKNOWN;
}

enum reason window_why(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                       const char **ret_rule)
{
	struct query q;
	enum reason reason = REASON_ALLOWED;
	const char *rule = "";
	int64_t next_ms;

	start_query(&q, rb, place, own);
	for (size_t i = 0; i < q.zone_count; i++) {
		const char *zone_rule;
		int32_t second, date = zone_local_date(q.zones[i], now_ms, &second);
		enum reason zone_reason = why_local(&q, date, second, &zone_rule);
		if (i == 0 || rank_of(zone_reason) < rank_of(reason)) {
			reason = zone_reason;
			rule = zone_rule;
		}
	}
	if (q.zone_count == 0) {
		reason = REASON_PLACE_UNKNOWN;
		rule = no_common_minute;
	} else if (reason == REASON_ALLOWED && own != NULL && !is_open(&q, now_ms)) {
		reason = REASON_OUTSIDE_CAMPAIGN_HOURS;
		rule = own_hours;
	} else if (reason != REASON_ALLOWED && reason != REASON_LAW_UNKNOWN &&
	           !window_next_open(rb, place, NULL, now_ms, WINDOW_HORIZON_DAYS, &next_ms)) {
		reason = why_never(&q, now_ms, &rule);
	}
	/* What no time mends comes before what the hour is. */
	if (own != NULL && reason != REASON_ALLOWED && reason != REASON_LAW_UNKNOWN &&
	    reason != REASON_PLACE_UNKNOWN &&
	    !window_next_open(rb, place, own, now_ms, WINDOW_HORIZON_DAYS, &next_ms)) {
		reason = REASON_OUTSIDE_CAMPAIGN_HOURS;
		rule = own_never;
	}
	*ret_rule = rule;
	return reason;
}
