/* dossier_text.c - a dossier for people: what happened, in the order of time, and what
 * stands now. */
#include "ctl/dossier/dossier_text.h"
#include "ctl/log/log_said.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/wrap.h"
#include "ctl/dossier/dossier.h"

#include <stdio.h>
#include <stdlib.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void print_lines(const json_t *list, const char *key, const char *indent)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		wrap_line(indent, key != NULL ? text_of(item, key) : json_string_value(item));
	}
}

static void print_part(const struct dossier *d, const json_t *all, const char *part, const char *key,
                       const char *title)
{
	const json_t *list = json_object_get(all, part);

	if (json_array_size(list) == 0)
		return;
	ctl_title(d->ctl, "\n%s", title);
	print_lines(list, key, "  ");
}

static void print_events(const struct dossier *d, const json_t *events)
{
	const json_t *event;
	size_t i;

	ctl_title(d->ctl, "\n%s", lang_pick(d->french, "What happened", "Ce qui s'est passé"));
	json_array_foreach(events, i, event)
	{
		const char *local = text_of(event, "local"), *at = text_of(event, "at");

		print(i > 0 ? "\n%s%s%s\n" : "%s%s%s\n", local, *local != '\0' && *at != '\0' ? ", " : "",
		      *at != '\0'      ? at
		      : *local != '\0' ? ""
		                       : lang_pick(d->french, "at a time not known", "à une date inconnue"));
		wrap_line("  ", text_of(event, "text"));
		print_lines(json_object_get(event, "details"), NULL, "    ");
	}
	if (json_array_size(events) == 0)
		print("  %s\n", lang_pick(d->french, "nothing", "rien"));
}

/* Whose records these are, where there are several spaces. */
static void print_spaces(const struct dossier *d)
{
	char *text = everywhere_alone(d->spaces, d->french), *all = everywhere_asked(d->spaces, d->french);

	if (text != NULL || all != NULL)
		wrap_line("", text != NULL ? text : all);
	free(text);
	free(all);
}

void dossier_print(const struct dossier *d, const json_t *all)
{
	const json_t *absence = json_object_get(all, "between"), *log;
	size_t i;

	fputs(d->ctl->colour ? "\033[1m" : "", stdout);
	wrap_line("", text_of(all, "title"));
	fputs(d->ctl->colour ? "\033[0m" : "", stdout);
	wrap_line("", text_of(all, "times"));
	print_spaces(d);
	if (json_is_object(absence)) {
		ctl_title(d->ctl, "\n%s", text_of(absence, "text"));
		print_lines(json_object_get(absence, "rests_on"), NULL, "  ");
		print_part(d, absence, "doubts", NULL,
		           lang_pick(d->french, "What is in doubt", "Ce qui est incertain"));
	}
	print_events(d, json_object_get(all, "events"));
	print_part(d, all, "now", "text",
	           lang_pick(d->french, "Where its jobs are now", "Où sont ses tâches"));
	print_part(d, all, "lists", "text",
	           lang_pick(d->french, "On which lists it is now", "Sur quelles listes il est"));
	print_part(d, all, "attempts", "text",
	           lang_pick(d->french, "What counts for the cap", "Ce qui compte pour le plafond"));
	if (!json_is_object(absence))
		print_part(d, all, "limits", NULL,
		           lang_pick(d->french, "What could not be looked at",
		                     "Ce qui n'a pas pu être examiné"));
	if (d->log != NULL) {
		ctl_title(d->ctl, "\n%s", lang_pick(d->french, "Decision log", "Journal des décisions"));
		log_said_print(d->log, d->french, stdout);
	}
	json_array_foreach(d->logs, i, log)
	{
		ctl_title(d->ctl,
		          lang_pick(d->french, "\nDecision log of space %s",
		                    "\nJournal des décisions de l'espace %s"),
		          text_of(log, "space"));
		if (json_object_get(log, "whole") != NULL)
			log_said_print(log, d->french, stdout);
		else
			wrap_line("  ", lang_pick(d->french, "It is not at hand here: nothing was compared",
			                          "Il n'est pas ici : rien n'a été comparé"));
	}
}
