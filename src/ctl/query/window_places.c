/* window_places.c - see window_places.h. */
#include "ctl/query/window_places.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define HELD "held."

struct window_places {
	const struct rulebook *rb;
	struct week window;
	int64_t now_ms;
	struct one {
		uint32_t place;
		bool never;
		int64_t jobs;
	} * all;
	size_t count, capacity;
};

struct window_places *window_places_new(struct ctl *ctl, const struct week *window)
{
	struct window_places *w = mem_zero(sizeof(*w));

	w->rb = ctl_rulebook(ctl);
	w->window = *window;
	w->now_ms = ctl_now_ms(ctl);
	return w;
}

void window_places_add(struct window_places *w, uint32_t place, int64_t jobs)
{
	size_t i = 0;
	int64_t ms;

	while (i < w->count && w->all[i].place != place)
		i++;
	if (i == w->count) {
		w->all = mem_grow(w->all, &w->capacity, w->count, sizeof(*w->all));
		bool never =
		    !window_next_open(w->rb, place, &w->window, w->now_ms, WINDOW_HORIZON_DAYS, &ms) &&
		    window_next_open(w->rb, place, NULL, w->now_ms, WINDOW_HORIZON_DAYS, &ms);

		w->all[w->count++] = (struct one){ place, never, 0 };
	}
	w->all[i].jobs += jobs;
}

json_t *window_places_never(const struct window_places *w)
{
	json_t *places = json_array();
	char name[PLACE_NAME_SIZE];

	for (size_t i = 0; i < w->count; i++)
		if (w->all[i].never && w->all[i].jobs > 0)
			json_array_append_new(places, print_pack("{s:s,s:I}", "place",
			                                         place_name(w->rb, w->all[i].place, name),
			                                         "jobs", (json_int_t)w->all[i].jobs));
	return places;
}

void window_places_free(struct window_places *w)
{
	if (w == NULL)
		return;
	free(w->all);
	free(w);
}

json_t *window_never(struct ctl *ctl, const struct week *window, const struct hash *stats)
{
	if (window == NULL)
		return json_array();
	struct window_places *w = window_places_new(ctl, window);

	for (size_t i = 0; i < stats->fields.count; i++) {
		const char *name = stats->fields.names[i];
		int64_t jobs = hash_int(stats, name);
		uint32_t place;

		if (strncmp(name, HELD, strlen(HELD)) == 0 && jobs > 0 &&
		    place_parse(w->rb, name + strlen(HELD), strlen(name + strlen(HELD)), &place))
			window_places_add(w, place, jobs);
	}
	json_t *places = window_places_never(w);

	window_places_free(w);
	return places;
}

void window_never_tell(const char *id, const json_t *places)
{
	const json_t *each;
	size_t i;

	json_array_foreach(places, i, each)
	{
		json_int_t jobs = json_integer_value(json_object_get(each, "jobs"));

		const char *place = json_string_value(json_object_get(each, "place"));

		if (jobs == 1)
			ctl_note(
			    error_pick(
				"%s: its window never meets the lawful hours of %s: 1 job there never goes out",
				"%s : sa plage ne rencontre jamais les horaires légaux de %s : 1 tâche y reste sans jamais partir"),
			    id, place);
		else
			ctl_note(
			    error_pick(
				"%s: its window never meets the lawful hours of %s: %" JSON_INTEGER_FORMAT
				" jobs there never go out",
				"%s : sa plage ne rencontre jamais les horaires légaux de %s : %" JSON_INTEGER_FORMAT
				" tâches y restent sans jamais partir"),
			    id, place, jobs);
	}
}
