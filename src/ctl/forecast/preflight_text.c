/* preflight_text.c - see preflight_text.h. */
#include "ctl/forecast/preflight_text.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

const char *const preflight_does[] = { "releases", "waits", "nothing-waits", "stopped" };
static const char *const doing_names_fr[] = { "transmet", "attend", "rien en attente", "arrêtée" };

static char *release_text(const json_t *f, bool fr)
{
	long long may_go = json_integer_value(json_object_get(f, "may_go"));
	double per_h = json_number_value(json_object_get(f, "per_h"));
	char *text = per_h > 0
	                 ? mem_format(lang_pick(fr, "%lld may go, %.6g/h", "%lld peuvent partir, %.6g/h"),
	                              may_go, per_h)
	                 : mem_format(lang_pick(fr, "%lld at once", "%lld aussitôt"), may_go);
	size_t index;
	json_t *place;

	json_array_foreach(json_object_get(f, "places"), index, place)
	{
		char *name =
		    fr ? words_place(true, json_string_value(place)) : mem_copy(json_string_value(place));
		char *more =
		    mem_format("%s%s%s", text,
		               index > 0 ? (fr ? ", " : " ") : lang_pick(fr, ", in ", ", à : "), name);

		free(name);
		free(text);
		text = more;
	}
	return text;
}

static enum doing doing_of(const json_t *f)
{
	enum doing doing = DOES_RELEASE;

	while (doing < DOES_NOT &&
	       strcmp(json_string_value(json_object_get(f, "does")), preflight_does[doing]) != 0)
		doing++;
	return doing;
}

static int64_t instant_of(const json_t *f, const char *name)
{
	const char *text = json_string_value(json_object_get(f, name));
	int64_t ms;

	return text != NULL && civil_parse_instant(text, strlen(text), &ms) ? ms : TIME_NONE;
}

/* A finding, as the JSON has it. */
static void add_row(struct columns *table, const struct zone *zone, size_t width, const json_t *f, bool fr)
{
	const char *reason = json_string_value(json_object_get(f, "reason")),
		   *told = json_string_value(json_object_get(f, "detail"));
	char at[LANG_LOCAL_SIZE];
	enum doing doing = doing_of(f);
	int64_t until_ms = instant_of(f, "until");
	char *shown =
	    text_shown(json_string_value(json_object_get(f, "campaign")), width > 0 ? width / 4 : SIZE_MAX);

	if (json_object_get(f, "space") != NULL)
		columns_add(table, json_string_value(json_object_get(f, "space")));
	columns_add(table, shown);
	free(shown);
	columns_add(table, fr ? doing_names_fr[doing] : preflight_does[doing]);
	columns_addf(table, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(f, "waiting")));
	if (doing != DOES_RELEASE) {
		bool faults = strcmp(reason, reason_name(REASON_CAMPAIGN_REJECTED)) == 0;
		char *detail = faults ? core_faults(fr, told) : core_text(fr, told);

		columns_addf(table, "%s%s%s%s%s", fr ? words_of(true, reason) : reason,
		             *told == '\0' ? "" : lang_pick(fr, ": ", " : "), detail,
		             until_ms == TIME_NONE ? "" : lang_pick(fr, "; until ", " ; jusqu'au "),
		             until_ms == TIME_NONE ? "" : lang_local(fr, zone, until_ms, at));
		free(detail);
		return;
	}
	char *text = release_text(f, fr);

	columns_addf(table, lang_pick(fr, "%s; until %s", "%s ; jusqu'au %s"), text,
	             lang_local(fr, zone, instant_of(f, "until_close"), at));
	free(text);
}

void preflight_print(const struct ctl *ctl, const json_t *list, int64_t at_ms, const struct everywhere *e,
                     bool fr)
{
	const struct zone *zone = NULL;
	char text[LANG_LOCAL_SIZE];
	struct columns table;
	const json_t *f;
	size_t i;

	ctl_place_zones(ctl->rulebook, TERRITORY_BIT(0), &zone, 1);
	ctl_title(ctl, lang_pick(fr, "At %s, %s%s", "Le %s, %s%s"), lang_local(fr, zone, at_ms, text),
	          zone_name(zone),
	          json_array_size(list) > 0
	              ? ""
	              : lang_pick(fr, ": there is no campaign", " : il n'y a aucune campagne"));
	columns_init(&table, e->count == 0
	                         ? lang_pick(fr, "campaign|then|waiting|", "campagne|alors|en attente|")
	                         : lang_pick(fr, "space|campaign|then|waiting|",
	                                     "espace|campagne|alors|en attente|"));
	json_array_foreach(list, i, f)
	{
		add_row(&table, zone, ctl_width(), f, fr);
	}
	columns_wrap(&table, ctl_width());
	columns_print(&table, ctl->colour);
	for (i = 0; i < e->count; i++)
		if (e->list[i].answer == NULL)
			print(lang_pick(fr, "%s  does not answer: %s\n", "%s  ne répond pas : %s\n"),
			      e->list[i].name, e->list[i].why);
}
