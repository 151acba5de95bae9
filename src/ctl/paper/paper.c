/* paper.c - what all sheets share; see paper.h. */
#include "ctl/paper/paper.h"

#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

const char *paper_format(const struct ctl *ctl, const char *format, const char *more, bool full)
{
	bool html = format != NULL && strcmp(format, "html") == 0;
	if (format != NULL && !html && strcmp(format, "text") != 0 &&
	    (more == NULL || strcmp(format, more) != 0))
		ctl_misuse(ctl,
		           more == NULL ? error_pick("--format is text or html, not %s",
		                                     "--format est text ou html, et non %s")
		                        : error_pick("--format is text, html or ics, not %s",
		                                     "--format est text, html ou ics, et non %s"),
		           format);
	if (html && ctl->json)
		ctl_misuse(ctl, error_pick("--json is no HTML: leave one of them out",
		                           "--json n'est pas du HTML : omettre l'un des deux"));
	if (full && !html)
		ctl_misuse(ctl,
		           error_pick("--full belongs to --format html", "--full va avec --format html"));
	return format != NULL ? format : "text";
}

void paper_log(struct sheet *s, const json_t *said)
{
	const json_t *fault;
	size_t i;
	if (said == NULL)
		return;
	sheet_heading(s, "Decision log", "Journal des décisions");
	sheet_count(s, "Records that stand in it as they are here",
	            "Enregistrements qui y figurent tels qu'ici", paper_int(said, "same"));
	sheet_count(s, "Records that it does not have yet", "Enregistrements qu'il n'a pas encore",
	            paper_int(said, "waiting"));
	sheet_count(s, "Records that are older than it", "Enregistrements qui lui sont antérieurs",
	            paper_int(said, "older"));
	json_array_foreach(json_object_get(said, "faults"), i, fault)
	{
		bool fr = sheet_french(s);
		char *why = core_text(fr, paper_text(fault, "why"));
		char *text = mem_format(lang_pick(fr, "%s: %s %s: %s", "%s : %s %s : %s"),
		                        lang_say(fr, paper_text(fault, "what")), paper_text(fault, "where"),
		                        paper_text(fault, "entry"), why);
		sheet_item(s, text);
		free(text);
		free(why);
	}
	if (json_is_false(json_object_get(said, "whole")))
		sheet_warning(s, "Redis and the log differ: this sheet proves nothing.",
		              "Redis et le journal diffèrent : cette feuille ne prouve rien.");
}

void paper_spaces(struct sheet *s, const json_t *all)
{
	const char *alone = paper_text(all, "space");
	char *names = mem_copy("");
	const json_t *name;
	size_t i;
	json_array_foreach(json_object_get(all, "spaces"), i, name)
	{
		char *more = mem_format("%s%s%s", names, i > 0 ? ", " : "", json_string_value(name));
		free(names);
		names = more;
	}
	if (*names != '\0')
		sheet_text(s, "All spaces of the platform were asked: %s.",
		           "Tous les espaces de la plateforme ont été interrogés : %s.", names);
	else if (*alone != '\0')
		sheet_warning(s, "Space %s alone: what the others have is not in it.",
		              "Espace %s seul : ce que les autres détiennent n'y figure pas.", alone);
	free(names);
}
