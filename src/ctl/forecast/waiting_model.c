/* waiting_model.c - what waits in Redis, as the model of core/forecast.h wants it: each job judged
 * by decide(), as the daemon judges it, and counted by place and by the times it has. */
#include "ctl/forecast/waiting_model.h"

#include "core/law/binding.h"
#include "ctl/forecast/forecast.h"
#include "ctl/forecast/seen_set.h"
#include "ctl/query/history_read.h"
#include "ctl/query/number_facts.h"
#include "ctl/query/standing_now.h"
#include "ctl/query/waiting_jobs.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEASURE_MS 600000   /* a rate is measured over the last ten minutes */
#define MEASURE_JOBS "2000" /* of them, the newest */
#define MEASURE_LEAST_MS 60000

/* What a person has to mend before anything of it goes. */
static void find_blocks(struct ctl *ctl, struct outlook *o)
{
	struct standing_now n;
	struct stop stop;

	standing_now_read(ctl, o->cf, true, &n);
	if (!standing_stop(&n.in, STOPS_PERSON, &stop))
		return;
	o->blocked = stop.reason;
	snprintf(o->blocked_rule, sizeof(o->blocked_rule), "%s",
	         stop.reason == REASON_CAMPAIGN_REJECTED ? o->cf->sit.c.faults[0].text : stop.rule);
}

struct outlook *outlook_begin(struct ctl *ctl, const char *campaign)
{
	struct outlook *o = mem_zero(sizeof(*o));
	char key[KEY_SIZE];
	struct hash stats;

	o->at_ms = ctl_now_ms(ctl);
	o->blocked = REASON_ALLOWED;
	o->cf = facts_read(ctl, campaign, o->at_ms);
	find_blocks(ctl, o);
	o->c = o->cf->sit.c;
	forecast_unblock(&o->c, o->at_ms);
	hash_read(ctl, key_campaign(ctl->conf.prefix, campaign, "stats", key), &stats);
	o->ready = hash_int(&stats, "ready");
	o->taken = hash_int(&stats, "taken");
	hash_done(&stats);
	o->model = forecast_new(ctl_rulebook(ctl), &o->c, o->at_ms);
	if (o->model == NULL)
		ctl_fail(error_pick("no memory for a forecast", "mémoire insuffisante pour une prévision"));
	return o;
}

void outlook_free(struct outlook *o)
{
	forecast_free(o->model);
	facts_free(o->cf);
	free(o);
}

/* --- one job ---------------------------------------------------------------------------------- */

struct sorting {
	struct ctl *ctl;
	struct outlook *o;
	struct place_views *now, *then; /* then: at the first opening of each place */
	struct marks *marks;
	struct facts facts;
	int64_t start_ms; /* the campaign's, or now */
};

static void sorting_init(struct ctl *ctl, struct outlook *o, struct sorting *s)
{
	const struct week *own = o->c.has_window ? &o->c.window : NULL;

	*s = (struct sorting){ .ctl = ctl, .o = o };
	s->now = mem_zero(sizeof(*s->now));
	s->then = mem_zero(sizeof(*s->then));
	s->marks = marks_new();
	place_views_init(s->now, ctl_rulebook(ctl), own);
	place_views_init(s->then, ctl_rulebook(ctl), own);
	s->start_ms = o->c.start_ms > o->at_ms ? o->c.start_ms : o->at_ms;
	/* The start is the model's affair, and so are rates; lists are refreshed in time. */
	s->facts = (struct facts){ .lists = REASON_ALLOWED,
		                   .lists_rule = "",
		                   .lists_stale_ms = INT64_MAX,
		                   .brake = REASON_ALLOWED,
		                   .brake_rule = "",
		                   .brake_until_ms = TIME_NONE };
}

static void sorting_done(struct sorting *s)
{
	s->o->duplicates_unknown = marks_full(s->marks);
	marks_free(s->marks);
	free(s->now);
	free(s->then);
}

static bool same_law(const struct law *a, const struct law *b)
{
	bool same = a->known == b->known && a->regime_count == b->regime_count;

	for (size_t i = 0; same && i < a->regime_count; i++)
		same = a->regimes[i] == b->regimes[i];
	return same;
}

/* Judge it as of now and, where another law binds when its place opens, as of then: that is
 * when the daemon looks at it again. */
static void judge(struct sorting *s, const struct waiting_job *j, struct decision *ret)
{
	struct facts facts = s->facts;
	struct campaign c = s->o->c;
	int64_t open_ms;

	c.start_ms = INT64_MIN;
	waiting_facts(j, &facts);
	facts.campaign = &c;
	facts.now_ms = s->o->at_ms;
	decide(s->now, &j->job, &facts, ret, NULL);
	enum verdict verdict = reason_verdict(ret->reason);

	if (ret->view == NULL || (verdict != VERDICT_HOLD && verdict != VERDICT_RELEASE))
		return;
	open_ms = s->start_ms;
	if (!ret->view->open || s->start_ms > s->o->at_ms) {
		const struct place_view *v = place_view_at(s->then, ret->place, s->start_ms);

		open_ms = v->open ? s->start_ms : v->next_open_ms;
	}
	if (open_ms == TIME_NONE || open_ms <= s->o->at_ms)
		return;
	const struct place_view *v = place_view_at(s->then, ret->place, open_ms);

	if (same_law(&v->law, &ret->view->law))
		return;
	facts.now_ms = open_ms;
	decide(s->then, &j->job, &facts, ret, NULL);
}

/* Where there are several consents the next one counts when the first is over. */
static void extend_end(struct sorting *s, const struct waiting_job *j, struct decision *dec)
{
	const struct number_facts *nf = j->asked != NULL ? &j->asked->facts : NULL;
	size_t consents =
	    (j->job.has_consent ? 1 : 0) + (nf != NULL && nf->has_registry ? nf->registry.count : 0);
	struct facts facts = s->facts;
	struct campaign c = s->o->c;
	struct decision after;

	c.start_ms = INT64_MIN;
	c.end_ms = INT64_MAX;
	waiting_facts(j, &facts);
	facts.campaign = &c;
	for (; consents > 1 && dec->ends_why == REASON_CONSENT_EXPIRED &&
	       dec->ends_ms < s->o->at_ms + FORECAST_HORIZON_DAYS * DAY_MS;
	     consents--) {
		facts.now_ms = dec->ends_ms;
		decide(s->then, &j->job, &facts, &after, NULL);
		enum verdict verdict = reason_verdict(after.reason);

		if ((verdict != VERDICT_HOLD && verdict != VERDICT_RELEASE) || after.ends_ms <= dec->ends_ms)
			return;
		dec->ends_ms = after.ends_ms;
		dec->ends_why = after.ends_why;
	}
}

/* Ends before lists and cancellations are asked; see group_of() of batch.c. */
static bool ends_in_any_case(enum reason reason)
{
	return reason_verdict(reason) == VERDICT_INVALID || reason == REASON_NUMBER_CLASS ||
	       reason == REASON_NUMBER_NOT_COVERED || reason == REASON_CAMPAIGN_ENDED ||
	       reason == REASON_JOB_EXPIRED;
}

/* A second one of its number, id or person? Judged at release: a retry is none. */
static bool is_duplicate(struct sorting *s, const struct waiting_job *j)
{
	bool marked = j->asked != NULL && j->asked->facts.marked && j->form.attempt <= 1;
	bool known = marks_note(s->marks, "", j->phone.e164);

	known = marks_note(s->marks, "i:", j->job.id) || known;
	if (j->job.person != NULL)
		known = marks_note(s->marks, "p:", j->job.person) || known;
	return marked || (known && j->form.attempt <= 1);
}

/* What the model is to know of a job that waits for something. */
static void classify(const struct waiting_job *j, const struct decision *dec, struct forecast_class *ret)
{
	*ret = (struct forecast_class){ .place = dec->place,
		                        .from_ms = INT64_MIN,
		                        .until_ms = dec->ends_ms,
		                        .why = dec->ends_why,
		                        .any_hour = dec->any_hour,
		                        .count = 1 };
	if (j->where == WAITING_LATER)
		ret->from_ms = j->later_ms;
	if ((dec->reason == REASON_NOT_BEFORE || dec->reason == REASON_CAP_REACHED) &&
	    dec->until_ms != TIME_NONE && dec->until_ms > ret->from_ms)
		ret->from_ms = dec->until_ms;
	if (dec->any_hour && dec->slot_ms > ret->from_ms)
		ret->from_ms = dec->slot_ms;
}

static void sort_job(struct sorting *s, const struct waiting_job *j)
{
	struct forecast *f = s->o->model;
	struct decision dec;
	struct forecast_class c;

	if (!j->sound) {
		forecast_end(f, j->fault.reason, 1);
		return;
	}
	judge(s, j, &dec);
	enum reason reason = dec.reason;

	if (j->asked != NULL && j->asked->facts.cancelled && !ends_in_any_case(reason))
		reason = REASON_CANCELLED;
	enum verdict verdict = reason_verdict(reason);
	bool goes = verdict == VERDICT_HOLD || verdict == VERDICT_RELEASE;

	if (dec.place == 0 || (!goes && j->where == WAITING_QUEUE)) {
		forecast_end(f, reason, 1); /* taken in at once, and judged */
		return;
	}
	if (goes)
		extend_end(s, j, &dec);
	classify(j, &dec, &c);
	if (!goes || reason == REASON_FACTS_UNKNOWN) {
		c.never = true;
		c.why = reason;
	} else if (!dec.any_hour && dec.view != NULL && !dec.view->open &&
	           dec.view->next_open_ms == TIME_NONE) {
		c.never = true; /* whatever ends first: its consent, say */
		c.why = dec.view->why;
	} else if (is_duplicate(s, j)) {
		c.never = true;
		c.why = REASON_DUPLICATE;
	}
	if (!forecast_add(f, &c))
		ctl_fail(error_pick("no memory for a forecast", "mémoire insuffisante pour une prévision"));
}

struct sorting *sorting_new(struct ctl *ctl, struct outlook *o)
{
	struct sorting *s = mem_zero(sizeof(*s));

	sorting_init(ctl, o, s);
	return s;
}

void sorting_free(struct sorting *s)
{
	sorting_done(s);
	free(s);
}

void sorting_fate(struct sorting *s, const struct waiting_job *j, struct fate *ret)
{
	*ret = (struct fate){ .kind = FATE_NEVER, .rule = "", .at_ms = TIME_NONE };
	if (!j->sound) {
		ret->reason = j->fault.reason;
		return;
	}
	struct facts facts = s->facts;
	struct decision dec, last;

	judge(s, j, &dec);
	ret->reason = dec.reason;
	ret->rule = dec.rule;
	ret->place = dec.place;
	enum verdict verdict = reason_verdict(dec.reason);

	if (j->asked != NULL && j->asked->facts.cancelled && !ends_in_any_case(dec.reason))
		ret->reason = REASON_CANCELLED;
	else if (is_duplicate(s, j) && (verdict == VERDICT_HOLD || verdict == VERDICT_RELEASE))
		ret->reason = REASON_DUPLICATE;
	verdict = reason_verdict(ret->reason);
	if (verdict != VERDICT_HOLD && verdict != VERDICT_RELEASE)
		return;
	waiting_facts(j, &facts);
	facts.campaign = &s->o->c;
	facts.now_ms = s->o->at_ms;
	ret->at_ms = facts_next_lawful(s->then, &j->job, &facts, &last);
	if (ret->at_ms != TIME_NONE) {
		ret->kind = ret->at_ms <= s->o->at_ms ? FATE_NOW : FATE_LATER;
		/* judge() leaves the campaign's start out. */
		if (ret->kind == FATE_LATER && ret->reason == REASON_ALLOWED) {
			decide(s->then, &j->job, &facts, &dec, NULL);
			ret->reason = dec.reason;
			ret->rule = dec.rule;
		}
		return;
	}
	/* It is over before it may go, or nobody can tell. */
	verdict = reason_verdict(last.reason);
	ret->kind = verdict == VERDICT_HOLD || verdict == VERDICT_RELEASE ? FATE_UNKNOWN : FATE_NEVER;
	ret->reason = last.reason;
	ret->rule = last.rule;
}

/* --- rates --------------------------------------------------------------------------------------- */

/* Another campaign: does it have a part in what the route lets go? */
static void note_sharer(struct ctl *ctl, const struct outlook *o, const char *id,
                        struct forecast_shares *shares)
{
	char key[KEY_SIZE];
	struct campaign_facts *cf = facts_read(ctl, id, o->at_ms);
	struct hash stats;

	hash_read(ctl, key_campaign(ctl->conf.prefix, id, "stats", key), &stats);
	int64_t waits = hash_int(&stats, "held") + hash_int(&stats, "later") +
	                ask_count(ctl, "LLEN", key_campaign(ctl->conf.prefix, id, "queue", key));

	hash_done(&stats);
	forecast_share_note(shares, &o->c, &cf->sit.c, cf->sit.halt_scope != NULL, waits, o->at_ms);
	facts_free(cf);
}

/* Another one, and on the same route? */
static bool is_beside(struct ctl *ctl, const struct outlook *o, const char *id)
{
	char key[KEY_SIZE];

	if (strcmp(id, o->c.id) == 0 || !id_is_valid(id, strlen(id)))
		return false;
	struct redis_reply *reply =
	    ask_value_words(ctl, "HGET", key_campaign(ctl->conf.prefix, id, "def", key), "route");
	const char *route = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	bool beside = route != NULL && strcmp(route, o->c.route) == 0;

	reply_free(reply);
	return beside;
}

/* What the route lets this one have: ms between two jobs; 0: as many as it wants. */
static double route_share_ms(struct ctl *ctl, struct outlook *o, bool alone)
{
	struct forecast_shares *shares = mem_zero(sizeof(*shares));
	char key[KEY_SIZE];
	struct names ids;

	if (o->c.route_interval_ms > 0 && !alone) {
		names_read(ctl, key_global(ctl->conf.prefix, "campaigns", key), &ids);
		for (size_t i = 0; i < ids.count && i < FORECAST_SHARERS_MAX; i++)
			if (is_beside(ctl, o, ids.list[i]))
				note_sharer(ctl, o, ids.list[i], shares);
		names_done(&ids);
	}
	double ms = forecast_share_ms(shares, &o->c);

	o->sharers = shares->sharers;
	o->ahead = shares->ahead;
	if (o->sharers + o->ahead > 0)
		o->route_share_per_h = HISTORY_HOUR_MS / ms;
	free(shares);
	return ms;
}

/* How fast its jobs went out lately, jobs per ms; 0: nobody can tell. */
static double measured_rate(struct ctl *ctl, const struct outlook *o)
{
	char key[KEY_SIZE], from[32];
	int64_t first_ms = INT64_MAX, last_ms = 0, n = 0;

	snprintf(from, sizeof(from), "%" PRId64, o->at_ms - MEASURE_MS);
	struct redis_reply *reply =
	    ask_value_words(ctl, "XREVRANGE", key_campaign(ctl->conf.prefix, o->c.id, "done", key), "+", from,
	                    "COUNT", MEASURE_JOBS);

	for (size_t i = 0; i < reply_count(reply); i++, n++) {
		const struct redis_reply *fields = reply_at(reply_at(reply, i), 1);
		int64_t ms = reply_int(reply_field(fields, "released_ms"), 0);

		first_ms = ms < first_ms ? ms : first_ms;
		last_ms = ms > last_ms ? ms : last_ms;
	}
	reply_free(reply);
	return n > 1 && last_ms - first_ms >= MEASURE_LEAST_MS
	           ? (double)(n - 1) / (double)(last_ms - first_ms)
	           : 0;
}

/* What limits how fast they go out, and how fast they did. */
void outlook_find_pace(struct ctl *ctl, struct outlook *o, double given_ms, bool alone)
{
	char key[KEY_SIZE];
	struct forecast_limits *l = &o->limits;

	l->given_ms = given_ms;
	l->campaign_ms = o->c.interval_ms;
	if (l->campaign_ms > 0)
		l->campaign_known_ms = ask_pace(ctl, key_campaign(ctl->conf.prefix, o->c.id, "pace", key));
	l->route_ms = route_share_ms(ctl, o, alone);
	if (l->route_ms > l->campaign_ms)
		l->route_known_ms = ask_pace(ctl, key_ready(ctl->conf.prefix, o->c.route, ":pace", key));
	struct history *h = history_read(ctl, o->c.id);

	forecast_limit_history(l, h, o->at_ms);
	free(h);
	if (l->campaign_ms <= 0 && l->route_ms <= 0 && l->given_ms <= 0 && l->history_ms <= 0) {
		double rate = measured_rate(ctl, o);

		l->measured_ms = rate > 0 ? 1 / rate : 0;
	}
	o->rate_from = forecast_pace_of(l, &o->pace);
}

/* --- all of them ------------------------------------------------------------------------------------ */

static void add_places(struct outlook *o, const struct waiting *w)
{
	const uint32_t *places;
	size_t count = waiting_places(w, &places);

	for (size_t i = 0; i < count; i++)
		if (!forecast_place(o->model, places[i]))
			ctl_fail(error_pick("no memory for a forecast",
			                    "mémoire insuffisante pour une prévision"));
}

/* What share of its calls came to an outcome that is tried again, as far as is on record. */
static void find_retries(struct ctl *ctl, struct outlook *o)
{
	struct forecast_retry how[RETRY_OUTCOMES];
	char key[KEY_SIZE], field[40];
	struct hash stats;
	int64_t ended[RETRY_OUTCOMES];

	hash_read(ctl, key_campaign(ctl->conf.prefix, o->cf->sit.c.id, "stats", key), &stats);
	o->calls = hash_int(&stats, "done");
	for (int i = 0; i < RETRY_OUTCOMES; i++) {
		snprintf(field, sizeof(field), "retried.%s", retry_outcomes[i]);
		ended[i] = hash_int(&stats, field);
		o->calls += ended[i];
		snprintf(field, sizeof(field), "done.%s", retry_outcomes[i]);
		ended[i] += hash_int(&stats, field);
	}
	hash_done(&stats);
	o->tried_again = forecast_retries(&o->c, o->calls, ended, how);
	if (o->tried_again > 0)
		forecast_retry(o->model, how);
}

void outlook_run(struct outlook *o)
{
	/* The band first: what the last run gave stays. */
	if (!forecast_band(o->model, &o->c, o->at_ms, &o->limits, &o->band) ||
	    !forecast_run(o->model, &o->pace, &o->r))
		ctl_fail(error_pick("no memory for a forecast", "mémoire insuffisante pour une prévision"));
}

struct outlook *outlook_read(struct ctl *ctl, const char *campaign, double given_ms)
{
	struct outlook *o = outlook_begin(ctl, campaign);
	struct waiting *w = waiting_open(ctl, o->cf);
	struct waiting_job *jobs;
	struct sorting s;
	size_t count;

	outlook_find_pace(ctl, o, given_ms, false);
	add_places(o, w);
	sorting_init(ctl, o, &s);
	while ((jobs = waiting_next(w, &count)) != NULL) {
		for (size_t i = 0; i < count; i++)
			sort_job(&s, &jobs[i]);
		o->waiting += (int64_t)count;
		ctl_progress(campaign, o->waiting);
	}
	ctl_progress("", -1);
	sorting_done(&s);
	waiting_close(w);
	find_retries(ctl, o);
	outlook_run(o);
	return o;
}
