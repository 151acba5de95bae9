/* situation.c - see situation.h. */
#include "core/campaign/situation.h"

#include "core/campaign/company.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

static void add_list(struct law *law, size_t at, const char *name)
{
	if (law->list_count == LAW_LISTS_MAX) {
		law->known = false; /* no rulebook leaves so little room: it was refused as it was loaded */
		return;
	}
	memmove(&law->lists[at + 1], &law->lists[at], (law->list_count - at) * sizeof(law->lists[0]));
	law->lists[at] = (struct law_list){ .name = name, .mode = LIST_IF_PRESENT, .article = "RGPD 21" };
	law->list_count++;
}

void own_lists_read(const struct fields *advertiser, const char *id, struct own_lists *ret)
{
	struct company company;
	company_read(advertiser, id, &company);
	ret->count = company.count;
	for (size_t i = 0; i < company.count; i++)
		snprintf(ret->names[i], sizeof(ret->names[i]), "opposition:%s", company.ids[i]);
}

void law_add_own_lists(struct law *law, const struct own_lists *own)
{
	size_t at = law->list_count > 0 && strcmp(law->lists[0].name, "opposition") == 0 ? 1 : 0;
	for (size_t i = 0; i < own->count; i++)
		add_list(law, at + i, own->names[i]);
}

void situation_read(const struct situation_input *in, int64_t now_ms, struct situation *ret)
{
	int32_t first, last;
	law_dates(in->rb, now_ms, &first, &last);
	campaign_read(in->rb, &in->options, in->id, in->def, in->advertiser, in->source, in->route, first,
	              &ret->c);
	law_read(in->rb, first, last, in->list_overrides, in->list_override_count, &ret->law);
	if (ret->c.service)
		law_for_service(&ret->law);
	own_lists_read(in->advertiser, ret->c.named, &ret->own);
	ret->advertiser_list = ret->own.names[0];
	law_add_own_lists(&ret->law, &ret->own);
	for (size_t i = 0; i < ret->law.list_count; i++)
		ret->list_facts[i] =
		    (struct list_fact){ .name = ret->law.lists[i].name, .refreshed_ms = TIME_NONE };
	ret->lists = REASON_FACTS_UNKNOWN;
	ret->lists_rule = "";
	ret->lists_stale_ms = INT64_MAX;
	ret->halt_scope = ret->halt_why = NULL;
}

void situation_meet_advertiser(struct situation *s, const char *advertiser, const char *siren)
{
	struct campaign *c = &s->c;
	if (siren != NULL && *c->siren != '\0' && strcmp(siren, c->siren) == 0 &&
	    strcmp(advertiser, c->advertiser) < 0)
		situation_meet_siren(s, advertiser);
}

void situation_meet_siren(struct situation *s, const char *advertiser)
{
	struct campaign *c = &s->c;
	if (strcmp(advertiser, c->advertiser) == 0 || c->fault_count == CAMPAIGN_FAULTS_MAX)
		return;
	c->faults[c->fault_count].fault = CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE;
	snprintf(c->faults[c->fault_count++].text, sizeof(c->faults[0].text),
	         "siren is that of advertiser %s", advertiser);
}

void situation_meet_no_siren(struct situation *s)
{
	struct campaign *c = &s->c;
	if (strcmp(c->named, c->advertiser) == 0 || c->fault_count == CAMPAIGN_FAULTS_MAX)
		return;
	c->faults[c->fault_count].fault = CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE;
	snprintf(c->faults[c->fault_count++].text, sizeof(c->faults[0].text),
	         "siren is not that of advertiser %s, whose other name it is", c->advertiser);
}

const char *situation_prefix(const struct campaign *c, const char *id, char *ret)
{
	size_t len = strcspn(id, "."), own = strlen(c->named);
	if (id[len] == '\0' || (own > 0 && strncmp(id, c->named, own) == 0 && id[own] == '.'))
		return NULL;
	snprintf(ret, ID_MAX + 1, "%.*s", (int)len, id);
	return ret;
}

void situation_meet_prefix(struct situation *s, const char *prefix)
{
	struct campaign *c = &s->c;
	if (c->fault_count == CAMPAIGN_FAULTS_MAX)
		return;
	c->faults[c->fault_count].fault = CAMPAIGN_FAULT_FIELD_MALFORMED;
	snprintf(c->faults[c->fault_count++].text, sizeof(c->faults[0].text),
	         "advertiser: expected %.40s, whose campaigns begin with %.40s.", prefix, prefix);
}

void situation_meet_caller_id(struct situation *s, const struct rulebook *rb, const char *owner)
{
	struct campaign *c = &s->c;
	const char *article = rb->caller_id_owner_article;
	bool has_article = article != NULL && *article != '\0';
	if (owner == NULL || *c->siren == '\0' || strcmp(owner, c->siren) == 0 ||
	    c->fault_count == CAMPAIGN_FAULTS_MAX)
		return;
	c->faults[c->fault_count].fault = CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED;
	snprintf(c->faults[c->fault_count++].text, sizeof(c->faults[0].text),
	         "caller_id was used first by SIREN %.9s%s%.40s%s", owner, has_article ? " (" : "",
	         has_article ? article : "", has_article ? ")" : "");
}

/* The version of a packed list goes into each entry, where commas and marks part the lists. Returns false
 * for one that we did not write. */
static bool read_version(const char *text, char ret[LIST_VERSION_SIZE])
{
	size_t len = text != NULL ? strlen(text) : 0;
	ret[0] = '\0';
	if (len == 0)
		return true;
	if (len >= LIST_VERSION_SIZE || strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz-") != len)
		return false;
	memcpy(ret, text, len + 1);
	return true;
}

struct list_fact list_fact_read(const char *name, const struct fields *meta, bool malformed)
{
	const char *at = fields_get(meta, "refreshed_at"), *lost = fields_get(meta, "lost");
	struct list_fact fact = { .name = name, .has_meta = at != NULL, .refreshed_ms = TIME_NONE };
	fact.malformed =
	    !read_version(fields_get(meta, "version"), fact.version) || malformed || meta->flaw[0] != '\0';
	fact.lost = lost != NULL && strcmp(lost, "0") != 0;
	if (at != NULL)
		civil_parse_instant(at, strlen(at), &fact.refreshed_ms);
	return fact;
}

void situation_set_list(struct situation *s, size_t i, const struct fields *meta, bool malformed)
{
	s->list_facts[i] = list_fact_read(s->law.lists[i].name, meta, malformed);
}

void situation_judge_lists(struct situation *s, int64_t now_ms)
{
	s->lists = lists_state(&s->law, s->list_facts, now_ms, &s->lists_rule, &s->lists_stale_ms);
}

static void set_halt(struct situation *s, const char *scope, const char *why)
{
	size_t len = strlen(why);
	if (len >= sizeof(s->halt_text))
		for (len = sizeof(s->halt_text) - 1; len > 0 && ((unsigned char)why[len] & 0xC0) == 0x80;)
			len--;
	memcpy(s->halt_text, why, len);
	s->halt_text[len] = '\0';
	snprintf(s->halt_name, sizeof(s->halt_name), "%s", scope);
	s->halt_scope = s->halt_name;
	s->halt_why = s->halt_text;
}

/* Returns whether that scope is halted. */
static bool meet_halt(struct situation *s, const struct fields *halts, const char *kind, const char *id)
{
	char name[sizeof(s->halt_name)];
	snprintf(name, sizeof(name), "%s%s", kind, id);
	for (size_t i = 0; i < halts->count; i++)
		if (strcmp(halts->names[i], name) == 0) {
			set_halt(s, name, halts->values[i]);
			return true;
		}
	return false;
}

void situation_set_halts(struct situation *s, const struct fields *halts)
{
	s->halt_scope = s->halt_why = NULL;
	if (halts == NULL) {
		s->halt_scope = "all";
		s->halt_why = "the halts cannot be read: their key is not a hash";
		return;
	}
	if (halts->flaw[0] != '\0') {
		/* Whom it was to halt, nobody knows. */
		set_halt(s, "all", halts->flaw);
		return;
	}
	if (meet_halt(s, halts, "", "all"))
		return;
	/* A company stops as a whole, under whichever of its ids. */
	for (size_t i = 0; i < s->law.list_count; i++)
		if (strncmp(s->law.lists[i].name, "opposition:", 11) == 0 &&
		    meet_halt(s, halts, "advertiser:", s->law.lists[i].name + 11))
			return;
	if (!meet_halt(s, halts, "source:", s->c.source))
		meet_halt(s, halts, "route:", s->c.route);
}
