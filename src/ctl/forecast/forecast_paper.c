/* forecast_paper.c - see forecast_paper.h. */
#include "ctl/forecast/forecast_paper.h"

#include "core/law/binding.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/forecast/outlook.h"
#include "ctl/paper/chart.h"
#include "ctl/paper/letter.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_MAX 120 /* drawn; the table has those on which something goes out */
#define DAYS_BEHIND 2

static char *date_of(const struct sheet_want *w, int64_t ms)
{
	int32_t second;
	if (ms == TIME_NONE)
		return mem_format(lang_pick(w->french, "not within %d days", "pas en %d jours"),
		                  FORECAST_HORIZON_DAYS);
	return letter_date(w->french, zone_local_date(w->zone, ms, &second), true);
}

static void put_end(struct sheet *s, const struct sheet_want *w, const struct outlook *o)
{
	char *early = date_of(w, o->band.early_ms), *late = date_of(w, o->band.late_ms);
	if (o->r.total == 0)
		sheet_fact(s, "Expected end", "Fin prévue",
		           sheet_say(s, "nothing waits", "rien n'est en attente"));
	else if (o->r.end_first)
		sheet_fact(s, "Expected end", "Fin prévue",
		           sheet_say(s, "its end comes before all went out",
		                     "la date de fin de la campagne survient avant l'épuisement du fichier"));
	else if (strcmp(early, late) == 0)
		sheet_fact(s, "Expected end", "Fin prévue", late);
	else {
		char *both =
		    mem_format(w->french ? "entre le %s et le %s" : "between %s and %s", early, late);
		sheet_fact(s, "Expected end", "Fin prévue", both);
		free(both);
	}
	free(early);
	free(late);
}

static void put_pace(struct sheet *s, const struct outlook *o)
{
	static const char *const from[][2] = {
		[RATE_NONE] = { "no rate", "sans débit fixé" },
		[RATE_CAMPAIGN] = { "rate of the campaign", "débit de la campagne" },
		[RATE_ROUTE] = { "its share of the rate of the route", "part du débit de la voie d'envoi" },
		[RATE_GIVEN] = { "as supposed for this forecast", "débit supposé pour cette prévision" },
		[RATE_HISTORY] = { "as in the hours of the last seven days",
		                   "constaté sur les heures des sept derniers jours" },
		[RATE_MEASURED] = { "as in the last minutes", "constaté dans les dernières minutes" },
	};
	const char *source = sheet_say(s, from[o->rate_from][0], from[o->rate_from][1]);
	char *per_h =
	    o->pace.interval_ms > 0
		? letter_number(sheet_french(s), (int64_t)(HISTORY_HOUR_MS / o->pace.interval_ms + 0.5))
		: NULL;
	char *text = per_h != NULL
	                 ? mem_format(sheet_say(s, "%s an hour: %s", "%s par heure : %s"), per_h, source)
	                 : mem_copy(source);
	sheet_fact(s, "Pace", "Rythme", text);
	free(text);
	free(per_h);
}

static void put_head(struct sheet *s, const struct sheet_want *w, const struct outlook *o)
{
	put_end(s, w, o);
	sheet_count(s, "Jobs that wait", "Tâches en attente", o->r.total);
	sheet_count(s, "Of these, to be called", "Dont seront appelées", o->r.released - o->r.again);
	if (o->r.again > 0)
		sheet_count(s, "Calls made again", "Appels renouvelés", o->r.again);
	sheet_count(s, "Of these, never called", "Dont ne seront jamais appelées", o->r.never_count);
	put_pace(s, o);
	if (o->blocked != REASON_ALLOWED)
		sheet_warning(
		    s, "Now nothing moves: %s. Reckoned as if that were lifted at once.",
		    "À cet instant rien ne part : %s. Calculé comme si cet obstacle était levé aussitôt.",
		    sheet_say(s, reason_text(o->blocked), reason_text_fr(o->blocked)));
}

static const char *why_closed(const struct sheet *s, const char *closed)
{
	return strcmp(closed, "weekend") == 0 ? sheet_say(s, "weekend", "week-end") : closed;
}

/* Every day from now to the end of the band; returns how many. */
static size_t find_days(const struct sheet_want *w, const struct outlook *o, struct chart_day days[DAYS_MAX])
{
	const struct rulebook *rb = w->ctl->rulebook;
	struct forecast_day day = { .date = INT32_MIN };
	int32_t second, today = zone_local_date(w->zone, o->at_ms, &second);
	int64_t last_ms = o->band.late_ms != TIME_NONE ? o->band.late_ms : o->r.last_ms;
	int32_t last =
	    zone_local_date(w->zone, last_ms != TIME_NONE ? last_ms : o->at_ms, &second) + DAYS_BEHIND;
	bool more = forecast_day_next(rb, &o->r, &day);
	size_t n = 0;
	for (int32_t date = today; date <= last && n < DAYS_MAX; date++) {
		bool known = more && day.date == date;
		days[n++] = (struct chart_day){ date, known ? day.released : 0,
			                        forecast_closed(rb, o->r.places, o->r.place_count, date) };
		if (known)
			more = forecast_day_next(rb, &o->r, &day);
	}
	return n;
}

static void put_days(struct sheet *s, const struct sheet_want *w, const struct outlook *o)
{
	const char *const heads[] = { sheet_say(s, "Day", "Jour"), sheet_say(s, "Released", "Transmises"),
		                      sheet_say(s, "Closed because", "Fermé : motif") };
	struct chart_day days[DAYS_MAX];
	size_t count = find_days(w, o, days);
	int32_t second, early = INT32_MAX, late = INT32_MAX;
	if (o->band.early_ms != TIME_NONE)
		early = zone_local_date(w->zone, o->band.early_ms, &second);
	if (o->band.late_ms != TIME_NONE)
		late = zone_local_date(w->zone, o->band.late_ms, &second);
	char *chart = chart_days(w->french, days, count, early, late);
	sheet_heading(s, "Day by day", "Jour par jour");
	sheet_picture(s, chart);
	sheet_text(
	    s,
	    "Closed days are shaded. The band is the expected end: by the better and the worse hours of late.",
	    "Les jours fermés sont grisés. La bande indique la fin prévue, selon les meilleures et les moins "
	    "bonnes heures récentes.");
	sheet_table(s, 3, heads);
	for (size_t i = 0; i < count; i++) {
		if (days[i].released == 0 && *days[i].closed == '\0')
			continue;
		char *date = letter_date(w->french, days[i].date, true);
		sheet_cell(s, date);
		sheet_cell_count(s, days[i].released);
		sheet_cell(s, *days[i].closed != '\0' ? why_closed(s, days[i].closed) : " ");
		free(date);
	}
	free(chart);
}

static void put_history(struct sheet *s, const struct sheet_want *w, const struct outlook *o,
                        const struct history *h)
{
	char *chart = chart_hours(w->french, w->zone, h, o->at_ms);
	if (chart == NULL)
		return;
	sheet_heading(s, "The last seven days, by the hour", "Les sept derniers jours, par heure");
	sheet_picture(s, chart);
	free(chart);
}

static void put_never(struct sheet *s, const struct outlook *o)
{
	const char *const heads[] = { sheet_say(s, "Why", "Motif"), sheet_say(s, "Jobs", "Tâches") };
	if (o->r.never_count == 0)
		return;
	sheet_heading(s, "Never called", "Jamais appelées");
	sheet_table(s, 2, heads);
	for (size_t r = 0; r < REASON_COUNT; r++)
		if (o->r.never[r] > 0) {
			sheet_cell(s,
			           sheet_say(s, reason_text((enum reason)r), reason_text_fr((enum reason)r)));
			sheet_cell_count(s, o->r.never[r]);
		}
}

void forecast_paper(const struct sheet_want *want, const struct outlook *o, const struct history *h, FILE *to)
{
	struct sheet_want w = *want;
	char *title =
	    mem_format(w.french ? "Prévision pour la campagne %s" : "Forecast for the campaign %s", o->c.id);
	w.title = title;
	w.without_signature = true;
	struct sheet *s = sheet_new(&w);
	put_head(s, &w, o);
	if (o->r.total > 0)
		put_days(s, &w, o);
	put_history(s, &w, o, h);
	put_never(s, o);
	sheet_heading(s, "Taken for granted", "Hypothèses");
	for (size_t i = 0; outlook_assumes(o, w.french, i) != NULL; i++)
		sheet_item(s, outlook_assumes(o, w.french, i));
	sheet_end(s, to);
	free(title);
}
