/* decide.c - see decide.h. One function per rule, in the order in which they are
 * judged; the table at the end is that order. */
#include "core/decide/decide.h"

#include "core/consent/consent.h"
#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/number/place.h"

#include <string.h>

struct deciding {
	struct place_views *views;
	const struct rulebook *rb;
	const struct job *job;
	const struct facts *facts;
	const struct campaign *campaign;
	struct decision *out;
	/* what the rule being judged says */
	const char *rule, *hint, *article;
	int64_t until_ms;
	int64_t consent_end_ms, slot_ms;
	const char *lost;              /* the field of an address that nobody knows; NULL: none */
	const struct consent *lifting; /* the consent that lifts an opposition; NULL: none */
};

static enum reason say(struct deciding *d, enum reason reason, const char *rule, int64_t until_ms)
{
	d->rule = rule;
	d->until_ms = until_ms;
	return reason;
}

/* The first opening at or after an instant; the instant itself if none is known: the
 * window is then judged anew at that time. */
static int64_t opening_from(const struct deciding *d, int64_t from_ms)
{
	int64_t ms;
	if (from_ms < d->facts->now_ms)
		from_ms = d->facts->now_ms;
	if (!window_next_open(d->rb, d->out->place, d->views->own, from_ms, WINDOW_HORIZON_DAYS, &ms))
		return from_ms;
	return ms;
}

static enum reason check_campaign(struct deciding *d)
{
	d->article = d->rb->announce_article;
	if (d->campaign->fault_count == 0)
		return REASON_ALLOWED;
	d->hint = d->campaign->faults[0].text;
	return say(d, REASON_CAMPAIGN_REJECTED, campaign_fault_name(d->campaign->faults[0].fault), TIME_NONE);
}

static enum reason address_malformed(struct deciding *d, const char *field)
{
	d->hint = place_expected(field);
	return say(d, REASON_FIELD_MALFORMED, field, TIME_NONE);
}

/* Where somebody is, by number and address. A code of which nobody knows where it is leaves
 * everywhere: such a job is held, and what else is wrong with it is found all the same. */
static enum reason find_place(struct deciding *d)
{
	const char *field;
	enum address known = place_of_callee(d->rb, d->out->phone.territories, d->job->postcode,
	                                     d->job->insee, &d->out->place, &field);
	if (known == ADDRESS_MALFORMED)
		return address_malformed(d, field);
	if (known == ADDRESS_ELSEWHERE)
		return say(d, REASON_NUMBER_NOT_COVERED, "address", TIME_NONE);
	d->lost = field;
	d->out->view = place_view_at(d->views, d->out->place, d->facts->now_ms);
	return REASON_ALLOWED;
}

static enum reason check_number(struct deciding *d)
{
	const struct job *job = d->job;
	const char *hint = NULL;
	enum reason reason = phone_parse(d->rb, job->to, job->to_len, &d->out->phone, &hint);
	if (hint != NULL)
		d->hint = hint;
	if (reason != REASON_ALLOWED)
		return say(d, reason, number_class_name(d->out->phone.cls), TIME_NONE);
	return find_place(d);
}

static enum reason check_dates(struct deciding *d)
{
	if (d->campaign->status == CAMPAIGN_STOPPED)
		return say(d, REASON_CAMPAIGN_ENDED, "stopped", TIME_NONE);
	if (d->facts->now_ms >= d->campaign->end_ms)
		return say(d, REASON_CAMPAIGN_ENDED, "end", TIME_NONE);
	if (d->job->not_after_ms != TIME_NONE && d->facts->now_ms >= d->job->not_after_ms)
		return say(d, REASON_JOB_EXPIRED, "not_after", TIME_NONE);
	return REASON_ALLOWED;
}

static enum reason check_duplicate(struct deciding *d)
{
	return d->facts->duplicate ? say(d, REASON_DUPLICATE, "this campaign or its family", TIME_NONE)
	                           : REASON_ALLOWED;
}

static enum reason check_cancelled(struct deciding *d)
{
	return d->facts->cancelled ? say(d, REASON_CANCELLED, "cancel", TIME_NONE) : REASON_ALLOWED;
}

static enum reason check_halt(struct deciding *d)
{
	return d->facts->halt_scope != NULL ? say(d, REASON_HALTED, d->facts->halt_scope, TIME_NONE)
	                                    : REASON_ALLOWED;
}

static enum reason check_law(struct deciding *d)
{
	const struct place_view *v = d->out->view;
	d->article = v->law.regime_count > 0 ? v->law.regimes[0]->week_article : "";
	if (v->law.known)
		return REASON_ALLOWED;
	return say(d, REASON_LAW_UNKNOWN, "no regime for that day", TIME_NONE);
}

/* --- consents ------------------------------------------------------------------- */

/* How long a slot lasts. 0: a consent to a precise time opens no other hours. */
static int64_t slot_length_ms(const struct law *law)
{
	int minutes = law->regime_count > 0 ? INT32_MAX : 0;
	for (size_t i = 0; i < law->regime_count; i++)
		if (law->regimes[i]->consent.slot_minutes < minutes)
			minutes = law->regimes[i]->consent.slot_minutes;
	return minutes * INT64_C(60000);
}

/* The end of a slot as far as a consent is concerned, where slots are no derogation. */
#define SLOT_DEFAULT_MS INT64_C(900000)

static int64_t slot_end_ms(const struct deciding *d, int64_t slot_ms)
{
	int64_t length_ms = slot_length_ms(&d->out->view->law);
	return slot_ms + (length_ms > 0 ? length_ms : SLOT_DEFAULT_MS);
}

/* Judge a consent by every regime that binds and by withdrawals. */
static enum reason consent_try(struct deciding *d, const struct consent *c)
{
	const struct law *law = &d->out->view->law;
	d->consent_end_ms = INT64_MAX;
	for (size_t i = 0; i < law->regime_count; i++) {
		int64_t end_ms;
		const char *rule;
		enum reason reason = consent_judge(&law->regimes[i]->consent, c, d->campaign, d->rb,
		                                   d->out->place, d->facts->now_ms, &rule, &end_ms);
		if (reason != REASON_ALLOWED)
			return say(d, reason, rule, TIME_NONE);
		if (end_ms < d->consent_end_ms)
			d->consent_end_ms = end_ms;
	}
	if (d->facts->registry != NULL && d->facts->registry->withdrawn_ms != TIME_NONE &&
	    d->facts->registry->withdrawn_ms >= c->collected_ms)
		return say(d, REASON_CONSENT_WITHDRAWN, "registry", TIME_NONE);
	if (c->slot_ms != TIME_NONE && d->facts->now_ms >= slot_end_ms(d, c->slot_ms))
		return say(d, REASON_CONSENT_EXPIRED, "slot", TIME_NONE);
	/* Once: neither a second attempt nor a second campaign. */
	if (c->slot_ms != TIME_NONE && (d->facts->slot_used || d->facts->attempt > 1))
		return say(d, REASON_CONSENT_EXPIRED, "slot", TIME_NONE);
	d->out->proof = c->proof;
	d->out->form_id = c->form_id;
	d->slot_ms = d->out->slot_ms = c->slot_ms;
	return REASON_ALLOWED;
}

/* The i-th consent there is: the job's own, then those of the registry. NULL after the
 * last. */
static const struct consent *consent_at(const struct deciding *d, size_t i)
{
	const struct registry_record *registry = d->facts->registry;
	size_t own = d->job->has_consent ? 1 : 0;
	if (i < own)
		return &d->job->consent;
	return registry != NULL && i - own < registry->count ? &registry->consents[i - own] : NULL;
}

/* --- lists ------------------------------------------------------------------------ */

/* The local date of an instant where it is latest in the place. */
static int32_t last_date_at(const struct deciding *d, int64_t ms)
{
	int32_t last = INT32_MIN, second;
	for (size_t t = 0; t < d->rb->territory_count; t++)
		for (size_t z = 0;
		     (d->out->place & TERRITORY_BIT(t)) != 0 && z < d->rb->territories[t].zone_count; z++) {
			int32_t date = zone_local_date(d->rb->territories[t].zones[z], ms, &second);
			last = date > last ? date : last;
		}
	return last;
}

/* Somebody objected to this advertiser. Only a sound consent that came later, and not by
 * phone, lifts that, and never before the full days of silence have passed. */
static enum reason opposed(struct deciding *d, const char *on)
{
	const struct opposition_fact *o = d->facts->opposition;
	const struct consent *c;
	const struct place_view *v = d->out->view;
	int days = 0;
	if (o == NULL || !o->dated || v == NULL || !v->law.known || d->facts->registry_unknown)
		return say(d, REASON_OPPOSED_ADVERTISER, on, TIME_NONE);
	for (size_t i = 0; (c = consent_at(d, i)) != NULL; i++)
		if (consent_may_lift(c) && c->collected_ms > o->event_ms &&
		    consent_try(d, c) == REASON_ALLOWED)
			break;
	d->slot_ms = d->out->slot_ms = TIME_NONE;
	d->consent_end_ms = INT64_MAX;
	d->out->proof = d->out->form_id = NULL;
	if (c == NULL)
		return say(d, REASON_OPPOSED_ADVERTISER, on, TIME_NONE);
	for (size_t i = 0; i < v->law.regime_count; i++) {
		days = v->law.regimes[i]->refusal_days > days ? v->law.regimes[i]->refusal_days : days;
		d->article = v->law.regimes[i]->refusal_article != NULL ? v->law.regimes[i]->refusal_article
		                                                        : d->article;
	}
	if (v->date_first - last_date_at(d, o->event_ms) <= days) {
		d->hint = "a later consent counts once the full days of silence have passed";
		return say(d, o->in_call ? REASON_REFUSAL : REASON_OPPOSED_ADVERTISER, on, TIME_NONE);
	}
	d->lifting = c;
	d->out->lifts = true;
	return REASON_ALLOWED;
}

/* Membership comes before the state of the lists: a number known to be on one is
 * refused, whatever else is missing. */
static enum reason check_lists(struct deciding *d)
{
	const char *on = d->facts->listed_on;
	d->article = "RGPD 21; L223-1 C. conso.";
	if (on != NULL && strcmp(on, "opposition") == 0)
		return say(d, REASON_OPPOSED_PLATFORM, on, TIME_NONE);
	if (on != NULL && strncmp(on, "opposition:", 11) == 0) {
		enum reason reason = opposed(d, on);
		if (reason != REASON_ALLOWED)
			return reason;
		on = d->facts->listed_besides;
		if (on !=
		    NULL) /* perhaps that of another id of the company, where it stands without a date */
			return say(d,
			           strncmp(on, "opposition:", 11) == 0 ? REASON_OPPOSED_ADVERTISER
			                                               : REASON_LISTED,
			           on, TIME_NONE);
	} else if (on != NULL) {
		return say(d, REASON_LISTED, on, TIME_NONE);
	}
	/* To whom, a person finds out; nobody knows when. */
	if (d->facts->unplaced)
		return say(d, REASON_FACTS_UNKNOWN, "unplaced", TIME_NONE);
	if (d->facts->lists != REASON_ALLOWED)
		return say(d, d->facts->lists, d->facts->lists_rule, TIME_NONE);
	/* Their state was found a while ago. */
	if (d->facts->now_ms >= d->facts->lists_stale_ms)
		return say(d, REASON_LIST_STALE, "lists", TIME_NONE);
	return REASON_ALLOWED;
}

static enum reason check_consent(struct deciding *d)
{
	const struct law *law = &d->out->view->law;
	const struct registry_record *registry = d->facts->registry;
	const struct consent *c;
	bool required = false;
	for (size_t i = 0; i < law->regime_count; i++) {
		required = required || law->regimes[i]->consent.required;
		d->article = law->regimes[i]->consent.article;
	}
	/* What lifts an opposition is the consent that the call rests on. */
	if (d->lifting != NULL)
		return consent_try(d, d->lifting);
	if (!required || d->campaign->service)
		return REASON_ALLOWED;
	if (d->facts->registry_unknown)
		return say(d, REASON_FACTS_UNKNOWN, "registry", TIME_NONE);
	enum reason first = REASON_ALLOWED;
	const char *first_rule = "";
	for (size_t i = 0; (c = consent_at(d, i)) != NULL; i++) {
		enum reason reason = consent_try(d, c);
		if (reason == REASON_ALLOWED)
			return REASON_ALLOWED;
		if (first == REASON_ALLOWED) {
			first = reason;
			first_rule = d->rule;
		}
	}
	d->consent_end_ms = INT64_MAX;
	if (first != REASON_ALLOWED)
		return say(d, first, first_rule, TIME_NONE);
	if (registry != NULL && registry->withdrawn_ms != TIME_NONE)
		return say(d, REASON_CONSENT_WITHDRAWN, "registry", TIME_NONE);
	return say(d, REASON_CONSENT_MISSING, "job and registry", TIME_NONE);
}

static enum reason check_history(struct deciding *d)
{
	d->article = "D223-9 C. conso.";
	return d->campaign->history_declared ? REASON_ALLOWED
	                                     : say(d, REASON_HISTORY_UNKNOWN, "attempts_before", TIME_NONE);
}

/* Hold until the first opening on that day or later, or refuse what ends before. */
static enum reason hold_until_day(struct deciding *d, int32_t day, const char *rule)
{
	/* The day begins last in the westernmost of its zones. */
	int64_t start_ms = INT64_MIN;
	for (size_t t = 0; t < d->rb->territory_count; t++)
		for (size_t z = 0;
		     (d->out->place & TERRITORY_BIT(t)) != 0 && z < d->rb->territories[t].zone_count; z++) {
			int64_t ms = zone_date_start_ms(d->rb->territories[t].zones[z], day);
			start_ms = ms > start_ms ? ms : start_ms;
		}
	int64_t until_ms = opening_from(d, start_ms);
	if (until_ms >= d->campaign->end_ms ||
	    (d->job->not_after_ms != TIME_NONE && until_ms >= d->job->not_after_ms))
		return say(d, REASON_CAP_UNREACHABLE, rule, TIME_NONE);
	return say(d, REASON_CAP_REACHED, rule, until_ms);
}

/* Care beyond the law: who was reached lately by this advertiser is left alone for some days. */
static enum reason check_gap(struct deciding *d)
{
	const struct facts *f = d->facts;
	/* Where it is still the day before in one of its places, that day counts: no day is cut short. */
	int32_t today = d->out->view->date_first;
	int32_t a = attempts_gap_day(f->attempts, f->attempts_len, today, d->campaign->gap_days);
	int32_t b =
	    attempts_gap_day(f->person_attempts, f->person_attempts_len, today, d->campaign->gap_days);
	a = a > b ? a : b;
	return a > today ? hold_until_day(d, a, "gap") : REASON_ALLOWED;
}

/* The first day on which both the number and the person are below the cap. */
static enum reason check_cap(struct deciding *d)
{
	const struct facts *f = d->facts;
	const struct place_view *v = d->out->view;
	int32_t day = v->date_first;
	bool over = false;
	for (size_t i = 0; i < v->law.regime_count; i++) {
		const struct cap_rule *cap = &v->law.regimes[i]->cap;
		if (cap->attempts == 0)
			continue;
		d->article = cap->article;
		int n = attempts_count(f->attempts, f->attempts_len, v->date_first, cap->days);
		int p = attempts_count(f->person_attempts, f->person_attempts_len, v->date_first, cap->days);
		n = n > p ? n : p;
		if (n > d->out->cap_count)
			d->out->cap_count = n;
		if (n < cap->attempts)
			continue;
		over = true;
		int32_t a =
		    attempts_free_day(f->attempts, f->attempts_len, v->date_first, cap->days, cap->attempts);
		int32_t b = attempts_free_day(f->person_attempts, f->person_attempts_len, v->date_first,
		                              cap->days, cap->attempts);
		day = a > day ? a : day;
		day = b > day ? b : day;
	}
	return over ? hold_until_day(d, day, "cap") : REASON_ALLOWED;
}

static enum reason check_not_before(struct deciding *d)
{
	int64_t from_ms = d->job->not_before_ms;
	const char *rule = "not_before";
	bool precise = false;
	if (d->slot_ms != TIME_NONE && d->slot_ms > from_ms) {
		from_ms = d->slot_ms;
		rule = "slot";
		precise = slot_length_ms(&d->out->view->law) > 0;
	}
	if (from_ms == TIME_NONE || from_ms <= d->facts->now_ms)
		return REASON_ALLOWED;
	return say(d, REASON_NOT_BEFORE, rule, precise ? from_ms : opening_from(d, from_ms));
}

static enum reason check_start(struct deciding *d)
{
	if (d->campaign->start_ms == INT64_MIN || d->campaign->start_ms <= d->facts->now_ms)
		return REASON_ALLOWED;
	return say(d, REASON_CAMPAIGN_NOT_STARTED, "start", opening_from(d, d->campaign->start_ms));
}

/* Nothing starts at or after an instant. */
static void not_after(struct deciding *d, int64_t ms)
{
	if (ms < d->out->not_after_ms)
		d->out->not_after_ms = ms;
}

/* The guard: what starts before not_after has ended when the window closes. In the slot
 * that a person asked for, out of hours or not, only the slot's end counts. */
static enum reason check_window(struct deciding *d)
{
	const struct place_view *v = d->out->view;
	int64_t last_ms = v->close_ms - (int64_t)d->campaign->guard_s * 1000, now_ms = d->facts->now_ms;
	bool in_slot = d->slot_ms != TIME_NONE && slot_length_ms(&v->law) > 0;
	d->article = v->law.regime_count > 0 ? v->law.regimes[0]->week_article : "";
	if (d->lost != NULL) {
		d->hint = "nobody knows where that address is: mend it, or leave it out";
		return say(d, REASON_PLACE_UNKNOWN, d->lost, TIME_NONE);
	}
	if (in_slot) {
		d->out->close_ms = slot_end_ms(d, d->slot_ms);
		last_ms = d->out->close_ms - (int64_t)d->campaign->lead_s * 1000;
		if (now_ms >= last_ms)
			return say(d, REASON_WINDOW_CLOSING, "slot", d->out->close_ms);
	} else {
		if (v->why == REASON_HOLIDAY && v->law.regime_count > 0)
			d->article = v->law.regimes[0]->holiday_article;
		if (!v->open)
			return say(d, v->why == REASON_ALLOWED ? REASON_OUTSIDE_HOURS : v->why, v->rule,
			           v->next_open_ms);
		if (now_ms >= last_ms)
			return say(d, REASON_WINDOW_CLOSING, "guard", v->next_open_ms);
		d->out->close_ms = v->close_ms;
		if (d->slot_ms != TIME_NONE && slot_end_ms(d, d->slot_ms) < last_ms)
			last_ms = slot_end_ms(d, d->slot_ms);
	}
	d->out->opens_ms = in_slot ? d->slot_ms : v->open_ms;
	if (d->job->not_before_ms != TIME_NONE && d->job->not_before_ms > d->out->opens_ms)
		d->out->opens_ms = d->job->not_before_ms;
	d->out->not_after_ms = last_ms;
	if (d->job->not_after_ms != TIME_NONE)
		not_after(d, d->job->not_after_ms);
	not_after(d, d->campaign->end_ms);
	not_after(d, d->consent_end_ms);
	not_after(d, d->facts->lists_stale_ms);
	return REASON_ALLOWED;
}

static enum reason check_brake(struct deciding *d)
{
	if (d->facts->brake == REASON_ALLOWED)
		return REASON_ALLOWED;
	return say(d, d->facts->brake, d->facts->brake_rule, d->facts->brake_until_ms);
}

static enum reason check_pause(struct deciding *d)
{
	return d->campaign->status == CAMPAIGN_PAUSED ? say(d, REASON_CAMPAIGN_PAUSED, "status", TIME_NONE)
	                                              : REASON_ALLOWED;
}

static const struct {
	const char *name;
	enum reason (*check)(struct deciding *d);
	bool needs_place; /* cannot be judged without a place */
} rules[] = {
	{ "campaign", check_campaign, false },
	{ "number", check_number, false },
	{ "dates", check_dates, false },
	{ "duplicate", check_duplicate, false },
	{ "cancel", check_cancelled, false },
	{ "halt", check_halt, false },
	{ "lists", check_lists, false },
	{ "law", check_law, true },
	{ "consent", check_consent, true },
	{ "history", check_history, false },
	{ "cap", check_cap, true },
	{ "gap", check_gap, true },
	{ "not-before", check_not_before, true },
	{ "start", check_start, true },
	{ "window", check_window, true },
	{ "brake", check_brake, false },
	{ "pause", check_pause, false },
};

/* When waiting becomes hopeless, whatever it waits for. */
static void note_end(struct deciding *d)
{
	struct decision *out = d->out;
	out->ends_ms = d->consent_end_ms;
	out->ends_why = REASON_CONSENT_EXPIRED;
	if (d->slot_ms != TIME_NONE) {
		out->any_hour = slot_length_ms(&out->view->law) > 0;
		int64_t slot_ms =
		    slot_end_ms(d, d->slot_ms) - (out->any_hour ? (int64_t)d->campaign->lead_s * 1000 : 0);
		out->ends_ms = slot_ms < out->ends_ms ? slot_ms : out->ends_ms;
	}
	if (d->job->not_after_ms == TIME_NONE || d->job->not_after_ms > out->ends_ms)
		return;
	out->ends_ms = d->job->not_after_ms;
	out->ends_why = REASON_JOB_EXPIRED;
}

void decide(struct place_views *views, const struct job *job, const struct facts *facts, struct decision *ret,
            struct rulings *trace)
{
	struct deciding d = { .views = views,
		              .rb = views->rb,
		              .job = job,
		              .facts = facts,
		              .campaign = facts->campaign,
		              .out = ret,
		              .consent_end_ms = INT64_MAX,
		              .slot_ms = TIME_NONE };
	*ret = (struct decision){ .reason = REASON_ALLOWED,
		                  .rule = "",
		                  .hint = "",
		                  .until_ms = TIME_NONE,
		                  .slot_ms = TIME_NONE,
		                  .not_after_ms = TIME_NONE };
	if (trace != NULL)
		trace->count = 0;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].needs_place && ret->view == NULL)
			continue;
		d.rule = "";
		d.hint = "";
		d.article = "";
		d.until_ms = TIME_NONE;
		enum reason reason = rules[i].check(&d);
		if (trace != NULL)
			trace->list[trace->count++] =
			    (struct ruling){ rules[i].name, reason, d.rule, d.article, d.until_ms };
		if (reason == REASON_ALLOWED || ret->reason != REASON_ALLOWED)
			continue;
		ret->reason = reason;
		ret->rule = d.rule;
		ret->hint = d.hint;
		ret->until_ms = d.until_ms;
		if (trace == NULL)
			break;
	}
	note_end(&d);
}
