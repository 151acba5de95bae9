/* windows: when a number or a place may be called. */
#include "core/law/window.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define WINDOWS_DAYS 7
#define WINDOWS_DAYS_MAX 3660

struct interval {
	int64_t open_ms, close_ms;
};

/* The next legal interval in [from, end), clipped to it. */
static bool next_interval(const struct rulebook *rb, uint32_t place, int64_t from_ms, int64_t end_ms,
                          struct interval *ret)
{
	int64_t days = (end_ms - from_ms) / DAY_MS + 1;

	if (days > WINDOW_HORIZON_DAYS)
		days = WINDOW_HORIZON_DAYS;
	if (from_ms >= end_ms || !window_next_open(rb, place, NULL, from_ms, (int)days, &ret->open_ms) ||
	    ret->open_ms >= end_ms)
		return false;
	if (!window_next_close(rb, place, NULL, ret->open_ms, &ret->close_ms) || ret->close_ms > end_ms)
		ret->close_ms = end_ms;
	return ret->close_ms > ret->open_ms;
}

static void json_windows(const struct rulebook *rb, uint32_t place, int64_t from_ms, int64_t end_ms)
{
	json_t *list = json_array();
	struct interval interval;

	for (; next_interval(rb, place, from_ms, end_ms, &interval); from_ms = interval.close_ms) {
		json_t *object = json_object();

		json_object_set_new(object, "open", ctl_json_time(interval.open_ms));
		json_object_set_new(object, "close", ctl_json_time(interval.close_ms));
		json_array_append_new(list, object);
	}
	ctl_print_json(list);
}

/* Instants as people say them there: the date, and both times of the day. */
static void add_local(struct columns *table, const struct zone *zone, const struct interval *interval,
                      bool fr)
{
	char date[CIVIL_DATE_SIZE];
	int32_t open_s, close_s;
	int32_t day = zone_local_date(zone, interval->open_ms, &open_s);

	if (zone_local_date(zone, interval->close_ms, &close_s) > day)
		close_s += 86400;
	columns_addf(table, "%.3s %s", lang_say(fr, ctl_weekday_name(day)), civil_format_date(day, date));
	columns_addf(table, "%02d:%02d - %02d:%02d", open_s / 3600, open_s / 60 % 60, close_s / 3600,
	             close_s / 60 % 60);
}

static void print_windows(struct ctl *ctl, uint32_t place, int64_t from_ms, int64_t end_ms, bool fr)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct zone *zones[64] = { NULL };
	size_t zone_count = ctl_place_zones(rb, place, zones, 64), found = 0;
	char name[PLACE_NAME_SIZE], open[CIVIL_INSTANT_SIZE], close[CIVIL_INSTANT_SIZE];
	struct interval interval;
	struct columns table;

	char *where =
	    fr ? words_place(true, place_name(rb, place, name)) : mem_copy(place_name(rb, place, name));

	print(lang_pick(fr, "%s, local time of %s\n\n", "%s, heure locale de %s\n\n"), where,
	      zone_count > 0 ? zone_name(zones[0]) : "-");
	free(where);
	columns_init(&table, lang_pick(fr, "day|open there|open (UTC)|close (UTC)",
	                               "jour|ouvert sur place|ouverture (UTC)|fermeture (UTC)"));
	for (int64_t at_ms = from_ms; next_interval(rb, place, at_ms, end_ms, &interval); found++) {
		add_local(&table, zones[0], &interval, fr);
		columns_add(&table, civil_format_instant(interval.open_ms, open));
		columns_add(&table, civil_format_instant(interval.close_ms, close));
		at_ms = interval.close_ms;
	}
	columns_print(&table, ctl->colour);
	if (found > 0)
		return;
	const char *rule;
	enum reason reason = window_why(rb, place, NULL, from_ms, &rule);

	if (fr)
		print("aucune ouverture : %s (%s)\n", reason_text_fr(reason), lang_say(true, rule));
	else
		print("no opening: %s, %s (%s)\n", reason_name(reason), reason_text(reason), rule);
}

static int run_windows(struct ctl *ctl, int argc, char **argv)
{
	const char *from = NULL, *days = NULL;
	const struct ctl_option options[] = { { "--from", &from, NULL },
		                              { "--days", &days, NULL },
		                              { NULL, NULL, NULL } };
	int count = ctl_words_more(ctl, argc, argv, options, 31);
	bool french = ctl->french;
	int day_count = days != NULL ? ctl_read_int(ctl, "--days", days, 1, WINDOWS_DAYS_MAX) : WINDOWS_DAYS;
	int64_t from_ms = from != NULL ? ctl_read_time(ctl, "--from", from) : 0;
	char text[PLACE_NAME_SIZE];
	uint32_t place;

	if (!ctl_read_place(ctl, ctl_join_words(count, argv + 1, text, sizeof(text)), french, &place))
		return 1;
	if (from == NULL)
		from_ms = ctl_now_ms(ctl);
	int64_t end_ms = from_ms + day_count * DAY_MS;

	if (ctl->json)
		json_windows(ctl_rulebook(ctl), place, from_ms, end_ms);
	else
		print_windows(ctl, place, from_ms, end_ms, french);
	return 0;
}

const struct command ctl_windows_commands[] = {
	{ .name = "windows",
	  .usage = "NUMBER|PLACE",
	  .summary = "when a number or a place may be called",
	  .run = run_windows,
	  .example = "licetctl windows la-reunion --days 14",
	  .details = "PLACE is a territory, or several joined by +: then only what is lawful in all of them. "
	             "Intervals are half-open, and before the guard that licetd keeps at their end.\n" },
	{ 0 },
};
