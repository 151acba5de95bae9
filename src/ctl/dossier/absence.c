/* absence.c - whether a call was placed between two instants, and what a "no" rests
 * on. Records that are gone prove nothing: a "no" is proven only if every record that could
 * tell otherwise is kept. */
#include "ctl/dossier/absence.h"

#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/dossier/dossier.h"
#include "ctl/dossier/phrases.h"
#include "ctl/law/place_arg.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

struct absence {
	struct dossier *d;
	json_t *rests_on, *doubts;
	int64_t from_ms, to_ms; /* from: INT64_MIN if it was not said */
	size_t placed, perhaps, lost;
};

static int64_t ms_of(const json_t *stream, const char *key)
{
	const json_t *value = json_object_get(stream, key);

	return json_is_integer(value) ? json_integer_value(value) : TIME_NONE;
}

/* --- calls --------------------------------------------------------------------------------- */

static void count_calls(struct absence *a)
{
	for (size_t i = 0; i < a->d->start_count; i++) {
		const struct dossier_start *s = &a->d->starts[i];

		if (s->first_ms >= a->to_ms || s->last_ms < a->from_ms)
			continue;
		if (s->reported && s->first_ms >= a->from_ms && s->last_ms < a->to_ms)
			a->placed++;
		else
			a->perhaps++;
	}
}

/* --- records --------------------------------------------------------------------------------- */

/* Records are trimmed from the oldest on, and none is written before its call. */
static void judge_stream(struct absence *a, const json_t *stream)
{
	const char *campaign = json_string_value(json_object_get(stream, "campaign"));
	json_int_t kept = json_integer_value(json_object_get(stream, "kept"));
	json_int_t written = json_integer_value(json_object_get(stream, "written"));
	int64_t oldest = ms_of(stream, "oldest_kept_ms"), newest = ms_of(stream, "newest_written_ms");
	int64_t deleted = ms_of(stream, "newest_deleted_ms");
	bool gone = written > kept;
	bool reaches = kept > 0 ? oldest != TIME_NONE && oldest <= a->from_ms
	                        : newest != TIME_NONE && newest < a->from_ms;

	if (deleted != TIME_NONE && deleted >= a->from_ms) {
		a->lost++;
		dossier_append(a->d, a->doubts,
		               lang_pick(a->d->french, "Campaign %s: records of calls were deleted by hand",
		                         "Campagne %s : des traces d'appels ont été supprimées à la main"),
		               campaign);
	} else if (gone && !reaches && kept > 0 && oldest != TIME_NONE) {
		char *at = dossier_instant(a->d, oldest, 0);

		a->lost++;
		dossier_append(
		    a->d, a->doubts,
		    lang_pick(
			a->d->french, "Campaign %s: %lld of %lld records of calls are kept, the oldest of %s",
			"Campagne %s : %lld traces d'appels sur %lld sont conservées, la plus ancienne du %s"),
		    campaign, (long long)kept, (long long)written, at);
		free(at);
	} else if (gone && !reaches) {
		a->lost++;
		dossier_append(a->d, a->doubts,
		               lang_pick(a->d->french, "Campaign %s: %lld of %lld records of calls are kept",
		                         "Campagne %s : %lld traces d'appels sur %lld sont conservées"),
		               campaign, (long long)kept, (long long)written);
	}
}

static void judge_records(struct absence *a)
{
	struct dossier *d = a->d;
	const json_t *stream;
	size_t i;
	int days = ctl_conf(d->ctl)->keep_done_days;

	json_array_foreach(d->streams, i, stream)
	{
		judge_stream(a, stream);
	}
	json_array_extend(a->doubts, d->limits);
	dossier_append(
	    d, a->rests_on,
	    lang_pick(
		d->french,
		"All that was handed to a sender was looked at: the records of calls (campaigns: %zu, records of all numbers: %lld), what senders have now, and what they never reported",
		"Tout ce qui a été remis à un émetteur a été examiné : les traces d'appels (campagnes : %zu, traces de tous les numéros : %lld), ce que les émetteurs ont en main, et ce dont ils n'ont jamais rendu compte"),
	    d->campaigns.count, (long long)d->called);
	if (a->lost == 0 && json_array_size(d->limits) == 0)
		dossier_append(
		    d, a->rests_on,
		    lang_pick(
			d->french,
			"Every record that could tell of a call since then is kept: the counters, which outlive the "
			"records, agree",
			"Toutes les traces qui pourraient montrer un appel depuis lors sont conservées : les compteurs, qui survivent aux traces, concordent"));
	if (days > 0)
		dossier_append(d, a->rests_on,
		               lang_pick(d->french, "Records of calls are kept %d days (keep_done_days)",
		                         "Les traces d'appels sont conservées %d jours (keep_done_days)"),
		               days);
	else
		dossier_append(d, a->rests_on,
		               lang_pick(d->french, "Records of calls are kept for ever (keep_done_days)",
		                         "Les traces d'appels sont conservées sans limite (keep_done_days)"));
}

/* --- attempts elsewhere ------------------------------------------------------------------------ */

static int32_t local_day(const struct dossier *d, int64_t ms)
{
	const struct zone *zone = NULL;
	int32_t second;

	if (ctl_place_zones(d->rb, d->phone.territories, &zone, 1) == 0)
		return (int32_t)(ms / DAY_MS);
	return zone_local_date(zone, ms, &second);
}

static size_t calls_on(const struct dossier *d, const char *advertiser, int32_t day)
{
	size_t count = 0;

	for (size_t i = 0; i < d->start_count; i++)
		count += strcmp(d->starts[i].advertiser, advertiser) == 0 &&
		         local_day(d, d->starts[i].first_ms) <= day &&
		         local_day(d, d->starts[i].last_ms) >= day;
	return count;
}

/* Attempts of those days that no call of ours explains: a call that was made elsewhere, or
 * one that is ready now, which counts already. */
static void judge_attempts(struct absence *a)
{
	const json_t *of, *date;
	size_t i, k;

	json_array_foreach(a->d->attempts, i, of)
	{
		const char *advertiser = json_string_value(json_object_get(of, "advertiser"));
		const json_t *dates = json_object_get(of, "dates");

		json_array_foreach(dates, k, date)
		{
			const char *text = json_string_value(date);
			int32_t day;
			size_t same = 0;

			/* The last of equal dates speaks for all. */
			if (!civil_parse_date(text, strlen(text), &day) ||
			    (k + 1 < json_array_size(dates) &&
			     strcmp(json_string_value(json_array_get(dates, k + 1)), text) == 0) ||
			    (a->from_ms != INT64_MIN && day < local_day(a->d, a->from_ms)) ||
			    day > local_day(a->d, a->to_ms - 1))
				continue;
			for (size_t n = 0; n <= k; n++)
				same += strcmp(json_string_value(json_array_get(dates, n)), text) == 0;
			if (same > calls_on(a->d, advertiser, day))
				dossier_append(
				    a->d, a->doubts,
				    lang_pick(
					a->d->french,
					"An attempt of %s on %s is on record that no call here explains: made "
					"elsewhere, or released and not placed yet",
					"Une tentative de %s le %s est inscrite sans qu'aucun appel d'ici ne l'explique : faite ailleurs, ou autorisée et pas encore passée"),
				    advertiser, text);
		}
	}
}

/* --- the answer ----------------------------------------------------------------------------------- */

static void say(struct absence *a, json_t *object, bool proven)
{
	struct dossier *d = a->d;
	char *from =
	    a->from_ms != INT64_MIN
		? dossier_instant(d, a->from_ms, 0)
		: dossier_say(d, lang_pick(d->french, "the beginning of its records", "le début des traces"));
	char *to = dossier_instant(d, a->to_ms, 0);

	if (a->placed > 0)
		dossier_set(d, object, "text",
		            lang_pick(d->french, "Between %s and %s, calls were placed to %s: %zu",
		                      "Du %s au %s, appels passés au %s : %zu"),
		            from, to, d->mask, a->placed);
	else if (a->perhaps > 0)
		dossier_set(
		    d, object, "text",
		    lang_pick(d->french,
		              "Between %s and %s, a call may have been placed to %s: a sender had it then",
		              "Du %s au %s, un appel a pu être passé au %s : un émetteur l'avait alors"),
		    from, to, d->mask);
	else if (proven)
		dossier_set(d, object, "text",
		            lang_pick(d->french, "Between %s and %s, no call was placed to %s",
		                      "Du %s au %s, aucun appel n'a été passé au %s"),
		            from, to, d->mask);
	else
		dossier_set(
		    d, object, "text",
		    lang_pick(
			d->french,
			"Between %s and %s, no call to %s is on record; that none was placed is not proven",
			"Du %s au %s, aucun appel au %s n'est inscrit ; qu'il n'y en ait eu aucun n'est pas prouvé"),
		    from, to, d->mask);
	free(from);
	free(to);
}

json_t *dossier_absence(struct dossier *d)
{
	struct absence a = { .d = d,
		             .rests_on = json_array(),
		             .doubts = json_array(),
		             .from_ms = d->from_ms != TIME_NONE ? d->from_ms : INT64_MIN,
		             .to_ms = d->to_ms != TIME_NONE ? d->to_ms : d->now_ms };
	json_t *object = json_object();

	count_calls(&a);
	judge_records(&a);
	judge_attempts(&a);
	if (a.to_ms > d->now_ms)
		dossier_append(d, a.doubts,
		               lang_pick(d->french, "That time is not over yet",
		                         "Cette période n'est pas encore terminée"));
	bool proven = a.placed == 0 && a.perhaps == 0 && json_array_size(a.doubts) == 0;

	json_object_set_new(object, "from", ctl_json_time(d->from_ms));
	json_object_set_new(object, "to", ctl_json_time(a.to_ms));
	json_object_set_new(object, "placed", json_integer((json_int_t)a.placed));
	json_object_set_new(object, "perhaps", json_integer((json_int_t)a.perhaps));
	json_object_set_new(object, "none_proven", json_boolean(proven));
	say(&a, object, proven);
	json_object_set_new(object, "rests_on", a.rests_on);
	json_object_set_new(object, "doubts", a.doubts);
	return object;
}
