/* calendar: the days that are closed as holidays. */
#include "ctl/law/calendar.h"

#include "ctl/law/calendar_ics.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/law/place_arg.h"
#include "ctl/law/year_view.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/paper_calendar.h"
#include "ctl/paper/words.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool same_rule(const struct holiday *a, const struct holiday *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->article, b->article) == 0 && a->kind == b->kind;
}

static void add_day(struct year *y, int32_t date, const struct holiday *holiday, uint32_t territory)
{
	for (size_t i = 0; i < y->count; i++) {
		if (y->days[i].date == date && same_rule(y->days[i].holiday, holiday)) {
			y->days[i].territories |= territory;
			return;
		}
	}
	y->days = mem_grow(y->days, &y->capacity, y->count, sizeof(*y->days));
	y->days[y->count++] = (struct closed_day){ date, holiday, territory };
}

static int by_date(const void *a, const void *b)
{
	const struct closed_day *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return strcmp(x->holiday->name, y->holiday->name);
}

static struct year closed_days(const struct rulebook *rb, uint32_t place, int year)
{
	struct year y = { .number = year };
	int32_t date;

	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t h = 0; (place & TERRITORY_BIT(t)) != 0 && h < rb->territories[t].holiday_count;
		     h++) {
			const struct holiday *holiday = &rb->territories[t].holidays[h];

			for (size_t nth = 0; holiday_date_in(holiday, year, nth, &date); nth++)
				add_day(&y, date, holiday, TERRITORY_BIT(t));
		}
	if (y.count > 0)
		qsort(y.days, y.count, sizeof(*y.days), by_date);
	return y;
}

/* The rule of a day in French. Heap. */
static char *calendar_rule_fr(const struct holiday *h)
{
	static const char *const months[] = { "janvier",   "février", "mars",     "avril",
		                              "mai",       "juin",    "juillet",  "août",
		                              "septembre", "octobre", "novembre", "décembre" };
	const char *between = h->article[0] != '\0' ? " ; " : "";
	int days = abs(h->easter_days);
	char *article = letter_article_short(true, h->article), *text;

	if (h->kind == HOLIDAY_FIXED)
		text = mem_format("%d%s %s%s%s", h->day, h->day == 1 ? "er" : "", months[h->month - 1],
		                  between, article);
	else if (h->kind == HOLIDAY_EASTER && days == 0)
		text = mem_format("dimanche de Pâques%s%s", between, article);
	else if (h->kind == HOLIDAY_EASTER)
		text = mem_format("Pâques %c %d jour%s%s%s", h->easter_days < 0 ? '-' : '+', days,
		                  days == 1 ? "" : "s", between, article);
	else
		text = mem_format("date fixée chaque année%s%s", between, article);
	free(article);
	return text;
}

/* articles: with those, for the sheet; machines are promised three members. */
static json_t *json_calendar(const struct rulebook *rb, const struct year *y, bool everywhere, bool articles)
{
	json_t *list = json_array();

	for (size_t i = 0; i < y->count; i++) {
		const struct closed_day *d = &y->days[i];
		char *rule = calendar_rule(d->holiday);
		json_t *object = json_object();

		json_object_set_new(object, "date", ctl_json_date(d->date));
		json_object_set_new(object, "name", print_json_text(d->holiday->name));
		json_object_set_new(object, "rule", print_json_text(rule));
		if (articles)
			json_object_set_new(object, "article", print_json_text(d->holiday->article));
		if (everywhere)
			json_object_set_new(object, "territories", ctl_json_territories(rb, d->territories));
		json_array_append_new(list, object);
		free(rule);
	}
	return list;
}

static void print_calendar(const struct ctl *ctl, const struct rulebook *rb, uint32_t all,
                           const struct year *y, bool everywhere, bool french)
{
	char date[CIVIL_DATE_SIZE], where[PLACE_NAME_SIZE];
	struct columns table;

	if (french)
		columns_init(&table, everywhere ? "date|jour|fête|où|règle" : "date|jour|fête|règle");
	else
		columns_init(&table, everywhere ? "date|day|name|where|rule" : "date|day|name|rule");
	for (size_t i = 0; i < y->count; i++) {
		const struct closed_day *d = &y->days[i];
		char *rule = french ? calendar_rule_fr(d->holiday) : calendar_rule(d->holiday);

		columns_add(&table, civil_format_date(d->date, date));
		columns_add(&table, lang_say(french, ctl_weekday_name(d->date)));
		columns_add(&table, d->holiday->name);
		if (everywhere) {
			char *places = french ? words_place(true, place_name(rb, d->territories, where))
			                      : mem_copy(place_name(rb, d->territories, where));

			columns_add(&table, d->territories != all ? places
			                    : french              ? "partout"
			                                          : "everywhere");
			free(places);
		}
		columns_add(&table, rule);
		free(rule);
	}
	columns_print(&table, ctl->colour);
}

/* Days that are listed year by year end somewhere; then the place is held. */
static void warn_unknown(const struct rulebook *rb, uint32_t place, int year)
{
	int32_t last = civil_to_days((struct civil){ year, 12, 31 });

	for (size_t t = 0; t < rb->territory_count; t++)
		if ((place & TERRITORY_BIT(t)) != 0 && !window_holidays_known(rb, TERRITORY_BIT(t), last))
			ctl_note(
			    error_pick(
				"%s: its listed holidays do not reach the end of %d; days beyond are held as law-unknown",
				"%s : ses jours fériés connus n'atteignent pas la fin de %d ; au-delà, tout est mis en attente (law-unknown)"),
			    rb->territories[t].name, year);
}

static int this_year(struct ctl *ctl)
{
	int64_t now_ms = ctl_now_ms(ctl);

	return civil_from_days((int32_t)(now_ms / DAY_MS)).year;
}

/* Who subscribes to it reads it now and then: without a year, this one and the next. */
static int subscribe(struct ctl *ctl, const struct rulebook *rb, uint32_t place, int year)
{
	size_t count = year == 0 ? 2 : 1;
	int first = year == 0 ? this_year(ctl) : year;
	struct year years[2] = { closed_days(rb, place, first) };

	if (count == 2)
		years[1] = closed_days(rb, place, first + 1);
	calendar_ics(ctl, rb, years, count, place);
	warn_unknown(rb, place, first + (int)count - 1);
	for (size_t i = 0; i < count; i++)
		free(years[i].days);
	return 0;
}

static int run_calendar(struct ctl *ctl, int argc, char **argv)
{
	const char *year_text = NULL, *format = NULL;
	const struct ctl_option options[] = { { "--year", &year_text, NULL },
		                              { "--format", &format, NULL },
		                              { NULL, NULL, NULL } };
	bool everywhere = ctl_words(ctl, argc, argv, options) == 0;
	int year = year_text != NULL ? ctl_read_int(ctl, "--year", year_text, 1583, 9999) : 0;
	format = paper_format(ctl, format, "ics", false);
	bool ics = strcmp(format, "ics") == 0, html = strcmp(format, "html") == 0, french = ctl->french;
	const struct rulebook *rb = ctl_rulebook(ctl);
	uint32_t place = 0;

	for (size_t t = 0; t < rb->territory_count; t++)
		place |= TERRITORY_BIT(t);
	uint32_t all = place;

	if (!everywhere && !place_parse(rb, argv[1], strlen(argv[1]), &place))
		ctl_unknown_place(ctl, argv[1]);
	if (ics)
		return subscribe(ctl, rb, place, year);
	if (year == 0)
		year = this_year(ctl);
	struct year y = closed_days(rb, place, year);

	json_t *days = ctl->json || html ? json_calendar(rb, &y, everywhere, html) : NULL;

	if (html)
		paper_calendar(&(struct sheet_want){ .ctl = ctl,
		                                     .french = french,
		                                     .zone = rb->territories[0].zones[0] },
		               days, everywhere ? "" : argv[1], year, stdout);
	else if (ctl->json)
		ctl_print_json(json_incref(days));
	else if (isatty(STDOUT_FILENO))
		calendar_draw(ctl, place, &y, everywhere);
	else
		print_calendar(ctl, rb, all, &y, everywhere, french);
	json_decref(days);
	warn_unknown(rb, place, year);
	free(y.days);
	return 0;
}

const struct command ctl_calendar_commands[] = {
	{ .name = "calendar",
	  .usage = "[TERRITORY]",
	  .summary = "days that are closed as holidays",
	  .run = run_calendar,
	  .has_page = true,
	  .example = "licetctl calendar alsace-moselle --year 2027",
	  .details =
	      "Without TERRITORY it lists the days of all, and where each is closed. Join several with +. "
	      "On a terminal it draws the year, with the windows of the week; elsewhere it prints a list.\n" },
	{ 0 },
};
