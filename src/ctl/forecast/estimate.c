/* estimate.c - a forecast at a glance: from counters, and from the first jobs of what
 * is not counted by place. */
#include "ctl/forecast/estimate.h"

#include "core/forecast/sample.h"
#include "core/law/binding.h"
#include "ctl/forecast/forecast.h"
#include "ctl/forecast/waiting_model.h"
#include "ctl/query/company_ids.h"
#include "ctl/query/waiting_jobs.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX 2000 /* jobs that are looked at */

static void added(bool done)
{
	if (!done)
		ctl_fail(error_pick("no memory for a forecast", "mémoire insuffisante pour une prévision"));
}

/* The first jobs of a list, or of a set with their times; the caller frees them. They point into the reply. */
static struct forecast_sample *first_jobs(const struct redis_reply *reply, bool timed, size_t *ret_count)
{
	size_t step = timed ? 2 : 1;
	struct forecast_sample *jobs = mem_zero((reply_count(reply) + 1) * sizeof(*jobs));

	*ret_count = reply_count(reply) / step;
	for (size_t i = 0; i < *ret_count; i++) {
		jobs[i].text = reply_text(reply_at(reply, i * step), &jobs[i].len);
		if (timed)
			jobs[i].from_ms =
			    (int64_t)strtod(reply_text(reply_at(reply, i * step + 1), NULL), NULL);
	}
	return jobs;
}

static void estimate_queue(struct ctl *ctl, struct outlook *o, const struct forecast_sampler *s)
{
	char key[KEY_SIZE], last[24];
	size_t count;
	int64_t length = ask_count(ctl, "LLEN", key_campaign(ctl->conf.prefix, o->c.id, "queue", key));

	snprintf(last, sizeof(last), "%d", SAMPLE_MAX - 1);
	struct redis_reply *reply = ask_value_words(ctl, "LRANGE", key, "0", last);
	struct forecast_sample *jobs = first_jobs(reply, false, &count);

	added(forecast_sample_queue(s, jobs, count, length));
	free(jobs);
	reply_free(reply);
	o->waiting += length;
}

static void estimate_later(struct ctl *ctl, struct outlook *o, const struct forecast_sampler *s)
{
	char key[KEY_SIZE], last[24];
	size_t count;
	int64_t length = ask_count(ctl, "ZCARD", key_campaign(ctl->conf.prefix, o->c.id, "later", key));

	snprintf(last, sizeof(last), "%d", SAMPLE_MAX - 1);
	struct redis_reply *reply = ask_value_words(ctl, "ZRANGE", key, "0", last, "WITHSCORES");
	struct forecast_sample *jobs = first_jobs(reply, true, &count);

	added(forecast_sample_later(s, jobs, count, length));
	free(jobs);
	reply_free(reply);
	o->waiting += length;
}

struct outlook *outlook_estimate(struct ctl *ctl, const char *campaign, bool alone)
{
	struct outlook *o = outlook_begin(ctl, campaign);
	struct waiting *w = waiting_open(ctl, o->cf);
	struct place_views *views = mem_zero(sizeof(*views));
	const struct forecast_sampler s = { o->model, &o->c, views, o->at_ms };
	const uint32_t *places;
	size_t count = waiting_places(w, &places);

	o->estimated = true;
	outlook_find_pace(ctl, o, 0, alone);
	for (size_t i = 0; i < count; i++) {
		added(forecast_sample_held(&s, places[i], waiting_held(w, places[i])));
		o->waiting += waiting_held(w, places[i]);
	}
	waiting_close(w);
	place_views_init(views, ctl->rulebook, o->c.has_window ? &o->c.window : NULL);
	estimate_queue(ctl, o, &s);
	estimate_later(ctl, o, &s);
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
		struct company company;

		ask_company(ctl, advertiser, &company);
		const char *consent = key_of(ctl->conf.prefix, "consent", company.ids[0], key);
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
		ctl_note(error_pick("%s: its end, %s, comes first: about %" PRId64 " of %" PRId64
		                    " jobs would not go out by then (licetctl forecast %s)",
		                    "%s : sa fin, %s, vient avant : environ %" PRId64 " tâches sur %" PRId64
		                    " ne seraient pas parties d'ici là (licetctl forecast %s)"),
		         campaign, civil_format_instant(o->c.end_ms, at), late, o->r.total, campaign);
	outlook_free(o);
}
