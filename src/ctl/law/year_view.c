/* year_view.c - see calendar.h. */
#include "ctl/law/year_view.h"

#include "core/job/job.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/law/calendar.h"
#include "ctl/law/place_arg.h"
#include "ctl/query/query.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const month_names[12] = { "January", "February", "March",     "April",   "May",      "June",
	                              "July",    "August",   "September", "October", "November", "December" };

#define WIDTH 80
#define PER_ROW 3 /* months */
#define WINDOWS_SIZE 160
#define DAYS_MAX 366

/* --- days --------------------------------------------------------------------------------- */

enum mark { MARK_OPEN, MARK_CLOSED, MARK_SOME, MARK_HOLIDAY, MARK_UNKNOWN };
static const struct {
	char letter;
	const char *colour, *text;
} marks[] = {
	[MARK_OPEN] = { ' ', "", "" },
	[MARK_CLOSED] = { 'c', "\033[2m", "closed on that day of the week" },
	[MARK_SOME] = { 'h', "\033[33m", "holiday in some territories" },
	[MARK_HOLIDAY] = { 'H', "\033[1;31m", "holiday" },
	[MARK_UNKNOWN] = { '?', "\033[1;35m", "not known, held as law-unknown" },
};

struct drawing {
	const struct ctl *ctl;
	const struct rulebook *rb;
	uint32_t place;
	const struct year *y;
	bool everywhere;
	int32_t first; /* 1 January */
	size_t day_count;
	enum mark marks[DAYS_MAX];
	bool used[MARK_UNKNOWN + 1];
};

/* The windows of a place on a date of its first zone: "10:00-13:00 14:00-20:00"; "" if closed. */
static void windows_on(const struct rulebook *rb, uint32_t place, int32_t date, char buf[WINDOWS_SIZE])
{
	const struct zone *zone;
	int64_t at_ms, end_ms, close_ms;
	size_t used = 0;
	int32_t from_s, to_s;

	buf[0] = '\0';
	if (ctl_place_zones(rb, place, &zone, 1) == 0)
		return;
	at_ms = zone_date_start_ms(zone, date);
	end_ms = zone_date_start_ms(zone, date + 1);
	while (used < WINDOWS_SIZE - 16 && window_next_open(rb, place, NULL, at_ms, 2, &at_ms) &&
	       at_ms < end_ms && window_next_close(rb, place, NULL, at_ms, &close_ms)) {
		zone_local_date(zone, at_ms, &from_s);
		zone_local_date(zone, close_ms, &to_s);
		used += (size_t)snprintf(buf + used, WINDOWS_SIZE - used, "%s%02d:%02d-%02d:%02d",
		                         used > 0 ? " " : "", from_s / 3600, from_s / 60 % 60, to_s / 3600,
		                         to_s / 60 % 60);
		at_ms = close_ms;
	}
}

static bool is_closed(const struct drawing *d, int32_t date)
{
	char windows[WINDOWS_SIZE] = "";

	for (size_t t = 0; d->everywhere && t < d->rb->territory_count; t++) {
		windows_on(d->rb, TERRITORY_BIT(t), date, windows);
		if (windows[0] != '\0')
			return false;
	}
	if (!d->everywhere)
		windows_on(d->rb, d->place, date, windows);
	return windows[0] == '\0';
}

static enum mark mark_of(const struct drawing *d, int32_t date)
{
	uint32_t where = 0;

	for (size_t i = 0; i < d->y->count; i++)
		if (d->y->days[i].date == date)
			where |= d->y->days[i].territories;
	if (where != 0)
		return d->everywhere && where != d->place ? MARK_SOME : MARK_HOLIDAY;
	if (!d->everywhere && !window_holidays_known(d->rb, d->place, date))
		return MARK_UNKNOWN;
	return is_closed(d, date) ? MARK_CLOSED : MARK_OPEN;
}

/* --- months --------------------------------------------------------------------------------- */

static void draw_day(const struct drawing *d, int32_t date)
{
	enum mark mark = d->marks[date - d->first];
	bool colour = d->ctl->colour && mark != MARK_OPEN;

	fputs(colour ? marks[mark].colour : "", stdout);
	print("%2d%c", civil_from_days(date).day, marks[mark].letter);
	fputs(colour ? "\033[0m" : "", stdout);
}

/* One week of a month, seven cells of three; week 0 is the first. Returns how many columns
 * are blank behind its last day, and prints them only before another month. */
static size_t draw_week(const struct drawing *d, int month, int week, size_t blank)
{
	int32_t first = civil_to_days((struct civil){ d->y->number, month, 1 });
	int32_t next = first + civil_month_days(d->y->number, month);
	int32_t monday = first - (int32_t)civil_weekday(first) + 7 * week;

	for (int32_t date = monday; date < monday + 7; date++) {
		if (date < first || date >= next) {
			blank += 3;
			continue;
		}
		print("%*s", (int)blank, "");
		blank = 0;
		draw_day(d, date);
	}
	return blank;
}

static int weeks_of(const struct drawing *d, int month)
{
	int32_t first = civil_to_days((struct civil){ d->y->number, month, 1 });

	return ((int)civil_weekday(first) + civil_month_days(d->y->number, month) + 6) / 7;
}

static void draw_heads(const struct drawing *d, int first)
{
	for (int i = 0; i < PER_ROW; i++) {
		const char *name = month_names[first + i];

		fputs(d->ctl->colour ? "\033[1m" : "", stdout);
		print("%s", name);
		fputs(d->ctl->colour ? "\033[0m" : "", stdout);
		print("%*s", i + 1 < PER_ROW ? 23 - (int)strlen(name) : 0, "");
	}
	for (int i = 0; i < PER_ROW; i++)
		print(i == 0 ? "\n%s" : "   %s", "Mo Tu We Th Fr Sa Su");
	putchar('\n');
}

static void draw_months(const struct drawing *d)
{
	for (int first = 0; first < 12; first += PER_ROW) {
		int weeks = 0;

		for (int i = 1; i <= PER_ROW; i++)
			if (weeks_of(d, first + i) > weeks)
				weeks = weeks_of(d, first + i);
		draw_heads(d, first);
		for (int week = 0; week < weeks; week++) {
			size_t blank = 0;

			for (int i = 1; i <= PER_ROW; i++)
				blank = draw_week(d, first + i, week, blank + (i > 1 ? 2 : 0));
			putchar('\n');
		}
		putchar('\n');
	}
}

/* --- below them ------------------------------------------------------------------------------ */

static void draw_legend(const struct drawing *d)
{
	char where[PLACE_NAME_SIZE];
	struct columns table;

	for (size_t m = MARK_CLOSED; m <= MARK_UNKNOWN; m++)
		if (d->used[m]) {
			fputs(d->ctl->colour ? marks[m].colour : "", stdout);
			putchar(marks[m].letter);
			fputs(d->ctl->colour ? "\033[0m" : "", stdout);
			print(" %s   ", marks[m].text);
		}
	puts("");
	ctl_title(d->ctl, "\nHolidays");
	columns_init(&table, "||");
	for (size_t i = 0; i < d->y->count; i++) {
		const struct closed_day *day = &d->y->days[i];
		struct civil c = civil_from_days(day->date);

		columns_addf(&table, "%.3s %2d %.3s", ctl_weekday_name(day->date), c.day,
		             month_names[c.month - 1]);
		columns_add(&table, day->holiday->name);
		columns_add(&table, !d->everywhere ? ""
		                    : day->territories == d->place
		                        ? "everywhere"
		                        : place_name(d->rb, day->territories, where));
	}
	columns_print(&table, false);
}

/* The windows of each day of the week, as they are from a date on: no holiday is looked at. */
struct week_text {
	char days[7][WINDOWS_SIZE];
};

static void read_week(const struct drawing *d, uint32_t place, int32_t from, struct week_text *ret)
{
	for (int32_t i = 0; i < 7; i++) {
		int32_t date = from + i;
		size_t day = civil_weekday(date);

		while (window_holiday_on(d->rb, place, date) != NULL && date < from + 70)
			date += 7;
		windows_on(d->rb, place, date, ret->days[day]);
	}
}

/* "mon-fri 10:00-13:00 14:00-20:00; sat-sun closed" */
static char *say_week(const struct week_text *w)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	char *text = mem_copy("");

	for (size_t from = 0; from < 7;) {
		size_t to = from;

		while (to < 6 && strcmp(w->days[to + 1], w->days[from]) == 0)
			to++;
		char *longer = mem_format("%s%s%s%s%s %s", text, from > 0 ? "; " : "", names[from],
		                          to > from ? "-" : "", to > from ? names[to] : "",
		                          w->days[from][0] != '\0' ? w->days[from] : "closed");

		free(text);
		text = longer;
		from = to + 1;
	}
	return text;
}

/* All weeks of the year, each from the date on which it begins. */
static char *say_weeks(const struct drawing *d, uint32_t place)
{
	struct week_text w;
	char windows[WINDOWS_SIZE], iso[CIVIL_DATE_SIZE];
	int32_t end = d->first + (int32_t)d->day_count;

	read_week(d, place, d->first, &w);
	char *text = say_week(&w);

	for (int32_t date = d->first; date < end; date++) {
		if (window_holiday_on(d->rb, place, date) != NULL ||
		    !window_holidays_known(d->rb, place, date))
			continue;
		windows_on(d->rb, place, date, windows);
		if (strcmp(windows, w.days[civil_weekday(date)]) == 0)
			continue;
		read_week(d, place, date, &w);
		char *then = say_week(&w);
		char *longer = mem_format("%s\n  from %s: %s", text, civil_format_date(date, iso), then);

		free(then);
		free(text);
		text = longer;
	}
	return text;
}

/* Names of territories, on as many lines as they need. */
static void print_territories(const struct rulebook *rb, uint32_t place)
{
	size_t at = 0;

	for (size_t t = 0; t < rb->territory_count; t++) {
		const char *name = rb->territories[t].name;

		if ((place & TERRITORY_BIT(t)) == 0)
			continue;
		bool breaks = at > 0 && at + strlen(name) + 3 > WIDTH;

		print(at == 0 ? "%s" : breaks ? ",\n%s" : ", %s", name);
		at = (breaks ? 0 : at + 2) + strlen(name);
	}
	putchar('\n');
}

static void draw_windows(const struct drawing *d)
{
	char *texts[TERRITORY_MAX] = { 0 }, name[PLACE_NAME_SIZE];

	ctl_title(d->ctl, "\nWindows, in the time of each place");
	if (!d->everywhere) {
		char *text = say_weeks(d, d->place);

		print("%s\n  %s\n", place_name(d->rb, d->place, name), text);
		free(text);
		return;
	}
	/* Territories with the same windows stand together. */
	for (size_t t = 0; t < d->rb->territory_count; t++)
		texts[t] = say_weeks(d, TERRITORY_BIT(t));
	for (size_t t = 0; t < d->rb->territory_count; t++) {
		uint32_t same = 0;

		for (size_t u = t; texts[t] != NULL && u < d->rb->territory_count; u++)
			if (texts[u] != NULL && strcmp(texts[u], texts[t]) == 0)
				same |= TERRITORY_BIT(u);
		if (same == 0)
			continue;
		if (same == d->place)
			puts("everywhere");
		else
			print_territories(d->rb, same);
		print("  %s\n", texts[t]);
		for (size_t u = d->rb->territory_count; u-- > t;)
			if ((same & TERRITORY_BIT(u)) != 0) {
				free(texts[u]);
				texts[u] = NULL;
			}
	}
}

void calendar_draw(const struct ctl *ctl, uint32_t place, const struct year *y, bool everywhere)
{
	struct drawing d = {
		.ctl = ctl, .rb = ctl->rulebook, .place = place, .y = y, .everywhere = everywhere
	};
	char name[PLACE_NAME_SIZE];

	d.first = civil_to_days((struct civil){ y->number, 1, 1 });
	d.day_count = civil_is_leap(y->number) ? 366 : 365;
	for (size_t i = 0; i < d.day_count; i++) {
		d.marks[i] = mark_of(&d, d.first + (int32_t)i);
		d.used[d.marks[i]] = true;
	}
	ctl_title(ctl, "%d, %s", y->number, everywhere ? "all territories" : place_name(d.rb, place, name));
	draw_months(&d);
	draw_legend(&d);
	draw_windows(&d);
}
