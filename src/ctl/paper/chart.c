/* chart.c - see chart.h. */
#include "ctl/paper/chart.h"

#include "core/law/binding.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/paper/escape.h"
#include "ctl/paper/letter.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The paper is 760 wide. */
#define LEFT 56
#define WIDTH 690
#define LABELS 8
#define WEEK_HOURS (7 * 24)

struct drawing {
	FILE *to;
	char *text;
	size_t size;
	bool french;
};

static void begin(struct drawing *d, int height, const char *what)
{
	d->to = mem_stream(&d->text, &d->size);
	print_to(
	    d->to,
	    "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 %d\" width=\"100%%\" "
	    "role=\"img\" font-size=\"12\" font-family=\"sans-serif\"><title>%s</title>\n",
	    height, what);
}

static char *end(struct drawing *d)
{
	fputs("</svg>\n", d->to);
	mem_stream_end(d->to);
	return d->text;
}

static void text_at(struct drawing *d, double x, double y, const char *anchor, const char *colour,
                    const char *text)
{
	print_to(d->to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x, y, anchor, colour);
	escape_plain(d->to, text);
	fputs("</text>\n", d->to);
}

/* A line across, with its number. */
static void scale(struct drawing *d, double y, int64_t n)
{
	char *number = letter_number(d->french, n);
	print_to(d->to, "<path d=\"M%d %.1fH%d\" stroke=\"#c8ccd0\" fill=\"none\"/>\n", LEFT, y,
	         LEFT + WIDTH);
	text_at(d, LEFT - 6, y + 4, "end", "#444", number);
	free(number);
}

static char *short_date(bool french, int32_t date, char buf[32])
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_days(date);
	if (french)
		snprintf(buf, 32, "%02d/%02d", c.day, c.month);
	else
		snprintf(buf, 32, "%d %s", c.day, months[c.month - 1]);
	return buf;
}

/* --- days ---------------------------------------------------------------------------------------- */

#define DAYS_TOP 40
#define DAYS_BOTTOM 180

static void put_band(struct drawing *d, const struct chart_day *days, size_t count, double step,
                     int32_t early, int32_t late)
{
	size_t from = 0, to = 0;
	while (from < count && days[from].date < early)
		from++;
	while (to + 1 < count && days[to].date < late)
		to++;
	if (from >= count)
		return;
	double x = LEFT + (double)from * step, width = (double)(to - from + 1) * step, middle = x + width / 2;
	print_to(
	    d->to,
	    "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#1a6b34\" fill-opacity=\"0.15\" "
	    "stroke=\"#1a6b34\" stroke-dasharray=\"4 3\"/>\n",
	    x, DAYS_TOP - 16, width, DAYS_BOTTOM - DAYS_TOP + 16);
	text_at(d,
	        middle < LEFT + 45 ? LEFT + 45
	        : middle > 700     ? 700
	                           : middle,
	        DAYS_TOP - 22, "middle", "#1a6b34", lang_pick(d->french, "expected end", "fin prévue"));
}

char *chart_days(bool french, const struct chart_day *days, size_t count, int32_t early, int32_t late)
{
	struct drawing d = { .french = french };
	char date[32];
	double step = WIDTH / (double)(count > 7 ? count : 7);
	int64_t most = 1;
	for (size_t i = 0; i < count; i++)
		most = days[i].released > most ? days[i].released : most;
	begin(&d, DAYS_BOTTOM + 24,
	      lang_pick(french, "Releases a day to come", "Transmissions par jour à venir"));
	for (size_t i = 0; i < count; i++) {
		double x = LEFT + (double)i * step,
		       height = (double)days[i].released * (DAYS_BOTTOM - DAYS_TOP) / (double)most;
		if (*days[i].closed != '\0') {
			print_to(
			    d.to,
			    "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#dde1e5\"><title>",
			    x, DAYS_TOP, step, DAYS_BOTTOM - DAYS_TOP);
			escape_plain(d.to, days[i].closed);
			fputs("</title></rect>\n", d.to);
		}
		if (days[i].released > 0)
			print_to(
			    d.to,
			    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#2f6f9f\"/>\n",
			    x + step * 0.12, DAYS_BOTTOM - height, step * 0.76, height);
		if (i % ((count + LABELS - 1) / LABELS) == 0)
			text_at(&d, x + step / 2, DAYS_BOTTOM + 16, "middle", "#444",
			        short_date(french, days[i].date, date));
	}
	scale(&d, DAYS_BOTTOM, 0);
	scale(&d, DAYS_TOP, most);
	put_band(&d, days, count, step, early, late);
	return end(&d);
}

/* --- hours --------------------------------------------------------------------------------------- */

#define HOURS_TOP 30
#define HOURS_BOTTOM 170

enum { RELEASED, REFUSED, ANSWERED, OPPOSED, SERIES };

static int64_t value_of(const struct history_hour *hour, int series)
{
	const int64_t values[SERIES] = { hour->released, hour->refused, hour->answered, hour->opposed };
	return values[series];
}

static const struct {
	const char *colour, *dashes, *english, *french;
} series[SERIES] = {
	[RELEASED] = { "#2f6f9f", "", "released", "transmis" },
	[REFUSED] = { "#b3261e", "6 3", "refused", "refusés" },
	[ANSWERED] = { "#1a6b34", "2 3", "answered", "décrochés" },
	[OPPOSED] = { "#8250df", "9 3 2 3", "objected", "oppositions" },
};

static void put_curve(struct drawing *d, const struct history_hour *hours, size_t count, int k, int64_t most)
{
	print_to(
	    d->to,
	    "<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"%s\" stroke-dasharray=\"%s\" points=\"",
	    series[k].colour, series[k].dashes);
	for (size_t i = 0; i < count; i++)
		print_to(d->to, "%.1f,%.1f ", LEFT + (double)i * WIDTH / (double)(count - 1),
		         HOURS_BOTTOM -
		             (double)value_of(&hours[i], k) * (HOURS_BOTTOM - HOURS_TOP) / (double)most);
	fputs("\"/>\n", d->to);
	double x = LEFT + k * 150.0;
	print_to(
	    d->to,
	    "<path d=\"M%.1f 12h34\" fill=\"none\" stroke-width=\"1.8\" stroke=\"%s\" stroke-dasharray=\"%s\"/>\n",
	    x, series[k].colour, series[k].dashes);
	text_at(d, x + 40, 16, "start", "#222", lang_pick(d->french, series[k].english, series[k].french));
}

char *chart_hours(bool french, const struct zone *zone, const struct history *h, int64_t now_ms)
{
	struct drawing d = { .french = french };
	struct history_hour hours[WEEK_HOURS] = { 0 };
	int64_t first_ms = now_ms - now_ms % HISTORY_HOUR_MS - (WEEK_HOURS - 1) * HISTORY_HOUR_MS, most = 0;
	char date[32];
	int32_t second;
	for (size_t i = 0; i < h->count; i++) {
		int64_t at = (h->list[i].at_ms - first_ms) / HISTORY_HOUR_MS;
		if (h->list[i].at_ms < first_ms || at >= WEEK_HOURS)
			continue;
		hours[at] = h->list[i];
		for (int k = 0; k < SERIES; k++)
			most = value_of(&hours[at], k) > most ? value_of(&hours[at], k) : most;
	}
	if (most == 0)
		return NULL;
	begin(&d, HOURS_BOTTOM + 24,
	      lang_pick(french, "By the hour, the last seven days", "Par heure, les sept derniers jours"));
	scale(&d, HOURS_BOTTOM, 0);
	scale(&d, HOURS_TOP, most);
	for (int i = 0; i < WEEK_HOURS; i += 24)
		text_at(&d, LEFT + (double)i * WIDTH / (WEEK_HOURS - 1), HOURS_BOTTOM + 16, "start", "#444",
		        short_date(french, zone_local_date(zone, first_ms + i * HISTORY_HOUR_MS, &second),
		                   date));
	for (int k = 0; k < SERIES; k++)
		put_curve(&d, hours, WEEK_HOURS, k, most);
	return end(&d);
}
