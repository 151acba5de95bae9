/* consent.c - is this a consent to this call? See decide.h. The order is scope,
 * channel, form, dates; a consent that is unfit is no consent. */
#include "core/civil.h"
#include "core/decide.h"

#include <string.h>

static bool has_mention(const struct consent *c, const char *mention)
{
	for (size_t i = 0; i < c->mention_count; i++)
		if (strcmp(c->mentions[i], mention) == 0)
			return true;
	return false;
}

static const char *scope_fault(const struct consent_rule *rule, const struct consent *c,
                               const struct campaign *campaign)
{
	if (rule->product_match && (c->product == NULL || strcmp(c->product, campaign->product) != 0))
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

static const char *form_fault(const struct consent_rule *rule, const struct consent *c)
{
	static const char *const ways[] = { "web", "paper", "shop", "phone" };
	if (c->form_id != NULL)
		return "form-unknown";
	for (size_t i = 0; i < rule->mention_count; i++)
		if (!has_mention(c, rule->mentions[i]))
			return rule->mentions[i];
	if (rule->proof_required && c->proof == NULL)
		return "proof";
	if (c->collected_ms == TIME_NONE)
		return "collected_at";
	if (c->until_ms == TIME_NONE && c->until_date == INT32_MIN)
		return "until";
	for (size_t i = 0; c->via != NULL && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(c->via, ways[i]) == 0)
			return NULL;
	}
	return c->via != NULL ? "via" : NULL;
}

/* The declared end: a bare date ends at its first instant, where it begins first. */
static int64_t declared_end_ms(const struct consent *c, const struct rulebook *rb, uint32_t place)
{
	if (c->until_ms != TIME_NONE)
		return c->until_ms;
	int64_t end_ms = INT64_MAX;
	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t z = 0; (place & TERRITORY_BIT(t)) != 0 && z < rb->territories[t].zone_count;
		     z++) {
			int64_t ms = zone_date_start_ms(rb->territories[t].zones[z], c->until_date);
			end_ms = ms < end_ms ? ms : end_ms;
		}
	return end_ms;
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
	if (c->channel == NULL || strcmp(c->channel, rule->channel) != 0)
		return REASON_CONSENT_CHANNEL;
	if ((*ret_rule = form_fault(rule, c)) != NULL)
		return REASON_CONSENT_FORM;
	int64_t end_ms = declared_end_ms(c, rb, place);
	*ret_rule = "until";
	if (rule->max_age_days > 0 && c->collected_ms + rule->max_age_days * DAY_MS <= end_ms) {
		end_ms = c->collected_ms + rule->max_age_days * DAY_MS;
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
