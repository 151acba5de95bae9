/* paper_dossier.c - see paper_dossier.h. */
#include "ctl/paper/paper_dossier.h"

#include "ctl/paper/paper.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

static void put_lines(struct sheet *s, const json_t *list, const char *key)
{
	const json_t *item;
	size_t i;
	json_array_foreach(list, i, item)
	{
		sheet_item(s, key != NULL ? paper_text(item, key) : json_string_value(item));
	}
}

static void put_part(struct sheet *s, const json_t *all, const char *part, const char *key,
                     const char *english, const char *french)
{
	const json_t *list = json_object_get(all, part);
	if (json_array_size(list) == 0)
		return;
	sheet_heading(s, english, french);
	put_lines(s, list, key);
}

static void put_events(struct sheet *s, const json_t *events)
{
	const json_t *event;
	size_t i;
	sheet_heading(s, "What happened, in the order of time", "Ce qui s'est passé, dans l'ordre du temps");
	json_array_foreach(events, i, event)
	{
		const char *at = paper_text(event, "at");
		if (*at != '\0')
			sheet_text(s, "On %s: %s.", "Le %s : %s.", at, paper_text(event, "text"));
		else
			sheet_text(s, "At a time not known: %s.", "À une date inconnue : %s.",
			           paper_text(event, "text"));
		put_lines(s, json_object_get(event, "details"), NULL);
	}
	if (json_array_size(events) == 0)
		sheet_text(s, "Nothing is on record.", "Rien n'est inscrit.");
}

/* The articles that a refusal names, and those that a call rested on. */
static void quote_articles(struct sheet *s, const json_t *events)
{
	const json_t *event, *article;
	size_t i, k;
	json_array_foreach(events, i, event)
	{
		json_array_foreach(json_object_get(event, "articles"), k, article)
		{
			sheet_quote(s, json_string_value(article), sheet_say(s, "a call", "un appel"));
		}
		if (*paper_text(event, "article") != '\0')
			sheet_quote(s, paper_text(event, "article"),
			            words_of(sheet_french(s), paper_text(event, "reason")));
	}
}

void paper_dossier(const struct sheet_want *want, const json_t *all, FILE *to)
{
	const json_t *absence = json_object_get(all, "between"), *log;
	size_t i;
	struct sheet_want w = *want;
	char *title = mem_format(w.french ? "Dossier du numéro %s" : "Dossier of the number %s",
	                         paper_text(all, "number"));
	char *place = words_place(w.french, paper_text(all, "place"));
	w.title = title;
	w.with_log = true;
	struct sheet *s = sheet_new(&w);
	sheet_text(s, "Everything on record of this number, of all advertisers and campaigns, as of %s.",
	           "Tout ce qui est inscrit au sujet de ce numéro, pour tous les annonceurs et toutes les "
	           "campagnes, au %s.",
	           paper_text(all, "at"));
	sheet_fact(s, "Where it may be", "Où il peut se trouver", place);
	paper_spaces(s, all);
	if (json_is_object(absence)) {
		sheet_heading(s, "Was it called in that time?", "A-t-il été appelé pendant cette période ?");
		sheet_text(s, "%s.", "%s.", paper_text(absence, "text"));
		put_lines(s, json_object_get(absence, "rests_on"), NULL);
		put_part(s, absence, "doubts", NULL, "What is in doubt", "Ce qui est incertain");
	}
	put_events(s, json_object_get(all, "events"));
	quote_articles(s, json_object_get(all, "events"));
	put_part(s, all, "now", "text", "Where its jobs are now", "Où sont ses tâches");
	put_part(s, all, "lists", "text", "On which lists it is now", "Sur quelles listes il figure");
	put_part(s, all, "attempts", "text", "What counts for the cap", "Ce qui compte pour le plafond");
	if (!json_is_object(absence))
		put_part(s, all, "limits", NULL, "What could not be looked at",
		         "Ce qui n'a pas pu être examiné");
	if (json_is_false(json_object_get(all, "known")))
		sheet_text(s, "Nothing at all is known of this number.", "Rien n'est connu de ce numéro.");
	paper_log(s, json_object_get(all, "log"));
	json_array_foreach(json_object_get(all, "logs"), i, log)
	{
		if (json_object_get(log, "whole") == NULL)
			continue;
		paper_log(s, log);
		sheet_fact(s, "Space", "Espace", paper_text(log, "space"));
	}
	sheet_end(s, to);
	free(title);
	free(place);
}
