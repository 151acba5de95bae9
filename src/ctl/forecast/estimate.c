/* estimate.c - a forecast at a glance: from counters, and from the first jobs of what
 * is not counted by place. */
#include "ctl/forecast/estimate.h"

#include "core/law/binding.h"
#include "core/number/place.h"
#include "ctl/forecast/forecast.h"
#include "ctl/forecast/waiting_model.h"
#include "ctl/query/waiting_jobs.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX 2000 /* jobs that are looked at */
#define ESTIMATE_PLACES 64

static void add_class(struct outlook *o, uint32_t place, int64_t from_ms, int64_t count)
{
	struct forecast_class c = {
		.place = place, .from_ms = from_ms, .until_ms = INT64_MAX, .count = count
	};

	if (!forecast_add(o->model, &c))
		ctl_fail("no memory for a forecast");
}

/* Where a job may be called, whatever else is true of it; 0: nowhere. */
static uint32_t place_of_job(struct place_views *views, const struct outlook *o, const char *text, size_t len)
{
	struct facts facts = { .now_ms = o->at_ms,
		               .campaign = &o->c,
		               .lists = REASON_ALLOWED,
		               .lists_rule = "",
		               .lists_stale_ms = INT64_MAX,
		               .brake_rule = "" };
	struct decision dec = { 0 };
	struct fault fault;
	struct job job;

	if (job_parse(text, len, &job, &fault))
		decide(views, &job, &facts, &dec, NULL);
	job_done(&job);
	return dec.place;
}

/* The jobs of the queue are where the first of them are. */
static void estimate_queue(struct ctl *ctl, struct outlook *o, struct place_views *views)
{
	uint32_t places[ESTIMATE_PLACES];
	char key[KEY_SIZE], last[24];
	int64_t counts[ESTIMATE_PLACES] = { 0 }, looked = 0;
	size_t n = 0;
	int64_t length = ask_count(ctl, "LLEN", key_campaign(ctl->conf.prefix, o->c.id, "queue", key));

	snprintf(last, sizeof(last), "%d", SAMPLE_MAX - 1);
	struct redis_reply *reply = ask_value_words(ctl, "LRANGE", key, "0", last);

	for (size_t i = 0; i < reply_count(reply); i++, looked++) {
		size_t len, k = 0;
		const char *text = reply_text(reply_at(reply, i), &len);
		uint32_t place = place_of_job(views, o, text, len);

		while (k < n && places[k] != place)
			k++;
		if (place == 0 || k == ESTIMATE_PLACES)
			continue;
		if (k == n)
			places[n++] = place;
		counts[k]++;
	}
	reply_free(reply);
	for (size_t k = 0; k < n; k++)
		add_class(o, places[k], INT64_MIN, counts[k] * length / looked);
	o->waiting += length;
}

/* Those that wait for a time: the first of them; the rest as the last of these. */
static void estimate_later(struct ctl *ctl, struct outlook *o, struct place_views *views)
{
	char key[KEY_SIZE], last[24];
	int64_t length = ask_count(ctl, "ZCARD", key_campaign(ctl->conf.prefix, o->c.id, "later", key));

	snprintf(last, sizeof(last), "%d", SAMPLE_MAX - 1);
	struct redis_reply *reply = ask_value_words(ctl, "ZRANGE", key, "0", last, "WITHSCORES");
	size_t count = reply_count(reply) / 2;

	for (size_t i = 0; i < count; i++) {
		size_t len;
		const char *text = reply_text(reply_at(reply, 2 * i), &len),
			   *score = reply_text(reply_at(reply, 2 * i + 1), NULL);
		struct stored_job stored = stored_job_read(text, len);
		uint32_t place = place_of_job(views, o, stored.json, stored.len);

		if (place != 0)
			add_class(o, place, (int64_t)strtod(score, NULL),
			          i + 1 < count ? 1 : length - (int64_t)i);
	}
	reply_free(reply);
	o->waiting += length;
}

struct outlook *outlook_estimate(struct ctl *ctl, const char *campaign, bool alone)
{
	struct outlook *o = outlook_begin(ctl, campaign);
	struct waiting *w = waiting_open(ctl, o->cf);
	struct place_views *views = mem_zero(sizeof(*views));
	const uint32_t *places;
	size_t count = waiting_places(w, &places);

	o->estimated = true;
	outlook_find_pace(ctl, o, 0, alone);
	for (size_t i = 0; i < count; i++) {
		add_class(o, places[i], INT64_MIN, waiting_held(w, places[i]));
		o->waiting += waiting_held(w, places[i]);
	}
	waiting_close(w);
	place_views_init(views, ctl->rulebook, o->c.has_window ? &o->c.window : NULL);
	estimate_queue(ctl, o, views);
	estimate_later(ctl, o, views);
	free(views);
	outlook_run(o);
	return o;
}

static bool may_read(struct ctl *ctl, const char *command, const char *key)
{
	struct redis_reply *reply = ask_any_words(ctl, command, key);
	bool may = !reply_error_is(reply, "NOPERM");

	if (reply_is_error(reply) && may && !reply_error_is(reply, "WRONGTYPE"))
		ask_fail(ctl, command, key, reply);
	reply_free(reply);
	return may;
}

/* Are we allowed to read what an estimate reads? Not everybody who may queue jobs is. */
static bool may_estimate(struct ctl *ctl, const char *campaign)
{
	static const char *const kinds[] = { "advertiser", "source", "route" };
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash def;

	if (!may_read(ctl, "HGETALL", key_campaign(prefix, campaign, "def", key)) ||
	    !may_read(ctl, "HGETALL", key_campaign(prefix, campaign, "stats", key)) ||
	    !may_read(ctl, "HGETALL", key_campaign(prefix, campaign, "hours", key)) ||
	    !may_read(ctl, "HGETALL", key_global(prefix, "halt", key)) ||
	    !may_read(ctl, "HGETALL", key_of(prefix, "list-meta", "opposition", key)) ||
	    !may_read(ctl, "SMEMBERS", key_global(prefix, "campaigns", key)))
		return false;
	hash_read(ctl, key_campaign(prefix, campaign, "def", key), &def);
	bool may = true;

	for (size_t i = 0; may && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *id = hash_get(&def, kinds[i]);

		may = id == NULL || may_read(ctl, "HGETALL", key_of(prefix, kinds[i], id, key));
	}
	const char *route = hash_get(&def, "route");

	may = may && (route == NULL || may_read(ctl, "HGETALL", key_ready(prefix, route, ":health", key)));
	hash_done(&def);
	return may;
}

bool outlook_may_judge(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE];
	struct hash def;
	bool may = may_estimate(ctl, campaign);

	if (!may)
		return false;
	hash_read(ctl, key_campaign(ctl->conf.prefix, campaign, "def", key), &def);
	const char *advertiser = hash_get(&def, "advertiser");

	if (advertiser != NULL && id_is_valid(advertiser, strlen(advertiser))) {
		const char *consent = key_of(ctl->conf.prefix, "consent", advertiser, key);
		struct redis_reply *reply = ask_any_words(ctl, "HMGET", consent, "+33");

		may = !reply_error_is(reply, "NOPERM");
		if (reply_is_error(reply) && may && !reply_error_is(reply, "WRONGTYPE"))
			ask_fail(ctl, "HMGET", consent, reply);
		reply_free(reply);
	}
	hash_done(&def);
	return may;
}

void outlook_warn(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE], at[CIVIL_INSTANT_SIZE];
	struct redis_reply *end =
	    ask_any_words(ctl, "HGET", key_campaign(ctl_conf(ctl)->prefix, campaign, "def", key), "end");
	bool ends = !reply_is_error(end) && !reply_is_nil(end);

	reply_free(end);
	if (!ends || !may_estimate(ctl, campaign))
		return;
	struct outlook *o = outlook_estimate(ctl, campaign, false);
	int64_t late = o->r.never[REASON_CAMPAIGN_ENDED];

	if (o->r.end_first && late > 0)
		ctl_note("%s: its end, %s, comes first: about %" PRId64 " of %" PRId64
		         " jobs would not go out by then (licetctl forecast %s)",
		         campaign, civil_format_instant(o->c.end_ms, at), late, o->r.total, campaign);
	outlook_free(o);
}
