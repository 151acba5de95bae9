/* outlook.c - see outlook.h. */
#include "ctl/forecast/outlook.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t outlook_finish(const struct outlook *o)
{
	return forecast_finish(&o->r, &o->c, o->at_ms);
}

/* --- what it takes for granted ------------------------------------------------------------ */

static const char *assume_route(const struct outlook *o, bool french)
{
	static char text[240];

	if (o->ahead > 0)
		snprintf(
		    text, sizeof(text),
		    french
			? "%d campagne%s de la route %s passe%s avant par priorité : ce qu'elles ont sans débit "
			  "fixé n'est pas compté"
			: "%d other campaign%s of route %s go%s first by priority: what they have no rate for is "
			  "not reckoned with",
		    o->ahead, o->ahead == 1 ? "" : "s", o->c.route,
		    o->ahead == 1 ? (french ? "" : "es") : (french ? "nt" : ""));
	else if (o->sharers > 0 && french)
		snprintf(
		    text, sizeof(text),
		    "la route est partagée selon leur poids avec %d autre%s campagne%s, tout le temps : %.0f par "
		    "heure pour celle-ci",
		    o->sharers, o->sharers == 1 ? "" : "s", o->sharers == 1 ? "" : "s", o->route_share_per_h);
	else if (o->sharers > 0)
		snprintf(text, sizeof(text),
		         "the route is shared by weight with the %d campaign%s that want%s it now, all the "
		         "time: %.0f/h for this one",
		         o->sharers, o->sharers == 1 ? "" : "s", o->sharers == 1 ? "s" : "",
		         o->route_share_per_h);
	else
		snprintf(text, sizeof(text),
		         french ? "aucune autre campagne n'utilise la route %s entre-temps"
		                : "no other campaign uses route %s meanwhile",
		         o->c.route);
	return text;
}

/* Does the campaign want any outcome tried again? */
static bool tries_again(const struct outlook *o)
{
	bool any = false;

	for (int i = 0; i < RETRY_OUTCOMES; i++)
		any = any || o->c.retry_ms[i] > 0;
	return any && o->c.retry_max > 0;
}

static const char *assume_retries(const struct outlook *o, bool french)
{
	static char text[160];

	if (french)
		snprintf(text, sizeof(text),
		         "%.0f %% des appels sont renouvelés, comme sur les %" PRId64
		         " passés, %d fois au plus",
		         o->tried_again * 100, o->calls, o->c.retry_max);
	else
		snprintf(text, sizeof(text),
		         "%.0f %% of calls are tried again, as of the %" PRId64 " so far, %d time%s at most",
		         o->tried_again * 100, o->calls, o->c.retry_max, o->c.retry_max == 1 ? "" : "s");
	return text;
}

const char *outlook_assumes(const struct outlook *o, bool french, size_t i)
{
	const char *list[12];
	size_t n = 0;

	if (o->blocked != REASON_ALLOWED)
		list[n++] = lang_pick(french, "what stands in its way is lifted now",
		                      "ce qui la retient est levé à cet instant");
	list[n++] = lang_pick(french, "senders take what is ready at once",
	                      "les émetteurs prennent aussitôt ce qui est prêt");
	list[n++] = o->pace.interval_ms > 0
	                ? assume_route(o, french)
	                : lang_pick(french, "there is no rate: all of an open place goes out at once",
	                            "sans débit fixé, tout ce qui attend un lieu ouvert part aussitôt");
	list[n++] = lang_pick(
	    french, "lists stay fresh, and nobody objects, withdraws or is called by others meanwhile",
	    "les listes restent à jour ; entre-temps personne ne s'oppose, ne retire son consentement "
	    "ni n'est appelé par d'autres");
	if (tries_again(o) && o->tried_again > 0)
		list[n++] = assume_retries(o, french);
	else if (tries_again(o))
		list[n++] =
		    lang_pick(french,
		              "no call is tried again: too few have an outcome to tell how many will be",
		              "aucun appel n'est renouvelé : trop peu ont une issue pour en estimer la part");
	if (o->c.canary > 0)
		list[n++] = lang_pick(french, "the canary of the route passes at once",
		                      "les premiers appels d'essai de la route réussissent aussitôt");
	if (o->c.family[0] != '\0')
		list[n++] =
		    lang_pick(french,
		              "nobody of its family is called by another campaign of that family first",
		              "personne n'est appelé d'abord par une autre campagne de la même famille");
	if (o->duplicates_unknown)
		list[n++] =
		    lang_pick(french, "there are too many jobs to look for all that are there twice",
		              "les tâches sont trop nombreuses pour que tous les doublons soient cherchés");
	if (o->r.coarse)
		list[n++] = lang_pick(
		    french, "there are too many times of their own: some are told apart by the day",
		    "les heures propres sont trop nombreuses : certaines ne sont distinguées qu'au jour près");
	if (o->estimated)
		list[n++] = lang_pick(
		    french, "places are those of the first jobs of the queue, and all jobs may go",
		    "les lieux sont ceux des premières tâches de la file, et toutes peuvent partir");
	return i < n ? list[i] : NULL;
}

/* --- as JSON --------------------------------------------------------------------------------- */

static json_t *days_json(const struct ctl *ctl, const struct outlook *o)
{
	json_t *list = json_array();
	struct forecast_day day = { .date = INT32_MIN };
	char name[PLACE_NAME_SIZE];

	while (forecast_day_next(ctl->rulebook, &o->r, &day)) {
		json_t *object = json_object(), *places = json_object();

		for (size_t i = 0; i < day.cell_count; i++)
			json_object_set_new(places, place_name(ctl->rulebook, day.cells[i].place, name),
			                    print_pack("{s:I,s:I}", "released",
			                               (json_int_t)day.cells[i].released, "left",
			                               (json_int_t)day.cells[i].left));
		json_object_set_new(object, "date", ctl_json_date(day.date));
		json_object_set_new(object, "released", json_integer(day.released));
		json_object_set_new(object, "left", json_integer(day.left));
		if (*day.closed != '\0')
			json_object_set_new(object, "closed", print_json_text(day.closed));
		json_object_set_new(object, "places", places);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *per_h_json(double interval_ms)
{
	return interval_ms > 0 ? json_real(HISTORY_HOUR_MS / interval_ms) : json_null();
}

static json_t *rate_json(const struct outlook *o)
{
	return print_pack("{s:s,s:o,s:i,s:i}", "from", rate_source_name(o->rate_from), "per_h",
	                  per_h_json(o->pace.interval_ms), "shared_with", o->sharers, "ahead", o->ahead);
}

json_t *outlook_json(struct ctl *ctl, const struct outlook *o)
{
	json_t *all = json_object(), *never = json_object(), *assumes = json_array();

	for (size_t r = 0; r < REASON_COUNT; r++)
		if (o->r.never[r] > 0)
			json_object_set_new(never, reason_name((enum reason)r), json_integer(o->r.never[r]));
	for (size_t i = 0; outlook_assumes(o, false, i) != NULL; i++)
		json_array_append_new(assumes, print_json_text(outlook_assumes(o, false, i)));
	json_object_set_new(all, "campaign", print_json_text(o->cf->sit.c.id));
	json_object_set_new(all, "at", ctl_json_time(o->at_ms));
	json_object_set_new(all, "finish", ctl_json_time(outlook_finish(o)));
	json_object_set_new(all, "first_release", ctl_json_time(o->r.first_ms));
	json_object_set_new(all, "last_release", ctl_json_time(o->r.last_ms));
	json_object_set_new(all, "end", o->c.end_ms == INT64_MAX ? json_null() : ctl_json_time(o->c.end_ms));
	json_object_set_new(all, "end_first", json_boolean(o->r.end_first));
	json_object_set_new(all, "blocked",
	                    o->blocked == REASON_ALLOWED
	                        ? json_null()
	                        : print_pack("{s:s,s:s}", "reason", reason_name(o->blocked), "rule",
	                                     o->blocked_rule));
	json_object_set_new(all, "waiting", json_integer(o->r.total));
	json_object_set_new(all, "ready", json_integer(o->ready));
	json_object_set_new(all, "taken", json_integer(o->taken));
	json_object_set_new(all, "released", json_integer(o->r.released - o->r.again));
	json_object_set_new(all, "again", json_integer(o->r.again));
	json_object_set_new(all, "never_count", json_integer(o->r.never_count));
	json_object_set_new(all, "never", never);
	json_object_set_new(all, "left", json_integer(o->r.left));
	json_object_set_new(all, "rate", rate_json(o));
	json_object_set_new(all, "lately",
	                    print_pack("{s:o,s:I}", "per_h", per_h_json(o->limits.history_ms), "hours",
	                               (json_int_t)o->limits.history_hours));
	json_object_set_new(all, "band",
	                    print_pack("{s:o,s:o}", "early", ctl_json_time(o->band.early_ms), "late",
	                               ctl_json_time(o->band.late_ms)));
	json_object_set_new(all, "days", days_json(ctl, o));
	json_object_set_new(all, "assumes", assumes);
	return all;
}
