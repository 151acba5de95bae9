/* forecast_text.c - a forecast for people: one line, a table, bars, and what it rests on. */
#include "ctl/forecast/forecast_text.h"
#include "ctl/base/print.h"
#include "ctl/forecast/outlook.h"

#include "core/number/place.h"
#include "ctl/base/bar.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/forecast/forecast.h"
#include "ctl/law/place_arg.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_MAX (COLUMNS_MAX - 3) /* columns of days: besides the place, what comes later, and all */
#define DAY_WIDTH 9                /* "Mon 30 Nov", or a number below it */
#define PLACE_WIDTH 40             /* in 80 columns */
#define GAP_SHOWN 4                /* days without a release that are shown one by one */
#define TWO_DAYS_MS (2 * INT64_C(86400000))

/* What there is room for. Where the output is no terminal it is as on one of 80 by 50. */
struct room {
	size_t rows, width;
};

/* Places, the most jobs first. */
struct ranking {
	size_t *at, count; /* positions in o->r.places */
};

static const struct outlook *ranked;

static int by_jobs(const void *a, const void *b)
{
	size_t i = *(const size_t *)a, k = *(const size_t *)b;

	if (ranked->r.totals[i] != ranked->r.totals[k])
		return ranked->r.totals[i] > ranked->r.totals[k] ? -1 : 1;
	return ranked->r.places[i] < ranked->r.places[k] ? -1 : 1;
}

static struct ranking rank_places(const struct outlook *o)
{
	struct ranking r = { mem_zero((o->r.place_count + 1) * sizeof(size_t)), o->r.place_count };

	for (size_t i = 0; i < r.count; i++)
		r.at[i] = i;
	ranked = o;
	qsort(r.at, r.count, sizeof(*r.at), by_jobs);
	return r;
}

/* Of the place that most jobs are in. */
static const struct zone *zone_of(const struct ctl *ctl, const struct outlook *o)
{
	const struct zone *zone = NULL;
	struct ranking r = rank_places(o);
	uint32_t place = r.count > 0 ? o->r.places[r.at[0]] : TERRITORY_BIT(0);

	free(r.at);
	ctl_place_zones(ctl->rulebook, place, &zone, 1);
	return zone;
}

static char *when(const struct zone *zone, int64_t ms, char buf[LOCAL_SIZE])
{
	if (ms == TIME_NONE)
		snprintf(buf, LOCAL_SIZE, "never");
	else
		local_text(zone, ms, buf);
	return buf;
}

static char *day_text(int32_t date, char buf[LOCAL_SIZE])
{
	char iso[CIVIL_DATE_SIZE];

	snprintf(buf, LOCAL_SIZE, "%.3s %s", ctl_weekday_name(date), civil_format_date(date, iso));
	return buf;
}

static void print_rate(const struct outlook *o)
{
	static const char *const from[] = { [RATE_CAMPAIGN] = "the campaign's",
		                            [RATE_ROUTE] = "the route's",
		                            [RATE_GIVEN] = "as given",
		                            [RATE_HISTORY] = "as by the hour lately",
		                            [RATE_MEASURED] = "as measured in the last minutes" };
	double per_h = o->pace.interval_ms > 0 ? 3600000 / o->pace.interval_ms : 0;

	if (per_h == 0)
		puts("  rate      none");
	else if (per_h >= 36000)
		print("  rate      %.6g/s, %s\n", per_h / 3600, from[o->rate_from]);
	else
		print("  rate      %.6g/h, %s\n", per_h, from[o->rate_from]);
	if (o->limits.history_ms > 0)
		print("  lately    %.6g/h: the middle one of %zu hours with releases, in %d days\n",
		      HISTORY_HOUR_MS / o->limits.history_ms, o->limits.history_hours, HISTORY_PACE_DAYS);
}

/* Between when and when, where it is not sure. */
static void print_band(const struct outlook *o, const struct zone *zone)
{
	char early[LOCAL_SIZE], late[LOCAL_SIZE];

	if (o->band.early_ms != o->band.late_ms)
		print("  between   %s and %s, by the better and the worse hours of late\n",
		      when(zone, o->band.early_ms, early), when(zone, o->band.late_ms, late));
}

static void print_head(const struct ctl *ctl, const struct outlook *o)
{
	const struct zone *zone = zone_of(ctl, o);
	int64_t finish_ms = outlook_finish(o);
	char at[LOCAL_SIZE], left[AGE_SIZE];

	if (o->r.total == 0)
		ctl_title(ctl, "%s: nothing waits", o->cf->sit.c.id);
	else if (o->r.end_first)
		ctl_title(ctl, "%s: ends on %s before all went out", o->cf->sit.c.id,
		          when(zone, finish_ms, at));
	else if (finish_ms == TIME_NONE)
		ctl_title(ctl, "%s: not done within %d days", o->cf->sit.c.id, FORECAST_HORIZON_DAYS);
	else
		ctl_title(ctl, "%s: done on %s, in %s", o->cf->sit.c.id, when(zone, finish_ms, at),
		          age_text(finish_ms - o->at_ms, left));
	if (o->blocked != REASON_ALLOWED)
		print("  now       nothing moves: %s%s%s; reckoned as if that were lifted at once\n",
		      reason_name(o->blocked), o->blocked_rule[0] != '\0' ? ", " : "", o->blocked_rule);
	print("  waiting   %" PRId64 "%s\n", o->r.total, o->ready + o->taken > 0 ? "" : ", none is out");
	if (o->ready + o->taken > 0)
		print("  out       %" PRId64 " ready, %" PRId64 " with senders: not reckoned\n", o->ready,
		      o->taken);
	print("  goes out  %" PRId64, o->r.released - o->r.again);
	if (o->r.again > 0)
		print(", and %" PRId64 " call%s again", o->r.again, o->r.again == 1 ? "" : "s");
	if (o->r.released > 0)
		print(", from %s", when(zone, o->r.first_ms, at));
	if (o->r.released > 0)
		print(" to %s", when(zone, o->r.last_ms, at));
	puts("");
	print_band(o, zone);
	print("  never     %" PRId64 "\n", o->r.never_count);
	if (o->r.left > 0)
		print("  left      %" PRId64 " after %d days\n", o->r.left, FORECAST_HORIZON_DAYS);
	print_rate(o);
	print("  times     %s\n", zone_name(zone));
}

/* --- places, the most first ------------------------------------------------------------------ */

static int64_t released_in(const struct forecast_day *day, uint32_t place)
{
	int64_t n = 0;

	for (size_t i = 0; i < day->cell_count; i++)
		n += day->cells[i].place == place ? day->cells[i].released : 0;
	return n;
}

/* The first days on which something goes out. */
static size_t first_days(const struct ctl *ctl, const struct outlook *o, struct forecast_day days[DAYS_MAX],
                         size_t most)
{
	struct forecast_day day = { .date = INT32_MIN };
	size_t n = 0;

	while (n < most && forecast_day_next(ctl->rulebook, &o->r, &day))
		if (day.released > 0)
			days[n++] = day;
	return n;
}

static void add_counts(struct columns *table, const struct outlook *o, const struct forecast_day *days,
                       size_t day_count, const size_t *places, size_t place_count)
{
	int64_t waiting = 0;

	for (size_t i = 0; i < place_count; i++)
		waiting += o->r.totals[places[i]];
	columns_addf(table, "%" PRId64, waiting);
	for (size_t d = 0; d < day_count; d++) {
		int64_t n = 0;

		for (size_t i = 0; i < place_count; i++)
			n += released_in(&days[d], o->r.places[places[i]]);
		columns_addf(table, n > 0 ? "%" PRId64 : "-", n);
	}
}

/* Rows are places, columns the first days that fit. */
static void print_places(const struct ctl *ctl, const struct outlook *o, const struct room *room)
{
	size_t name_width = room->width > 80 ? room->width / 2 : PLACE_WIDTH;
	size_t day_most = (room->width - name_width - 8) / (DAY_WIDTH + 2);
	struct forecast_day days[DAYS_MAX];
	char heads[400] = "place|waiting", name[PLACE_NAME_SIZE];
	struct ranking r = rank_places(o);
	struct columns table;
	size_t day_count = first_days(ctl, o, days, day_most < DAYS_MAX ? day_most : DAYS_MAX);
	size_t shown = r.count;

	/* What is above and below takes about so many lines. */
	if (shown > 3 && shown + 20 > room->rows)
		shown = room->rows > 23 + 4 ? room->rows - 20 : 7;
	if (shown > r.count)
		shown = r.count;
	for (size_t d = 0; d < day_count; d++) {
		char text[CIVIL_DATE_SIZE];

		snprintf(heads + strlen(heads), sizeof(heads) - strlen(heads), "|%.3s %s",
		         ctl_weekday_name(days[d].date),
		         civil_format_date(days[d].date, text) + strlen("2026-"));
	}
	columns_init(&table, heads);
	for (size_t i = 0; i < shown; i++) {
		char *cut = text_shown(place_name(ctl->rulebook, o->r.places[r.at[i]], name), name_width);

		columns_add(&table, cut);
		free(cut);
		add_counts(&table, o, days, day_count, &r.at[i], 1);
	}
	if (shown < r.count) {
		columns_addf(&table, "and %zu more", r.count - shown);
		add_counts(&table, o, days, day_count, r.at + shown, r.count - shown);
	}
	if (r.count > 0)
		puts("");
	columns_print(&table, ctl->colour);
	free(r.at);
}

/* --- bars -------------------------------------------------------------------------------------- */

/* How many days from this one on have no release. */
static int64_t gap_after(const struct ctl *ctl, const struct outlook *o, struct forecast_day day)
{
	int64_t n = 0;

	do
		n += day.released == 0;
	while (day.released == 0 && forecast_day_next(ctl->rulebook, &o->r, &day));
	return n;
}

static void print_days(const struct ctl *ctl, const struct outlook *o, int bar_width)
{
	struct forecast_day day = { .date = INT32_MIN };
	char text[LOCAL_SIZE], bar[BAR_SIZE];
	int64_t most = 0;

	while (forecast_day_next(ctl->rulebook, &o->r, &day))
		most = day.released > most ? day.released : most;
	ctl_title(ctl, "\nReleased per day, and left");
	day = (struct forecast_day){ .date = INT32_MIN };
	while (forecast_day_next(ctl->rulebook, &o->r, &day)) {
		int64_t gap = gap_after(ctl, o, day);

		for (int64_t i = 1; gap > GAP_SHOWN && i < gap; i++)
			(void)forecast_day_next(ctl->rulebook, &o->r, &day);
		if (gap > GAP_SHOWN)
			print("... %" PRId64 " days\n", gap);
		else if (day.released == 0)
			print("%s  %s\n", day_text(day.date, text), day.closed);
		else
			print("%s  %s %" PRId64 ", %" PRId64 " left\n", day_text(day.date, text),
			      bar_text(ctl, day.released, most, bar_width, bar), day.released, day.left);
	}
}

/* Of what ends within two days. Hours without a release are left out. */
static void print_hours(const struct ctl *ctl, const struct outlook *o, int bar_width)
{
	const struct zone *zone = zone_of(ctl, o);
	char at[LOCAL_SIZE], bar[BAR_SIZE];
	int64_t most = 0;

	for (int i = 0; i < FORECAST_HOURS; i++)
		most = o->r.hours[i] > most ? o->r.hours[i] : most;
	ctl_title(ctl, "\nReleased per hour, %s", zone_name(zone));
	for (int i = 0; i < FORECAST_HOURS; i++)
		if (o->r.hours[i] > 0)
			print("%-9s  %s %" PRId64 "\n",
			      local_short(zone, o->at_ms, o->r.hours_from_ms + i * INT64_C(3600000), at),
			      bar_text(ctl, o->r.hours[i], most, bar_width, bar), o->r.hours[i]);
}

static void print_plot(const struct ctl *ctl, const struct outlook *o, const struct room *room)
{
	int bar_width = room->width >= 120 ? (int)room->width / 2 : 40;

	if (o->r.released == 0)
		return;
	if (o->r.last_ms - o->r.hours_from_ms < TWO_DAYS_MS)
		print_hours(ctl, o, bar_width);
	else
		print_days(ctl, o, bar_width);
}

static void print_never(const struct ctl *ctl, const struct outlook *o)
{
	struct columns table;

	if (o->r.never_count == 0)
		return;
	ctl_title(ctl, "\nNever called");
	columns_init(&table, "||");
	columns_wrap(&table, ctl_width());
	for (size_t r = 0; r < REASON_COUNT; r++) {
		if (o->r.never[r] == 0)
			continue;
		columns_addf(&table, "  %s", reason_name((enum reason)r));
		columns_addf(&table, "%" PRId64, o->r.never[r]);
		columns_add(&table, reason_text((enum reason)r));
	}
	columns_print(&table, false);
}

void outlook_print(const struct ctl *ctl, const struct outlook *o)
{
	struct room room = { 50, 80 };
	struct columns table;

	if (ctl_width() > 0)
		screen_size(&room.rows, &room.width);
	if (room.width < 60)
		room.width = 60;
	print_head(ctl, o);
	print_places(ctl, o, &room);
	print_plot(ctl, o, &room);
	print_never(ctl, o);
	ctl_title(ctl, "\nTaken for granted");
	columns_init(&table, "|");
	columns_wrap(&table, ctl_width());
	for (size_t i = 0; outlook_assumes(o, false, i) != NULL; i++) {
		columns_add(&table, " ");
		columns_add(&table, outlook_assumes(o, false, i));
	}
	columns_print(&table, false);
}
