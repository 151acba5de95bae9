/* log_said.c - what the decision log says; see log_said.h. */
#include "ctl/log/log_said.h"

#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/log/log_beside.h"
#include "io/host/mem.h"

#include <stdlib.h>

json_t *log_said(struct ctl *ctl, const char *campaign, bool *ret_good)
{
	struct beside *b = mem_zero(sizeof(*b));
	char err[300];
	json_t *heads = json_array(), *faults = json_array();
	b->ctl = ctl;
	b->campaign = campaign;
	b->quiet = true;
	b->dir_count = beside_configured(ctl, b->dirs);
	*ret_good = true;
	if (b->dir_count == 0) {
		json_decref(heads);
		json_decref(faults);
		free(b);
		return NULL;
	}
	int64_t count = beside_compare(b, err, sizeof(err));
	for (size_t i = 0; i < b->dir_count; i++)
		json_array_append_new(heads, print_json_text(b->checkpoints[i]));
	for (size_t i = 0; i < b->told; i++)
		json_array_append_new(faults,
		                      print_pack("{s:s, s:s, s:s, s:s}", "what",
		                                 beside_name(b->faults[i].what), "where", b->faults[i].where,
		                                 "entry", b->faults[i].id, "why", b->faults[i].why));
	if (count < 0)
		json_array_append_new(faults, print_pack("{s:s, s:s, s:s, s:s}", "what", "unread", "where",
		                                         "", "entry", "", "why", err));
	*ret_good = count == 0;
	json_t *said = print_pack("{s:b, s:o, s:I, s:I, s:I, s:I, s:o}", "whole", count == 0, "heads", heads,
	                          "logged", (json_int_t)b->logged, "same", (json_int_t)b->same, "waiting",
	                          (json_int_t)b->waiting, "older", (json_int_t)b->older, "faults", faults);
	free(b);
	return said;
}

void log_said_print(const json_t *said, bool french, FILE *file)
{
	size_t i;
	const json_t *value;
	json_array_foreach(json_object_get(said, "heads"), i, value)
	{
		print_to(file, french ? "  %s : %s\n" : "  %s: %s\n",
		         lang_pick(french, "Head of the log", "Tête du journal"), json_string_value(value));
	}
	print_to(
	    file,
	    lang_pick(
		french,
		"  %lld records stand in it as they are here; %lld wait for it; %lld are older than it\n",
		"  %lld enregistrements y figurent tels qu'ici ; %lld l'attendent ; %lld lui sont antérieurs\n"),
	    (long long)json_integer_value(json_object_get(said, "same")),
	    (long long)json_integer_value(json_object_get(said, "waiting")),
	    (long long)json_integer_value(json_object_get(said, "older")));
	json_array_foreach(json_object_get(said, "faults"), i, value)
	{
		char *why = core_text(french, json_string_value(json_object_get(value, "why")));
		print_to(file, lang_pick(french, "  %s: %s %s: %s\n", "  %s : %s %s : %s\n"),
		         lang_say(french, json_string_value(json_object_get(value, "what"))),
		         json_string_value(json_object_get(value, "where")),
		         json_string_value(json_object_get(value, "entry")), why);
		free(why);
	}
	if (json_is_false(json_object_get(said, "whole")))
		print_to(file, "  %s\n",
		         lang_pick(french, "REDIS AND THE LOG DIFFER: this text proves nothing.",
		                   "REDIS ET LE JOURNAL DIFFÈRENT : ce texte ne prouve rien."));
}
