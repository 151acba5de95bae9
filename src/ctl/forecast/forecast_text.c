/* forecast_text.c - a forecast for people: one line, a table, bars, and what it rests on. */
#include "ctl/forecast/forecast_text.h"
#include "ctl/base/print.h"
#include "ctl/forecast/outlook.h"

#include "core/number/place.h"
#include "ctl/base/bar.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/forecast/forecast.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/words.h"
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

static char *when(bool french, const struct zone *zone, int64_t ms, char buf[LANG_LOCAL_SIZE])
{
	if (ms == TIME_NONE)
		snprintf(buf, LANG_LOCAL_SIZE, "%s", lang_pick(french, "never", "jamais"));
	else
		lang_local(french, zone, ms, buf);
	return buf;
}

static const char *weekday(bool french, int32_t date)
{
	static const char *const days[][7] = { { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
		                               { "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim." } };

	return days[french][civil_weekday(date)];
}

static char *day_text(bool french, int32_t date, char buf[LANG_LOCAL_SIZE])
{
	char iso[CIVIL_DATE_SIZE];

	snprintf(buf, LANG_LOCAL_SIZE, "%s %s", weekday(french, date), civil_format_date(date, iso));
	return buf;
}

static void print_rate(const struct outlook *o, bool french)
{
	static const char *const from[][2] = {
		[RATE_CAMPAIGN] = { "the campaign's", "celui de la campagne" },
		[RATE_ROUTE] = { "the route's", "celui de la route" },
		[RATE_GIVEN] = { "as given", "tel que demandé" },
		[RATE_HISTORY] = { "as by the hour lately", "d'après les heures récentes" },
		[RATE_MEASURED] = { "as measured in the last minutes", "d'après les dernières minutes" },
	};
	double per_h = o->pace.interval_ms > 0 ? 3600000 / o->pace.interval_ms : 0;
	const char *label = lang_pick(french, "rate ", "débit");

	if (per_h == 0)
		print("  %s     %s\n", label, lang_pick(french, "none", "aucun"));
	else if (per_h >= 36000)
		print("  %s     %.6g/s, %s\n", label, per_h / 3600, from[o->rate_from][french]);
	else
		print("  %s     %.6g/h, %s\n", label, per_h, from[o->rate_from][french]);
	if (o->limits.history_ms > 0)
		print(french ? "  constaté  %.6g/h : médiane de %zu heures avec transmission, sur %d jours\n"
		             : "  lately    %.6g/h: the middle one of %zu hours with releases, in %d days\n",
		      HISTORY_HOUR_MS / o->limits.history_ms, o->limits.history_hours, HISTORY_PACE_DAYS);
}

static void print_title(const struct ctl *ctl, const struct outlook *o, const struct zone *zone, bool french)
{
	const char *id = o->cf->sit.c.id;
	int64_t finish_ms = outlook_finish(o);
	char at[LANG_LOCAL_SIZE], left[LANG_AGE_SIZE];

	if (o->r.total == 0)
		ctl_title(ctl, french ? "%s : rien n'est en attente" : "%s: nothing waits", id);
	else if (o->r.end_first)
		ctl_title(ctl,
		          french ? "%s : prend fin le %s, avant que tout soit parti"
		                 : "%s: ends on %s before all went out",
		          id, when(french, zone, finish_ms, at));
	else if (finish_ms == TIME_NONE)
		ctl_title(ctl, french ? "%s : pas achevée en %d jours" : "%s: not done within %d days", id,
		          FORECAST_HORIZON_DAYS);
	else
		ctl_title(ctl, french ? "%s : achevée le %s, dans %s" : "%s: done on %s, in %s", id,
		          when(french, zone, finish_ms, at), lang_age(french, finish_ms - o->at_ms, left));
}

/* What goes out, from when to when, and when it ends where that is not sure. */
static void print_going(const struct outlook *o, const struct zone *zone, bool french)
{
	char first[LANG_LOCAL_SIZE], last[LANG_LOCAL_SIZE];

	print(french ? "  partiront %" PRId64 : "  goes out  %" PRId64, o->r.released - o->r.again);
	if (o->r.again > 0 && french)
		print(", et %" PRId64 " appel%s renouvelé%s", o->r.again, o->r.again == 1 ? "" : "s",
		      o->r.again == 1 ? "" : "s");
	else if (o->r.again > 0)
		print(", and %" PRId64 " call%s again", o->r.again, o->r.again == 1 ? "" : "s");
	if (o->r.released > 0)
		print(french ? ", du %s au %s" : ", from %s to %s", when(french, zone, o->r.first_ms, first),
		      when(french, zone, o->r.last_ms, last));
	puts("");
	if (o->band.early_ms != o->band.late_ms)
		print(french ? "  entre     le %s et le %s\n" : "  between   %s and %s, as lately\n",
		      when(french, zone, o->band.early_ms, first), when(french, zone, o->band.late_ms, last));
}

static void print_head(const struct ctl *ctl, const struct outlook *o, bool french)
{
	const struct zone *zone = zone_of(ctl, o);

	print_title(ctl, o, zone, french);
	if (o->blocked != REASON_ALLOWED)
		print(
		    french
			? "  état      rien ne part : %s%s%s ; calculé comme si l'obstacle était levé aussitôt\n"
			: "  now       nothing moves: %s%s%s; reckoned as if that were lifted at once\n",
		    french ? reason_text_fr(o->blocked) : reason_name(o->blocked),
		    o->blocked_rule[0] != '\0' ? ", " : "", o->blocked_rule);
	print(french ? "  attente   %" PRId64 "%s\n" : "  waiting   %" PRId64 "%s\n", o->r.total,
	      o->ready + o->taken > 0 ? "" : lang_pick(french, ", none is out", ", aucune n'est dehors"));
	if (o->ready + o->taken > 0)
		print(french ? "  dehors    %" PRId64 " prêtes, %" PRId64
		               " chez les émetteurs : non comptées\n"
		             : "  out       %" PRId64 " ready, %" PRId64 " with senders: not reckoned\n",
		      o->ready, o->taken);
	print_going(o, zone, french);
	print(french ? "  jamais    %" PRId64 "\n" : "  never     %" PRId64 "\n", o->r.never_count);
	if (o->r.left > 0)
		print(french ? "  restent   %" PRId64 " après %d jours\n"
		             : "  left      %" PRId64 " after %d days\n",
		      o->r.left, FORECAST_HORIZON_DAYS);
	print_rate(o, french);
	print(french ? "  heures    %s\n" : "  times     %s\n", zone_name(zone));
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
static void print_places(const struct ctl *ctl, const struct outlook *o, const struct room *room, bool french)
{
	size_t name_width = room->width > 80 ? room->width / 2 : PLACE_WIDTH;
	size_t day_most = (room->width - name_width - 8) / (DAY_WIDTH + 2);
	struct forecast_day days[DAYS_MAX];
	char heads[400], name[PLACE_NAME_SIZE];
	struct ranking r = rank_places(o);
	struct columns table;
	size_t day_count = first_days(ctl, o, days, day_most < DAYS_MAX ? day_most : DAYS_MAX);
	size_t shown = r.count;

	/* What is above and below takes about so many lines. */
	if (shown > 3 && shown + 20 > room->rows)
		shown = room->rows > 23 + 4 ? room->rows - 20 : 7;
	if (shown > r.count)
		shown = r.count;
	snprintf(heads, sizeof(heads), "%s", lang_pick(french, "place|waiting", "lieu|attente"));
	for (size_t d = 0; d < day_count; d++) {
		char text[CIVIL_DATE_SIZE];

		snprintf(heads + strlen(heads), sizeof(heads) - strlen(heads), "|%s %s",
		         weekday(french, days[d].date),
		         civil_format_date(days[d].date, text) + strlen("2026-"));
	}
	columns_init(&table, heads);
	for (size_t i = 0; i < shown; i++) {
		(void)place_name(ctl->rulebook, o->r.places[r.at[i]], name);
		char *whole = french ? words_place(true, name) : mem_copy(name);
		char *cut = text_shown(whole, name_width);

		columns_add(&table, cut);
		free(cut);
		free(whole);
		add_counts(&table, o, days, day_count, &r.at[i], 1);
	}
	if (shown < r.count) {
		columns_addf(&table, french ? "et %zu autres" : "and %zu more", r.count - shown);
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

static void print_days(const struct ctl *ctl, const struct outlook *o, int bar_width, bool french)
{
	struct forecast_day day = { .date = INT32_MIN };
	char text[LANG_LOCAL_SIZE], bar[BAR_SIZE];
	int64_t most = 0;

	while (forecast_day_next(ctl->rulebook, &o->r, &day))
		most = day.released > most ? day.released : most;
	ctl_title(ctl, french ? "\nTransmises par jour, et restantes" : "\nReleased per day, and left");
	day = (struct forecast_day){ .date = INT32_MIN };
	while (forecast_day_next(ctl->rulebook, &o->r, &day)) {
		int64_t gap = gap_after(ctl, o, day);

		for (int64_t i = 1; gap > GAP_SHOWN && i < gap; i++)
			(void)forecast_day_next(ctl->rulebook, &o->r, &day);
		if (gap > GAP_SHOWN)
			print(french ? "... %" PRId64 " jours\n" : "... %" PRId64 " days\n", gap);
		else if (day.released == 0)
			print("%s  %s\n", day_text(french, day.date, text),
			      strcmp(day.closed, "weekend") == 0 ? lang_pick(french, "weekend", "week-end")
			                                         : day.closed);
		else
			print(french ? "%s  %s %" PRId64 ", restent %" PRId64 "\n"
			             : "%s  %s %" PRId64 ", %" PRId64 " left\n",
			      day_text(french, day.date, text),
			      bar_text(ctl, day.released, most, bar_width, bar), day.released, day.left);
	}
}

/* Of what ends within two days. Hours without a release are left out. */
static void print_hours(const struct ctl *ctl, const struct outlook *o, int bar_width, bool french)
{
	const struct zone *zone = zone_of(ctl, o);
	char at[LANG_LOCAL_SIZE], bar[BAR_SIZE];
	int64_t most = 0;

	for (int i = 0; i < FORECAST_HOURS; i++)
		most = o->r.hours[i] > most ? o->r.hours[i] : most;
	ctl_title(ctl, french ? "\nTransmises par heure, %s" : "\nReleased per hour, %s", zone_name(zone));
	for (int i = 0; i < FORECAST_HOURS; i++)
		if (o->r.hours[i] > 0)
			print("%-9s  %s %" PRId64 "\n",
			      lang_short(french, zone, o->at_ms, o->r.hours_from_ms + i * INT64_C(3600000),
			                 at),
			      bar_text(ctl, o->r.hours[i], most, bar_width, bar), o->r.hours[i]);
}

static void print_plot(const struct ctl *ctl, const struct outlook *o, const struct room *room, bool french)
{
	int bar_width = room->width >= 120 ? (int)room->width / 2 : 40;

	if (o->r.released == 0)
		return;
	if (o->r.last_ms - o->r.hours_from_ms < TWO_DAYS_MS)
		print_hours(ctl, o, bar_width, french);
	else
		print_days(ctl, o, bar_width, french);
}

static void print_never(const struct ctl *ctl, const struct outlook *o, bool french)
{
	struct columns table;

	if (o->r.never_count == 0)
		return;
	ctl_title(ctl, french ? "\nJamais appelées" : "\nNever called");
	columns_init(&table, "||");
	columns_wrap(&table, ctl_width());
	for (size_t r = 0; r < REASON_COUNT; r++) {
		if (o->r.never[r] == 0)
			continue;
		columns_addf(&table, "  %s", reason_name((enum reason)r));
		columns_addf(&table, "%" PRId64, o->r.never[r]);
		columns_add(&table, french ? reason_text_fr((enum reason)r) : reason_text((enum reason)r));
	}
	columns_print(&table, false);
}

void outlook_print(const struct ctl *ctl, const struct outlook *o, bool french)
{
	struct room room = { 50, 80 };
	struct columns table;

	if (ctl_width() > 0)
		screen_size(&room.rows, &room.width);
	if (room.width < 60)
		room.width = 60;
	print_head(ctl, o, french);
	print_places(ctl, o, &room, french);
	print_plot(ctl, o, &room, french);
	print_never(ctl, o, french);
	ctl_title(ctl, french ? "\nHypothèses" : "\nTaken for granted");
	columns_init(&table, "|");
	columns_wrap(&table, ctl_width());
	for (size_t i = 0; outlook_assumes(o, french, i) != NULL; i++) {
		columns_add(&table, " ");
		columns_add(&table, outlook_assumes(o, french, i));
	}
	columns_print(&table, false);
}
