/* page_law.c - places and closed days; see page_law.h. */
#include "daemon/publish/page_law.h"

#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/text/reason.h"
#include "core/time/civil.h"
#include "core/time/zone.h"
#include "daemon/base/turn.h"

#include <stdlib.h>
#include <string.h>

#define YEAR_FIRST 2015
#define YEAR_LAST 2099

static json_t *instant_or_null(int64_t ms)
{
	char text[CIVIL_INSTANT_SIZE];
	return ms == TIME_NONE || ms == INT64_MAX ? json_null() : json_string(civil_format_instant(ms, text));
}

json_t *page_place(struct daemon *d, uint32_t place)
{
	const struct place_view *v = place_view_at(&d->legal_views, place, turn_now(d));
	const char *zone = "UTC";
	char name[PLACE_NAME_SIZE];
	for (size_t t = 0; t < d->rb->territory_count; t++)
		if ((place & TERRITORY_BIT(t)) != 0 && d->rb->territories[t].zone_count > 0) {
			zone = zone_name(d->rb->territories[t].zones[0]);
			break;
		}
	json_t *o = json_object();
	json_object_set_new(o, "place", json_string(place_name(d->rb, place, name)));
	json_object_set_new(o, "zone", json_string(zone));
	json_object_set_new(o, "open", json_boolean(v->open));
	json_object_set_new(o, "until", instant_or_null(v->open ? v->close_ms : TIME_NONE));
	json_object_set_new(o, "next_open", instant_or_null(v->next_open_ms));
	json_object_set_new(o, "why", v->open ? json_null() : json_string(reason_name(v->why)));
	json_object_set_new(o, "rule", json_string(v->open ? "" : v->rule));
	return o;
}

json_t *page_places(struct daemon *d)
{
	json_t *list = json_array();
	for (size_t t = 0; t < d->rb->territory_count; t++)
		if (d->rb->territories[t].covered)
			json_array_append_new(list, page_place(d, TERRITORY_BIT(t)));
	return list;
}

static json_t *closed_days(const struct territory *t, int year)
{
	json_t *days = json_array();
	char date[CIVIL_DATE_SIZE];
	int32_t day;
	for (size_t h = 0; h < t->holiday_count; h++)
		for (size_t nth = 0; holiday_date_in(&t->holidays[h], year, nth, &day); nth++)
			json_array_append_new(days, json_pack("{s:s, s:s, s:s}", "date",
			                                      civil_format_date(day, date), "name",
			                                      t->holidays[h].name, "article",
			                                      t->holidays[h].article));
	return days;
}

bool page_calendar_begin(struct page_sheet *sheet, const char *name)
{
	const struct rulebook *rb = sheet->rb;
	int year = atoi(name);
	json_t *all = json_array();
	json_object_set_new(sheet->json, "year", json_integer(year));
	json_object_set_new(sheet->json, "territories", all);
	if (strlen(name) != 4 || strspn(name, "0123456789") != 4 || year < YEAR_FIRST || year > YEAR_LAST)
		return false;
	int32_t last = civil_to_days((struct civil){ year, 12, 31 });
	for (size_t t = 0; t < rb->territory_count; t++) {
		const struct territory *territory = &rb->territories[t];
		if (!territory->covered)
			continue;
		json_array_append_new(all, json_pack("{s:s, s:b, s:o}", "territory", territory->name, "known",
		                                     (int)window_holidays_known(rb, TERRITORY_BIT(t), last),
		                                     "closed", closed_days(territory, year)));
	}
	return true;
}
