/* dossier_text.c - a dossier for people: what happened, in the order of time, and what
 * stands now. */
#include "ctl/dossier/dossier_text.h"
#include "ctl/log/log_said.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/wrap.h"
#include "ctl/dossier/dossier.h"

#include <stdio.h>

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
	ctl_title(d->ctl, "\n%s", lang_say(d->french, title));
	print_lines(list, key, "  ");
}

static void print_events(const struct dossier *d, const json_t *events)
{
	const json_t *event;
	size_t i;

	ctl_title(d->ctl, "\n%s", lang_say(d->french, "What happened"));
	json_array_foreach(events, i, event)
	{
		const char *local = text_of(event, "local"), *at = text_of(event, "at");

		print(i > 0 ? "\n%s%s%s\n" : "%s%s%s\n", local, *local != '\0' && *at != '\0' ? ", " : "",
		      *at != '\0'      ? at
		      : *local != '\0' ? ""
		                       : lang_say(d->french, "at a time not known"));
		wrap_line("  ", text_of(event, "text"));
		print_lines(json_object_get(event, "details"), NULL, "    ");
	}
	if (json_array_size(events) == 0)
		print("  %s\n", lang_say(d->french, "nothing"));
}

void dossier_print(const struct dossier *d, const json_t *all)
{
	const json_t *absence = json_object_get(all, "between");

	fputs(d->ctl->colour ? "\033[1m" : "", stdout);
	wrap_line("", text_of(all, "title"));
	fputs(d->ctl->colour ? "\033[0m" : "", stdout);
	wrap_line("", text_of(all, "times"));
	if (json_is_object(absence)) {
		ctl_title(d->ctl, "\n%s", text_of(absence, "text"));
		print_lines(json_object_get(absence, "rests_on"), NULL, "  ");
		print_part(d, absence, "doubts", NULL, "What is in doubt");
	}
	print_events(d, json_object_get(all, "events"));
	print_part(d, all, "now", "text", "Where its jobs are now");
	print_part(d, all, "lists", "text", "On which lists it is now");
	print_part(d, all, "attempts", "text", "What counts for the cap");
	if (!json_is_object(absence))
		print_part(d, all, "limits", NULL, "What could not be looked at");
	if (d->log != NULL) {
		ctl_title(d->ctl, "\n%s", lang_say(d->french, "Decision log"));
		log_said_print(d->log, d->french, stdout);
	}
}
