/* attest_days.c - see attest_days.h. */
#include "ctl/records/attest_days.h"

#include "core/time/civil.h"
#include "core/time/zone.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/history_read.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_DAYS 35

enum term { RELEASED, REFUSED, ANSWERED, OPPOSED, TERMS };
static const char *const terms[TERMS] = { "released", "refused", "answered", "opposed" };

struct day {
	int64_t n[TERMS];
};

static json_t *day_json(const struct day *day)
{
	json_t *object = json_object();

	for (int t = 0; t < TERMS; t++)
		json_object_set_new(object, terms[t], json_integer(day->n[t]));
	return object;
}

/* Calls of an outcome, those that were tried again included. */
static int64_t outcome(const struct hash *stats, const char *name)
{
	char counter[64];
	int64_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		snprintf(counter, sizeof(counter), "%s.%s", i == 0 ? "done" : "retried", name);
		n += hash_int(stats, counter);
	}
	return n;
}

static struct day totals_of(const struct hash *stats)
{
	return (struct day){ { [RELEASED] = hash_int(stats, "released"),
		               [REFUSED] = hash_int(stats, "refused"),
		               [ANSWERED] = outcome(stats, "answered"),
		               [OPPOSED] = outcome(stats, "opted-out") + outcome(stats, "refused") +
		                           outcome(stats, "never-again") } };
}

/* The days, in order; *sums adds them up. */
static json_t *days_json(const struct history *h, const struct zone *zone, struct day *sums)
{
	json_t *list = json_array();
	size_t i = 0;

	while (i < h->count) {
		int32_t second, date = zone_local_date(zone, h->list[i].at_ms, &second);
		struct day day = { 0 };

		for (; i < h->count && zone_local_date(zone, h->list[i].at_ms, &second) == date; i++) {
			day.n[RELEASED] += h->list[i].released;
			day.n[REFUSED] += h->list[i].refused;
			day.n[ANSWERED] += h->list[i].answered;
			day.n[OPPOSED] += h->list[i].opposed;
		}
		json_t *object = day_json(&day);

		for (int t = 0; t < TERMS; t++)
			sums->n[t] += day.n[t];
		json_object_set_new(object, "date", ctl_json_date(date));
		json_array_append_new(list, object);
	}
	return list;
}

/* Why the days add up to less, or to more: what the last minute brought is added at its end; hours are kept for
 * some weeks; and a refused job that was queued again is no refused job any more, though it was one that day. */
static json_t *why_json(struct attest *x, const struct day *sums, const struct day *totals)
{
	char key[KEY_SIZE];
	struct hash counted;
	json_t *list = json_array();
	bool less = false, more = false, young = false;

	hash_read(x->ctl, key_campaign(x->ctl->conf.prefix, x->campaign, "counted", key), &counted);
	struct day known = totals_of(&counted);

	hash_done(&counted);
	for (int t = 0; t < TERMS; t++) {
		int64_t old = known.n[t] < totals->n[t] ? known.n[t] : totals->n[t];

		young = young || totals->n[t] > known.n[t];
		less = less || sums->n[t] < old;
		more = more || sums->n[t] > totals->n[t];
	}
	if (young)
		json_array_append_new(
		    list,
		    print_json_text(lang_pick(
			x->french,
			"what the last minute brought is not in a day yet: it is added each minute",
			"ce que la dernière minute a apporté ne figure pas encore dans un jour : le décompte se fait chaque minute")));
	if (less)
		json_array_append_new(
		    list,
		    json_sprintf(
			lang_pick(
			    x->french, "days are kept for %d days: earlier ones are gone",
			    "le détail par jour est conservé %d jours : les jours antérieurs n'y sont plus"),
			KEPT_DAYS));
	if (more)
		json_array_append_new(
		    list,
		    print_json_text(lang_pick(
			x->french,
			"refused jobs that were queued again stay in the day on which they were refused",
			"une tâche refusée puis remise en file reste comptée au jour de son refus")));
	return list;
}

json_t *attest_days(struct attest *x)
{
	const struct zone *zone = x->rb->territories[0].zones[0];
	struct history *h = history_read(x->ctl, x->campaign);
	struct day sums = { 0 }, totals = totals_of(&x->stats);
	json_t *days = days_json(h, zone, &sums), *object = print_pack("{s:s}", "zone", zone_name(zone));

	free(h);
	json_object_set_new(object, "days", days);
	json_object_set_new(object, "sums", day_json(&sums));
	json_object_set_new(object, "totals", day_json(&totals));
	json_object_set_new(object, "why", why_json(x, &sums, &totals));
	return object;
}
