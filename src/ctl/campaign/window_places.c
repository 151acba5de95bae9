/* window_places.c - see window_places.h. */
#include "ctl/campaign/window_places.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "ctl/base/print.h"

#include <string.h>

#define HELD "held."

json_t *window_never(struct ctl *ctl, const struct campaign_facts *cf, const struct hash *stats)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct campaign *c = &cf->sit.c;
	json_t *places = json_array();

	for (size_t i = 0; c->has_window && i < stats->fields.count; i++) {
		const char *name = stats->fields.names[i];
		int64_t jobs = hash_int(stats, name), ms;
		uint32_t place;

		if (strncmp(name, HELD, strlen(HELD)) != 0 || jobs <= 0 ||
		    !place_parse(rb, name + strlen(HELD), strlen(name + strlen(HELD)), &place))
			continue;
		if (window_next_open(rb, place, &c->window, ctl_now_ms(ctl), WINDOW_HORIZON_DAYS, &ms) ||
		    !window_next_open(rb, place, NULL, ctl_now_ms(ctl), WINDOW_HORIZON_DAYS, &ms))
			continue;
		json_array_append_new(places, print_pack("{s:s,s:I}", "place", name + strlen(HELD), "jobs",
		                                         (json_int_t)jobs));
	}
	return places;
}

void window_never_tell(const char *id, const json_t *places)
{
	const json_t *each;
	size_t i;

	json_array_foreach(places, i, each)
	{
		json_int_t jobs = json_integer_value(json_object_get(each, "jobs"));

		ctl_note("%s: its window never meets the lawful hours of %s: %" JSON_INTEGER_FORMAT
		         " job%s there never go%s out",
		         id, json_string_value(json_object_get(each, "place")), jobs, jobs == 1 ? "" : "s",
		         jobs == 1 ? "es" : "");
	}
}
