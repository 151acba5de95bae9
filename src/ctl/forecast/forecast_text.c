/* forecast_text.c - a forecast for people: one line, a table, bars, and what it rests on. */
#include "ctl/forecast/forecast_text.h"
#include "ctl/base/print.h"
#include "ctl/forecast/outlook.h"

#include "core/number/place.h"
#include "ctl/base/bar.h"
#include "ctl/base/table.h"
#include "ctl/forecast/forecast.h"
#include "ctl/law/place_arg.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_SHOWN (COLUMNS_MAX - 4)
#define BAR_WIDTH 40
#define GAP_SHOWN 4 /* days without a release that are shown one by one */

static const struct zone *zone_of(const struct ctl *ctl, const struct outlook *o)
{
	const struct zone *zone = NULL;
	uint32_t place = o->r.place_count > 0 ? o->r.places[0] : TERRITORY_BIT(0);

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
		                            [RATE_MEASURED] = "as measured lately" };
	double per_h = o->pace.interval_ms > 0 ? 3600000 / o->pace.interval_ms : 0;

	if (per_h == 0)
		puts("  rate      none");
	else if (per_h >= 36000)
		print("  rate      %.6g/s, %s\n", per_h / 3600, from[o->rate_from]);
	else
		print("  rate      %.6g/h, %s\n", per_h, from[o->rate_from]);
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
	print("  goes out  %" PRId64, o->r.released);
	if (o->r.released > 0)
		print(", from %s", when(zone, o->r.first_ms, at));
	if (o->r.released > 0)
		print(" to %s", when(zone, o->r.last_ms, at));
	print("\n  never     %" PRId64 "\n", o->r.never_count);
	if (o->r.left > 0)
		print("  left      %" PRId64 " after %d days\n", o->r.left, FORECAST_HORIZON_DAYS);
	print_rate(o);
	print("  times     %s\n", zone_name(zone));
}

static int64_t released_in(const struct outlook_day *day, uint32_t place)
{
	int64_t n = 0;

	for (size_t i = 0; i < day->cell_count; i++)
		n += day->cells[i].place == place ? day->cells[i].released : 0;
	return n;
}

static void add_day(struct columns *table, const struct outlook *o, const struct outlook_day *day,
                    size_t shown)
{
	char text[LOCAL_SIZE];
	int64_t others = day->released;

	columns_add(table, day_text(day->date, text));
	for (size_t p = 0; p < shown; p++) {
		int64_t n = released_in(day, o->r.places[p]);

		others -= n;
		columns_addf(table, n > 0 ? "%" PRId64 : "-", n);
	}
	if (shown < o->r.place_count)
		columns_addf(table, others > 0 ? "%" PRId64 : "-", others);
	columns_addf(table, "%" PRId64, day->released);
	columns_addf(table, "%" PRId64, day->left);
	columns_add(table, day->closed);
}

static void add_gap(struct columns *table, const struct outlook *o, int64_t days, int64_t left, size_t shown)
{
	columns_addf(table, "... %" PRId64 " days", days);
	for (size_t p = 0; p < shown + (shown < o->r.place_count); p++)
		columns_add(table, "-");
	columns_add(table, "0");
	columns_addf(table, "%" PRId64, left);
	columns_add(table, "");
}

/* How many days from this one on have no release. */
static int64_t gap_after(const struct ctl *ctl, const struct outlook *o, struct outlook_day day)
{
	int64_t n = 0;

	do
		n += day.released == 0;
	while (day.released == 0 && outlook_day_next(ctl, o, &day));
	return n;
}

static void print_days(const struct ctl *ctl, const struct outlook *o)
{
	size_t shown = o->r.place_count <= PLACES_SHOWN ? o->r.place_count : PLACES_SHOWN - 1, used = 0;
	struct outlook_day day = { .date = INT32_MIN };
	char heads[PLACES_SHOWN * PLACE_NAME_SIZE + 64], name[PLACE_NAME_SIZE];
	struct columns table;

	used = (size_t)snprintf(heads, sizeof(heads), "day");
	for (size_t p = 0; p < shown; p++)
		used += (size_t)snprintf(heads + used, sizeof(heads) - used, "|%s",
		                         place_name(ctl->rulebook, o->r.places[p], name));
	snprintf(heads + used, sizeof(heads) - used, "%s|released|left|",
	         shown < o->r.place_count ? "|others" : "");
	if (o->r.cell_count > 0)
		puts("");
	columns_init(&table, heads);
	while (outlook_day_next(ctl, o, &day)) {
		int64_t gap = gap_after(ctl, o, day);

		if (gap <= GAP_SHOWN) {
			add_day(&table, o, &day, shown);
			continue;
		}
		add_gap(&table, o, gap, day.left, shown);
		for (int64_t i = 1; i < gap; i++)
			(void)outlook_day_next(ctl, o, &day);
	}
	columns_print(&table, ctl->colour);
}

static void print_plot(const struct ctl *ctl, const struct outlook *o)
{
	struct outlook_day day = { .date = INT32_MIN };
	char text[LOCAL_SIZE], bar[BAR_SIZE];
	int64_t most = 0;

	while (outlook_day_next(ctl, o, &day))
		most = day.released > most ? day.released : most;
	if (most == 0)
		return;
	ctl_title(ctl, "\nReleased per day");
	day = (struct outlook_day){ .date = INT32_MIN };
	while (outlook_day_next(ctl, o, &day)) {
		int64_t gap = gap_after(ctl, o, day);

		for (int64_t i = 1; gap > GAP_SHOWN && i < gap; i++)
			(void)outlook_day_next(ctl, o, &day);
		if (gap > GAP_SHOWN)
			print("... %" PRId64 " days\n", gap);
		else if (day.released == 0)
			print("%s  %s\n", day_text(day.date, text), day.closed);
		else
			print("%s  %s %" PRId64 "\n", day_text(day.date, text),
			      bar_text(ctl, day.released, most, BAR_WIDTH, bar), day.released);
	}
}

static void print_never(const struct ctl *ctl, const struct outlook *o)
{
	struct columns table;

	if (o->r.never_count == 0)
		return;
	ctl_title(ctl, "\nNever called");
	columns_init(&table, "||");
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
	print_head(ctl, o);
	print_days(ctl, o);
	print_plot(ctl, o);
	print_never(ctl, o);
	ctl_title(ctl, "\nTaken for granted");
	for (size_t i = 0; outlook_assumes(o, i) != NULL; i++)
		print("  %s\n", outlook_assumes(o, i));
}
