/* lint_regimes.c - regimes, lists, holidays and caps that do nothing. */
#include "ctl/check/lint_regimes.h"

#include "core/consent/attempts.h"
#include "core/law/window.h"
#include "core/time/civil.h"
#include "ctl/check/warning.h"

#include <string.h>

/* After that many years every date has fallen on every day of the week. */
#define YEARS 28
#define LISTED_SOON_DAYS 365

/* --- regimes ------------------------------------------------------------------------- */

/* A minute that is lawful somewhere while it is in force: hours on other days than its
 * own, or that its neighbours and holidays leave nothing of, make it a dead letter. */
static bool has_minute(const struct rulebook *rb, const struct regime *r)
{
	for (size_t t = 0; t < rb->territory_count; t++) {
		const struct territory *where = &rb->territories[t];

		for (size_t z = 0; where->covered && z < where->zone_count; z++) {
			int64_t from_ms = zone_date_start_ms(where->zones[z], r->from_day);
			int64_t to_ms = r->to_day == INT32_MAX
			                    ? INT64_MAX
			                    : zone_date_start_ms(where->zones[z], r->to_day);
			int64_t open_ms;

			if (window_next_open(rb, TERRITORY_BIT(t), NULL, from_ms, WINDOW_HORIZON_DAYS,
			                     &open_ms) &&
			    open_ms < to_ms)
				return true;
		}
	}
	return false;
}

static void lint_gaps(struct lint *l)
{
	const struct rulebook *rb = l->rb;
	char from[CIVIL_DATE_SIZE], to[CIVIL_DATE_SIZE];

	for (size_t i = 0; i < rb->regime_count; i++) {
		const struct regime *r = &rb->regimes[i];

		if (!has_minute(rb, r))
			lint_warn(l,
			          lint_say(l, "regime %s: no minute of its days is lawful anywhere",
			                   "régime %s : aucune minute de ses jours n'est licite nulle part"),
			          r->id);
		if (i + 1 < rb->regime_count && r->to_day < rb->regimes[i + 1].from_day)
			lint_warn(
			    l,
			    lint_say(l, "no law is known from %s to %s: every job is held then",
			             "aucun droit n'est connu du %s au %s : toute tâche attendra alors"),
			    civil_format_date(r->to_day, from),
			    civil_format_date(rb->regimes[i + 1].from_day - 1, to));
		/* No more attempts than that are remembered: see core/attempts.h. */
		if (r->cap.attempts > ATTEMPTS_BYTES_MAX / 2)
			lint_warn(
			    l,
			    lint_say(
				l,
				"regime %s: a cap of %d attempts is never reached, for the last %d alone are "
				"remembered",
				"régime %s : un plafond de %d tentatives n'est jamais atteint, car seules les %d dernières sont mémorisées"),
			    r->id, r->cap.attempts, ATTEMPTS_BYTES_MAX / 2);
	}
}

/* --- lists ------------------------------------------------------------------------------ */

static bool is_overridden(const struct conf *conf, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < conf->list_overrides.count; i++)
		if (strncmp(conf->list_overrides.words[i], name, len) == 0 &&
		    conf->list_overrides.words[i][len] == '=')
			return true;
	return false;
}

static void lint_lists(struct lint *l)
{
	const struct rulebook *rb = l->rb;

	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].list_count; i++) {
			const char *name = rb->regimes[r].lists[i].name;
			bool used = is_overridden(l->conf, name);

			for (size_t k = 0; k < rb->regime_count; k++)
				for (size_t n = 0; n < rb->regimes[k].list_count; n++)
					used |= strcmp(rb->regimes[k].lists[n].name, name) == 0 &&
					        rb->regimes[k].lists[n].mode != LIST_UNUSED;
			if (!used)
				lint_warn(
				    l,
				    lint_say(l, "list %s is unused in every regime that names it",
				             "la liste %s est inutilisée dans chaque régime qui la nomme"),
				    name);
		}
}

/* --- holidays ------------------------------------------------------------------------------ */

static bool has_hours(const struct lint *l, int32_t date)
{
	for (size_t i = 0; i < l->law.regime_count; i++)
		if (l->law.regimes[i]->week.days[civil_weekday(date)].count == 0)
			return false;
	return l->law.regime_count > 0;
}

/* Any date in the years it is for? */
static bool falls_at_all(const struct holiday *h)
{
	int32_t date;

	if (h->kind != HOLIDAY_LISTED) { /* 29 February comes within nine years */
		for (int year = h->from_year > 0 ? h->from_year : 1;
		     year <= h->to_year && year <= h->from_year + 9; year++)
			if (holiday_date_in(h, year, 0, &date))
				return true;
		return false;
	}
	for (size_t i = 0; i < h->date_count; i++) {
		int year = civil_from_days(h->dates[i]).year;

		if (h->from_year <= year && year <= h->to_year)
			return true;
	}
	return false;
}

/* A holiday that closes nothing may be a slip of a digit. */
static void lint_holiday(struct lint *l, const struct territory *t, const struct holiday *h)
{
	int this_year = civil_from_days(l->first).year;
	bool falls = false, works = false;
	char until[CIVIL_DATE_SIZE];
	int32_t date;

	if (!falls_at_all(h)) {
		lint_warn(l,
		          lint_say(l, "%s: holiday %s has no date in the years it is for, %d to %d",
		                   "%s : le jour férié %s n'a aucune date dans ses années, de %d à %d"),
		          t->name, h->name, h->from_year, h->to_year);
		return;
	}
	for (int year = this_year; year < this_year + YEARS && !works; year++)
		for (size_t nth = 0; holiday_date_in(h, year, nth, &date) && !works; nth++) {
			falls = true;
			works = has_hours(l, date);
		}
	if (falls && !works && l->law.known)
		lint_warn(l,
		          lint_say(l, "holiday %s never falls on a day that has hours",
		                   "le jour férié %s ne tombe jamais un jour ouvert"),
		          h->name);
	if (!falls && h->to_year >= this_year && h->from_year < this_year + YEARS)
		lint_warn(l,
		          lint_say(l, "%s: holiday %s has no date from %d on",
		                   "%s : le jour férié %s n'a plus de date à partir de %d"),
		          t->name, h->name, this_year);
	if (h->kind == HOLIDAY_LISTED && h->complete_until <= l->last + LISTED_SOON_DAYS && t->covered)
		lint_warn(
		    l,
		    lint_say(
			l,
			"%s: its listed holidays are known until %s; after that day it is held as law-unknown",
			"%s : ses jours fériés sont connus jusqu'au %s ; au-delà, ses tâches attendent (law-unknown)"),
		    t->name, civil_format_date(h->complete_until, until));
}

void lint_regimes(struct lint *l)
{
	lint_gaps(l);
	lint_lists(l);
	for (size_t t = 0; t < l->rb->territory_count; t++)
		for (size_t h = 0; h < l->rb->territories[t].holiday_count; h++)
			lint_holiday(l, &l->rb->territories[t], &l->rb->territories[t].holidays[h]);
}
