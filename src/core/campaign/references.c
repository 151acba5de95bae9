/* references.c - is what a campaign refers to as the law wants it? See campaign.h. */
#include "core/campaign/references.h"

#include "core/campaign/campaign.h"
#include "core/campaign/reading.h"
#include "core/text/nearest.h"

#include <stdio.h>
#include <string.h>

/* Under which id the consents, attempts and oppositions of its company are. Nothing below asks for aliases. */
void check_company(struct reading *r)
{
	struct campaign *c = r->c;
	if (!company_read(r->advertiser, c->named, &r->company))
		reading_fault(c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		              "company of advertiser %s: expected ids of one company, its own among them",
		              c->named);
	if (r->company.joining)
		reading_fault(c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		              "advertiser %s is being united with another: licetctl advertiser alias ends it",
		              c->named);
	snprintf(c->advertiser, sizeof(c->advertiser), "%s", r->company.ids[0]);
}

/* Identity: who calls (L221-16), so that the callee can object to somebody. */
void check_advertiser(struct reading *r)
{
	static const char *const needed[] = { "name", "siren", "caller_ids", "country" };
	if (r->c->named[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *v = fields_get(r->advertiser, needed[i]);
		if (v == NULL || *v == '\0')
			reading_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
			              "%s of advertiser %s is not set", needed[i], r->c->named);
	}
	const char *siren = fields_get(r->advertiser, "siren");
	if (siren != NULL && *siren != '\0' && (strlen(siren) != 9 || strspn(siren, "0123456789") != 9))
		reading_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		              "siren of advertiser %s: expected nine digits", r->c->named);
	else if (siren != NULL)
		snprintf(r->c->siren, sizeof(r->c->siren), "%s", siren);
	const char *before = fields_get(r->advertiser, "attempts_before");
	r->c->history_declared =
	    before != NULL && (strcmp(before, "none") == 0 || strcmp(before, "imported") == 0);
	if (before != NULL && !r->c->history_declared)
		reading_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		              "attempts_before: expected none or imported");
	/* Care for who is prospected; a service call is one that the person waits for. */
	int gap = reading_int(r, r->advertiser, "gap_days", 0, GAP_DAYS_MAX, r->options->care_gap_days);
	r->c->gap_days = r->c->service ? 0 : gap;
}

/* Where the contact file comes from, and that people were told. */
void check_source(struct reading *r)
{
	static const char *const needed[] = { "name", "collected_by", "legal_basis", "acquired_at",
		                              "informed" };
	if (r->c->source[0] == '\0')
		return;
	const char *status = fields_get(r->source, "status");
	if (r->source->count == 0)
		reading_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "source %s is not known", r->c->source);
	else if (status == NULL || strcmp(status, "approved") != 0)
		reading_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED,
		              "status of source %s: expected approved", r->c->source);
	for (size_t i = 0; r->source->count > 0 && i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *v = fields_get(r->source, needed[i]);
		if (v == NULL || *v == '\0')
			reading_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "%s of source %s is not set",
			              needed[i], r->c->source);
	}
	const char *by = fields_get(r->source, "collected_by");
	r->c->third_party = by == NULL || !company_has(&r->company, by);
}

void check_sector(struct reading *r)
{
	const char *sector = reading_must(r, "sector");
	const struct regime *regimes[REGIME_MAX];
	size_t n = rulebook_regimes_on(r->rb, r->date, regimes);
	if (sector == NULL || r->c->service)
		return;
	for (size_t k = 0; k < n; k++) {
		const char *names[64];
		size_t i = 0;
		while (i < regimes[k]->sector_count && strcmp(regimes[k]->sectors[i].name, sector) != 0)
			i++;
		if (i == regimes[k]->sector_count) {
			size_t count = 0;
			for (size_t s = 0; s < regimes[k]->sector_count && count < 64; s++)
				names[count++] = regimes[k]->sectors[s].name;
			const char *near = nearest_name(sector, strlen(sector), names, count);
			reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
			              near != NULL ? "sector: %.40s, did you mean %s?"
			                           : "sector: %.40s is not in the rulebook",
			              sector, near);
			return;
		}
		const struct sector_rule *rule = &regimes[k]->sectors[i];
		if (rule->status == SECTOR_BANNED)
			reading_fault(r->c, CAMPAIGN_FAULT_SECTOR_BANNED, "%s, even with consent (%s)",
			              sector, rule->article);
		else if (rule->status == SECTOR_UNAPPROVED)
			reading_fault(r->c, CAMPAIGN_FAULT_SECTOR_UNAPPROVED,
			              "%s waits for a rule of its own (%s)", sector, rule->article);
		if (rule->status != SECTOR_ALLOWED)
			return;
		int days = rule->consent_max_age_days;
		if (days > 0 && (r->c->consent_max_age_days == 0 || days < r->c->consent_max_age_days))
			r->c->consent_max_age_days = days;
	}
}

/* The number shown: of a range for automata, and one that the operator allows. */
void check_caller_id(struct reading *r)
{
	const char *v = reading_must(r, "caller_id");
	struct phone phone;
	if (v == NULL)
		return;
	if (!phone_is_e164(v, strlen(v)) || !phone_normalise(r->rb, v, strlen(v), &phone)) {
		reading_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS,
		              "caller_id: expected an E.164 number of a range for automata");
		return;
	}
	const struct caller_id_range *range = phone_caller_id_range(r->rb, phone.e164);
	if (range == NULL)
		reading_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS,
		              "caller_id is in no range for automata (%s)", r->rb->caller_id_article);
	else if (range->doubtful && !r->options->caller_id_doubtful)
		reading_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS,
		              "range %s is accepted only once the operator confirmed it (a switch)",
		              range->prefix);
	const char *allowed = fields_get(r->advertiser, "caller_ids");
	if (allowed == NULL || !reading_has(allowed, v))
		reading_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED,
		              "caller_id is not among caller_ids of advertiser %s", r->c->named);
}

/* A way to object that costs nothing beyond the call: always a number. */
void check_opt_out(struct reading *r)
{
	const char *v = fields_get(r->def, "opt_out");
	size_t numbers = 0;
	for (const char *p = v != NULL ? v : ""; *p != '\0';) {
		size_t n = strcspn(p, " ,");
		struct phone phone;
		if (n == 5 && memcmp(p, "key:", 4) == 0 && strchr("0123456789*#", p[4]) != NULL)
			; /* a key besides the number */
		else if (n > 0 && !phone_normalise(r->rb, p, n, &phone))
			reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
			              "opt_out: expected numbers (+33…) and key:0 to key:9");
		else if (n > 0 && !r->rb->opt_out_classes[phone.cls])
			reading_fault(r->c, CAMPAIGN_FAULT_OPT_OUT_SURCHARGED,
			              "a number of class %s may cost more than the call (%s)",
			              number_class_name(phone.cls), r->rb->opt_out_article);
		else if (n > 0) {
			numbers++;
			if (r->rb->opt_out_fragile[phone.cls])
				snprintf(r->c->warning, sizeof(r->c->warning),
				         "opt_out: a number of class %s may be gone tomorrow, and who "
				         "objects is not heard then",
				         number_class_name(phone.cls));
		}
		p += n;
		p += strspn(p, " ,");
	}
	if (numbers == 0)
		reading_fault(r->c, CAMPAIGN_FAULT_OPT_OUT_MISSING, "opt_out: expected a contact number (%s)",
		              r->rb->opt_out_article);
}

/* Near the start (CNIL): an opt-out at the end of a message is heard by nobody. */
static void check_opt_out_time(struct reading *r)
{
	int most = r->rb->opt_out_within_s, asked_over = r->rb->opt_out_asked_over_s;
	const char *v = fields_get(r->def, "opt_out_at_seconds");
	int at = reading_int(r, r->def, "opt_out_at_seconds", 0, 600, 0), length = r->c->message_seconds;
	if ((v == NULL || *v == '\0') && asked_over > 0 && length > asked_over)
		reading_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
		              "opt_out_at_seconds is missing: a message over %d s must say it (%s)",
		              asked_over, r->rb->opt_out_article);
	if (most > 0 && at > most)
		reading_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
		              "opt_out_at_seconds: expected at most %d (%s)", most, r->rb->opt_out_article);
	if (at > 0 && length > 0 && at >= length)
		reading_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
		              "opt_out_at_seconds: the message has ended after %d", length);
}

void check_announcement(struct reading *r)
{
	static const char *const words[] = { "identity", "commercial", "opt-out", "ai" };
	static const char *const yes_no[] = { "yes", "no" };
	const char *v = fields_get(r->def, "announces");
	const char *announces = v != NULL ? v : "";
	for (size_t i = 0; i < 3; i++)
		if (!(r->c->service && i == 1) && !reading_has(announces, words[i]))
			reading_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
			              "announces: %s is missing (%s)", words[i], r->rb->announce_article);
	for (const char *p = announces; *p != '\0';) {
		size_t n = strcspn(p, " ,");
		char word[24];
		snprintf(word, sizeof(word), "%.*s", (int)(n < 20 ? n : 20), p);
		if (n > 0)
			reading_word(r, "announces", word, words, 4);
		p += n;
		p += strspn(p, " ,");
	}
	/* Who calls, and for whom, is said at the start. */
	size_t skip = strspn(announces, " ,"), first = strcspn(announces + skip, " ,");
	if (reading_has(announces, words[0]) &&
	    (first != strlen(words[0]) || memcmp(announces + skip, words[0], first) != 0))
		reading_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
		              "announces: identity comes first (%s)", r->rb->announce_article);
	check_opt_out_time(r);
	int synthetic = reading_word(r, "synthetic_voice", reading_must(r, "synthetic_voice"), yes_no, 2);
	if (synthetic == 0 && !reading_has(announces, "ai"))
		reading_fault(r->c, CAMPAIGN_FAULT_SYNTHETIC_UNDISCLOSED,
		              "synthetic_voice is yes and announces has no ai");
}
