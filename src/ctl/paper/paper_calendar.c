/* paper_calendar.c - see paper_calendar.h. */
#include "ctl/paper/paper_calendar.h"

#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include "core/time/civil.h"
#include "ctl/paper/letter.h"

#include <stdlib.h>
#include <string.h>

static char *places_of(const struct sheet *s, const json_t *territories, size_t all)
{
	if (json_array_size(territories) == all)
		return mem_copy(sheet_say(s, "everywhere", "partout"));
	char *text = mem_copy("");
	const json_t *name;
	size_t i;
	json_array_foreach(territories, i, name)
	{
		char *more = mem_format("%s%s%s", text, i > 0 ? ", " : "",
		                        words_of(sheet_french(s), json_string_value(name)));
		free(text);
		text = more;
	}
	return text;
}

void paper_calendar(const struct sheet_want *want, const json_t *days, const char *place, int year, FILE *to)
{
	struct sheet_want w = *want;
	bool everywhere = *place == '\0';
	char *where = everywhere ? mem_copy(w.french ? "tous les territoires" : "all territories")
	                         : words_place(w.french, place);
	char *title =
	    mem_format(w.french ? "Jours fériés sans appel en %d : %s" : "Holidays without calls in %d: %s",
	               year, where);
	const json_t *day;
	int32_t date;
	size_t i, all = 0;
	json_array_foreach(days, i, day)
	{
		size_t n = json_array_size(json_object_get(day, "territories"));
		all = n > all ? n : all;
	}
	w.title = title;
	struct sheet *s = sheet_new(&w);
	const char *const heads[] = { sheet_say(s, "Day", "Jour"), sheet_say(s, "Holiday", "Jour férié"),
		                      everywhere ? sheet_say(s, "Where", "Où")
		                                 : sheet_say(s, "By", "En vertu de"),
		                      sheet_say(s, "By", "En vertu de") };
	sheet_text(
	    s,
	    "On these days nothing is called there, by the rulebook in force; so are all Saturdays and "
	    "Sundays, unless its hours say otherwise.",
	    "Ces jours-là aucun appel n'est passé en ce lieu, selon les règles en vigueur ; il en va de "
	    "même des samedis et des dimanches, sauf horaires contraires.");
	sheet_table(s, everywhere ? 4 : 3, heads);
	json_array_foreach(days, i, day)
	{
		const char *text = paper_text(day, "date");
		char *when = civil_parse_date(text, strlen(text), &date) ? letter_date(w.french, date, true)
		                                                         : mem_copy(text);
		sheet_cell(s, when);
		sheet_cell(s, paper_text(day, "name"));
		if (everywhere) {
			char *places = places_of(s, json_object_get(day, "territories"), all);
			sheet_cell(s, places);
			free(places);
		}
		char *article = sheet_articles(s, paper_text(day, "article"));
		sheet_cell(s, article);
		sheet_quote(s, paper_text(day, "article"), paper_text(day, "name"));
		free(article);
		free(when);
	}
	sheet_end(s, to);
	free(title);
	free(where);
}
