/* consent.c - is this a consent to this call? See decide.h. The order is scope,
 * channel, form, dates; a consent that is unfit is no consent. */
#include "core/consent/consent.h"

#include "core/decide/decide.h"
#include "core/time/civil.h"

#include <string.h>

static bool has_text(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return false;
}

/* What the consent says itself, or else the form that it names. */
static const char *product_of(const struct consent *c)
{
	return c->product != NULL || c->form == NULL ? c->product : c->form->product;
}

static const char *channel_of(const struct consent *c)
{
	return c->channel != NULL || c->form == NULL ? c->channel : c->form->channel;
}

static const char *scope_fault(const struct consent_rule *rule, const struct consent *c,
                               const struct campaign *campaign)
{
	const char *product = product_of(c);
	if (rule->product_match && (product == NULL || strcmp(product, campaign->product) != 0))
		return "product";
	if (!rule->advertiser_match)
		return NULL;
	if (c->advertiser != NULL && strcmp(c->advertiser, campaign->siren) != 0)
		return "advertiser";
	/* Collected by somebody else: a "partners" consent that does not name the
	 * professional is void for it (R223-1). */
	if (c->advertiser == NULL && campaign->third_party)
		return "advertiser";
	return NULL;
}

/* A registered form vouches only for what it was approved for, while it was in use. */
static const char *registered_fault(const struct consent *c)
{
	const struct consent_form *f = c->form;
	if (f == NULL || !f->known)
		return "form-unknown";
	if (f->fault != NULL)
		return "form-malformed";
	if (!f->approved)
		return "form-unapproved";
	if (c->product != NULL && strcmp(c->product, f->product) != 0)
		return "form-product";
	if (c->channel != NULL && strcmp(c->channel, f->channel) != 0)
		return "form-channel";
	if (c->collected_ms < f->from_ms || c->collected_ms >= f->to_ms)
		return "form-dates";
	return NULL;
}

/* Which law it answers and by which act it was given, where it says so. */
static const char *act_fault(const struct consent_rule *rule, const struct consent *c)
{
	const struct consent_form *f = c->form;
	const char *act = c->act != NULL || f == NULL || f->act[0] == '\0' ? c->act : f->act;
	const char *const *bases = c->base_count > 0 || f == NULL ? c->bases : f->bases;
	size_t base_count = c->base_count > 0 || f == NULL ? c->base_count : f->base_count;
	for (size_t i = 0; base_count > 0 && i < rule->base_count; i++)
		if (!has_text(bases, base_count, rule->bases[i]))
			return "bases";
	if (act != NULL && rule->act_count > 0 &&
	    !has_text((const char *const *)rule->acts, rule->act_count, act))
		return "act";
	return NULL;
}

static const char *form_fault(const struct consent_rule *rule, const struct consent *c)
{
	static const char *const ways[] = { "web", "paper", "shop", "phone" };
	const char *fault = NULL;
	if (c->form_id != NULL && (fault = registered_fault(c)) != NULL)
		return fault;
	const char *const *mentions = c->form_id != NULL ? c->form->mentions : c->mentions;
	size_t count = c->form_id != NULL ? c->form->mention_count : c->mention_count;
	for (size_t i = 0; i < rule->mention_count; i++)
		if (!has_text(mentions, count, rule->mentions[i]))
			return rule->mentions[i];
	if (rule->proof_required && c->proof == NULL)
		return "proof";
	if (c->collected_ms == TIME_NONE)
		return "collected_at";
	if (c->until_ms == TIME_NONE && c->until_date == INT32_MIN)
		return "until";
	if (c->via != NULL && !has_text(ways, sizeof(ways) / sizeof(ways[0]), c->via))
		return "via";
	return act_fault(rule, c);
}

/* The greatest age: the rule's, or the sector's where that is shorter. */
static int age_days(const struct consent_rule *rule, const struct campaign *campaign)
{
	int days = rule->max_age_days, sector = campaign->consent_max_age_days;
	return sector > 0 && (days == 0 || sector < days) ? sector : days;
}

/* The earliest of what an instant is in each zone of a place: the first instant of a date
 * (days < 0), or the same local time that many days later. */
static int64_t earliest_ms(const struct rulebook *rb, uint32_t place, int32_t date, int64_t from_ms, int days)
{
	int64_t earliest = INT64_MAX;
	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t z = 0; (place & TERRITORY_BIT(t)) != 0 && z < rb->territories[t].zone_count;
		     z++) {
			const struct zone *zone = rb->territories[t].zones[z];
			int64_t ms = days < 0 ? zone_date_start_ms(zone, date)
			                      : zone_days_later_ms(zone, from_ms, days);
			earliest = ms < earliest ? ms : earliest;
		}
	return earliest;
}

/* The declared end: a bare date ends at its first instant, where it begins first. */
static int64_t declared_end_ms(const struct consent *c, const struct rulebook *rb, uint32_t place)
{
	return c->until_ms != TIME_NONE ? c->until_ms : earliest_ms(rb, place, c->until_date, 0, -1);
}

/* The end by age. Days are days of the calendar: a year that an hour was taken from, or given to,
 * ends at the local time at which it began. */
static int64_t aged_end_ms(const struct consent *c, const struct rulebook *rb, uint32_t place, int days)
{
	return days > 0 ? earliest_ms(rb, place, 0, c->collected_ms, days) : INT64_MAX;
}

enum reason consent_judge(const struct consent_rule *rule, const struct consent *c,
                          const struct campaign *campaign, const struct rulebook *rb, uint32_t place,
                          int64_t now_ms, const char **ret_rule, int64_t *ret_end_ms)
{
	*ret_end_ms = INT64_MAX;
	*ret_rule = "";
	if (!rule->required)
		return REASON_ALLOWED;
	if ((*ret_rule = scope_fault(rule, c, campaign)) != NULL)
		return REASON_CONSENT_SCOPE;
	*ret_rule = "channel";
	const char *channel = channel_of(c);
	if (channel == NULL || strcmp(channel, rule->channel) != 0)
		return REASON_CONSENT_CHANNEL;
	if ((*ret_rule = form_fault(rule, c)) != NULL)
		return REASON_CONSENT_FORM;
	int64_t end_ms = declared_end_ms(c, rb, place);
	*ret_rule = "until";
	int64_t aged_ms = aged_end_ms(c, rb, place, age_days(rule, campaign));
	if (aged_ms <= end_ms) {
		end_ms = aged_ms;
		*ret_rule = "age";
	}
	if (c->collected_ms > now_ms) {
		*ret_rule = "collected_at";
		return REASON_CONSENT_EXPIRED;
	}
	if (now_ms >= end_ms)
		return REASON_CONSENT_EXPIRED;
	*ret_rule = "";
	*ret_end_ms = end_ms;
	return REASON_ALLOWED;
}

bool consent_may_lift(const struct consent *c)
{
	return c->via != NULL && strcmp(c->via, "phone") != 0 && c->collected_ms != TIME_NONE;
}

/* --- oppositions ------------------------------------------------------------------- */

static bool read_number(const char **at, const char *end, int64_t *ret)
{
	const char *p = *at;
	int64_t n = 0;
	while (p < end && *p >= '0' && *p <= '9' && n < INT64_C(900000000000000000))
		n = n * 10 + (*p++ - '0');
	if (p == *at)
		return false;
	*at = p;
	*ret = n;
	return true;
}

/* "event_ms received_ms c" (c: in a call, o: otherwise), and more of them behind a space each: what
 * several spaces recorded. The latest event counts. */
static bool read_opposition(const char *at, const char *end, struct opposition_fact *ret)
{
	for (;;) {
		int64_t event_ms, received_ms;
		if (!read_number(&at, end, &event_ms) || at == end || *at++ != ' ' ||
		    !read_number(&at, end, &received_ms) || end - at < 2 || *at++ != ' ')
			return false;
		bool in_call = *at++ == 'c';
		if (!ret->dated || event_ms > ret->event_ms)
			*ret = (struct opposition_fact){ .dated = true,
				                         .event_ms = event_ms,
				                         .in_call = in_call };
		if (at == end)
			return true;
		if (*at++ != ' ')
			return false;
	}
}

bool opposition_read(const char *text, size_t len, struct opposition_fact *ret)
{
	const char *end = text + len, *bar = memchr(text, '|', len);
	struct opposition_fact fact = { 0 };
	if (bar == NULL)
		bar = end;
	if (bar > text && !read_opposition(text, bar, &fact))
		return false;
	if (bar < end && bar + 1 < end && !read_opposition(bar + 1, end, &fact))
		return false;
	if (!fact.dated)
		return false;
	*ret = fact;
	return true;
}
