#include "ctl/query/campaign_facts.h"

#include "core/campaign/pace.h"
#include "core/law/binding.h"
#include "core/time/civil.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIREN_CAMPAIGNS_MAX 2000
#define TRIES 12 /* looks ahead for the next lawful instant */

/* --- this Redis and its daemon --------------------------------------------------------- */

void info_value(const char *info, const char *name, char *buf, size_t size)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s:", name);
	const char *at = strstr(info, line);

	buf[0] = '\0';
	if (at != NULL) {
		at += strlen(line);
		snprintf(buf, size, "%.*s", (int)strcspn(at, "\r\n"), at);
	}
}

static void health_judge(struct redis_health *h)
{
	const char *const wrong[] = {
		h->aof ? NULL : "appendonly is off",
		strcmp(h->policy, "noeviction") == 0 ? NULL : "maxmemory-policy is not noeviction",
		strcmp(h->role, "master") == 0 ? NULL : "role is not master",
		h->alone ? "min-replicas-to-write is 0, and a failover may lose calls" : NULL,
	};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (wrong[i] != NULL)
			used += (size_t)snprintf(h->why + used, sizeof(h->why) - used, "%s%s",
			                         used > 0 ? "; " : "", wrong[i]);
}

/* Valkey and its like have a name and a version of their own; their redis_version is the one of
 * Redis that they are compatible with. */
static void server_read(const char *info, struct redis_health *ret)
{
	char field[sizeof(ret->server) + 16];

	info_value(info, "server_name", ret->server, sizeof(ret->server));
	if (ret->server[0] == '\0')
		snprintf(ret->server, sizeof(ret->server), "redis");
	snprintf(field, sizeof(field), "%s_version", ret->server);
	info_value(info, field, ret->version, sizeof(ret->version));
	if (ret->version[0] == '\0')
		info_value(info, "redis_version", ret->version, sizeof(ret->version));
}

void health_read(struct ctl *ctl, struct redis_health *ret)
{
	struct redis_reply *reply = ask_any_words(ctl, "INFO");
	const char *info = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char value[32];

	*ret = (struct redis_health){ .known = info != NULL };
	if (info != NULL) {
		server_read(info, ret);
		info_value(info, "role", ret->role, sizeof(ret->role));
		info_value(info, "maxmemory_policy", ret->policy, sizeof(ret->policy));
		info_value(info, "aof_enabled", value, sizeof(value));
		ret->aof = strcmp(value, "1") == 0;
		info_value(info, "used_memory", value, sizeof(value));
		ret->used = strtoll(value, NULL, 10);
		info_value(info, "maxmemory", value, sizeof(value));
		ret->limit = strtoll(value, NULL, 10);
		ret->full = ret->limit > 0 &&
		            (double)ret->used * 100 > (double)ret->limit * ctl_conf(ctl)->memory_high_pct;
		info_value(info, "min_slaves_good_slaves", value, sizeof(value));
		ret->alone = ctl_conf(ctl)->sentinels.count > 0 && value[0] == '\0';
		health_judge(ret);
	}
	reply_free(reply);
}

/* --- a campaign: fetching ----------------------------------------------------------------- */

static void read_part(struct ctl *ctl, const struct hash *def, const char *kind, struct hash *ret)
{
	const char *id = hash_get(def, kind);
	char key[KEY_SIZE];

	if (id == NULL || !id_is_valid(id, strlen(id)))
		return;
	hash_read(ctl, key_of(ctl->conf.prefix, kind, id, key), ret);
}

/* The fault that the daemon adds: another advertiser in use has the same SIREN, and
 * the objection of a callee to one would miss the other. */
static void check_siren(struct ctl *ctl, struct campaign *c)
{
	const char *prefix = ctl->conf.prefix;
	char key[KEY_SIZE];
	struct names ids, advertisers = { 0 };

	if (c->siren[0] == '\0')
		return;
	names_read(ctl, key_global(prefix, "campaigns", key), &ids);
	size_t n = ids.count < SIREN_CAMPAIGNS_MAX ? ids.count : SIREN_CAMPAIGNS_MAX;

	for (size_t i = 0; i < n; i++)
		ask_send_words(ctl, "HGET", key_campaign(prefix, ids.list[i], "def", key), "advertiser");
	for (size_t i = 0; i < n; i++) {
		struct redis_reply *reply = ask_next(ctl);
		const char *a = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
		bool known = a == NULL || strcmp(a, c->advertiser) >= 0 || !id_is_valid(a, strlen(a));

		for (size_t k = 0; k < advertisers.count && !known; k++)
			known = strcmp(advertisers.list[k], a) == 0;
		if (!known) {
			advertisers.list = mem_grow(advertisers.list, &advertisers.capacity,
			                            advertisers.count, sizeof(char *));
			advertisers.list[advertisers.count++] = mem_copy(a);
		}
		reply_free(reply);
	}
	for (size_t i = 0; i < advertisers.count; i++)
		ask_send_words(ctl, "HGET", key_of(prefix, "advertiser", advertisers.list[i], key), "siren");
	bool said = false;

	for (size_t i = 0; i < advertisers.count; i++) {
		struct redis_reply *reply = ask_next(ctl);
		const char *siren = reply_is_error(reply) ? NULL : reply_text(reply, NULL);

		if (siren != NULL && strcmp(siren, c->siren) == 0 && !said &&
		    c->fault_count < CAMPAIGN_FAULTS_MAX) {
			c->faults[c->fault_count].fault = CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE;
			snprintf(c->faults[c->fault_count++].text, sizeof(c->faults[0].text),
			         "siren is that of advertiser %s", advertisers.list[i]);
			said = true;
		}
		reply_free(reply);
	}
	names_done(&advertisers);
	names_done(&ids);
}

void facts_add_advertiser_list(struct law *law, const char *name)
{
	size_t at = law->list_count > 0 && strcmp(law->lists[0].name, "opposition") == 0 ? 1 : 0;

	if (law->list_count == LAW_LISTS_MAX)
		return;
	memmove(&law->lists[at + 1], &law->lists[at], (law->list_count - at) * sizeof(law->lists[0]));
	law->lists[at] = (struct law_list){ .name = name, .mode = LIST_IF_PRESENT, .article = "RGPD 21" };
	law->list_count++;
}

void facts_of_meta(const char *name, const struct hash *meta, struct list_fact *ret)
{
	const char *at = hash_get(meta, "refreshed_at");

	*ret = (struct list_fact){
		.name = name, .has_meta = at != NULL, .refreshed_ms = TIME_NONE, .malformed = meta->wrong_type
	};
	if (at != NULL)
		civil_parse_instant(at, strlen(at), &ret->refreshed_ms);
}

/* Members that are no numbers, as far as a look at the first thousands and a sample tell, or as
 * licetd has found them on its way through a long list: its state of the campaign names it. */
static void read_members(struct ctl *ctl, struct campaign_facts *cf)
{
	char key[KEY_SIZE];
	struct hash state;
	struct redis_args a;

	args_init(&a);
	args_add(&a, "FCALL_RO");
	args_add(&a, "licet_members");
	args_add(&a, "1");
	args_add(&a, key_global(ctl->conf.prefix, "campaigns", key));
	for (size_t i = 0; i < cf->law.list_count; i++) {
		args_addf(&a, "%s", cf->law.lists[i].name);
		args_add(&a, "0");
		args_add(&a, "-1");
		args_add(&a, "");
	}
	/* Without a library there is no licetd, and nothing that it would say. */
	struct redis_reply *reply = ask_any(ctl, &a);

	args_done(&a);
	hash_read(ctl, key_campaign(ctl->conf.prefix, cf->c.id, "state", key), &state);
	const char *because = hash_get(&state, "because"), *rule = hash_get(&state, "rule");

	for (size_t i = 0; i < cf->law.list_count; i++) {
		const char *bad = reply_text(reply_at(reply_at(reply, i), 2), NULL);
		bool found = because != NULL && rule != NULL && strcmp(because, "list-malformed") == 0 &&
		             strcmp(rule, cf->law.lists[i].name) == 0;

		if (found || (bad != NULL && *bad != '\0'))
			cf->list_facts[i].malformed = true;
	}
	hash_done(&state);
	reply_free(reply);
}

static void read_lists(struct ctl *ctl, struct campaign_facts *cf)
{
	char key[KEY_SIZE];

	for (size_t i = 0; i < cf->law.list_count; i++) {
		hash_read(ctl, key_of(ctl->conf.prefix, "list-meta", cf->law.lists[i].name, key),
		          &cf->metas[i]);
		facts_of_meta(cf->law.lists[i].name, &cf->metas[i], &cf->list_facts[i]);
	}
	read_members(ctl, cf);
}

void facts_judge_lists(struct campaign_facts *cf)
{
	cf->lists = lists_state(&cf->law, cf->list_facts, cf->at_ms, &cf->lists_rule, &cf->lists_stale_ms);
}

static void judge_halt(struct campaign_facts *cf)
{
	char names[4][ID_MAX + 16];

	if (cf->halt.wrong_type) {
		cf->halt_scope = "all";
		cf->halt_why = "halt is no hash";
		return;
	}
	snprintf(names[0], sizeof(names[0]), "all");
	snprintf(names[1], sizeof(names[1]), "advertiser:%s", cf->c.advertiser);
	snprintf(names[2], sizeof(names[2]), "source:%s", cf->c.source);
	snprintf(names[3], sizeof(names[3]), "route:%s", cf->c.route);
	for (size_t n = 0; n < 4; n++)
		for (size_t i = 0; i < cf->halt.fields.count; i++)
			if (strcmp(cf->halt.fields.names[i], names[n]) == 0) {
				cf->halt_scope = cf->halt.fields.names[i];
				cf->halt_why = cf->halt.fields.values[i];
				return;
			}
}

struct campaign_facts *facts_read_def(struct ctl *ctl, const char *id, struct hash *def, int64_t at_ms)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct conf *conf = ctl_conf(ctl);
	struct campaign_options options = { .caller_id_doubtful = conf->caller_id_doubtful };
	struct hash health;
	struct campaign_facts *cf = mem_zero(sizeof(*cf));
	char key[KEY_SIZE];
	int32_t first, last;

	cf->at_ms = at_ms;
	cf->def = *def;
	*def = (struct hash){ 0 };
	read_part(ctl, &cf->def, "advertiser", &cf->advertiser);
	read_part(ctl, &cf->def, "source", &cf->source);
	read_part(ctl, &cf->def, "route", &cf->route);
	hash_read(ctl, key_global(conf->prefix, "halt", key), &cf->halt);
	if (hash_get(&cf->def, "route") != NULL &&
	    id_is_valid(hash_get(&cf->def, "route"), strlen(hash_get(&cf->def, "route")))) {
		hash_read(ctl, key_ready(conf->prefix, hash_get(&cf->def, "route"), ":health", key), &health);
		options.route_p99_ms = cf->route_p99_ms = hash_int(&health, "p99_ms");
		const char *state = hash_get(&health, "state"), *why = hash_get(&health, "why");

		if (state != NULL && strcmp(state, "tripped") == 0)
			snprintf(cf->breaker, sizeof(cf->breaker), "%s", why != NULL ? why : "breaker");
		hash_done(&health);
	}
	law_dates(rb, at_ms, &first, &last);
	campaign_read(rb, &options, id, &cf->def.fields, &cf->advertiser.fields, &cf->source.fields,
	              &cf->route.fields, first, &cf->c);
	check_siren(ctl, &cf->c);
	law_read(rb, first, last, (const char *const *)conf->list_overrides.words, conf->list_overrides.count,
	         &cf->law);
	if (cf->c.service)
		law_for_service(&cf->law);
	snprintf(cf->advertiser_list, sizeof(cf->advertiser_list), "opposition:%s", cf->c.advertiser);
	facts_add_advertiser_list(&cf->law, cf->advertiser_list);
	read_lists(ctl, cf);
	facts_judge_lists(cf);
	judge_halt(cf);
	place_views_init(&cf->views, rb, cf->c.has_window ? &cf->c.window : NULL);
	return cf;
}

struct campaign_facts *facts_read(struct ctl *ctl, const char *id, int64_t at_ms)
{
	char key[KEY_SIZE];
	struct hash def;

	hash_read(ctl, key_campaign(ctl_conf(ctl)->prefix, id, "def", key), &def);
	return facts_read_def(ctl, id, &def, at_ms);
}

void facts_free(struct campaign_facts *cf)
{
	hash_done(&cf->def);
	hash_done(&cf->advertiser);
	hash_done(&cf->source);
	hash_done(&cf->route);
	hash_done(&cf->halt);
	for (size_t i = 0; i < LAW_LISTS_MAX; i++)
		hash_done(&cf->metas[i]);
	free(cf);
}

/* --- the brake -------------------------------------------------------------------------------- */

static void brake_say(struct brake *b, enum reason reason, const char *rule)
{
	b->reason = reason;
	snprintf(b->rule_text, sizeof(b->rule_text), "%s", rule);
	b->rule = b->rule_text;
}

/* What stops the daemon as a whole. */
static bool gate_read(struct ctl *ctl, struct brake *b)
{
	const struct conf *conf = ctl_conf(ctl);
	struct redis_health health;
	struct hash daemon;
	char key[KEY_SIZE];

	hash_read(ctl, key_of(conf->prefix, "daemon", conf->instance, key), &daemon);
	const char *mismatch = hash_get(&daemon, "rulebook_mismatch");

	if (mismatch != NULL && *mismatch != '\0') {
		brake_say(b, REASON_LAW_UNKNOWN, "rulebook-mismatch");
		hash_done(&daemon);
		return true;
	}
	bool doubt = llabs(hash_int(&daemon, "clock_offset_ms")) > conf->clock_limit_ms;

	hash_done(&daemon);
	health_read(ctl, &health);
	if (doubt)
		brake_say(b, REASON_CLOCK_DOUBT, "Redis TIME");
	else if (health.full)
		brake_say(b, REASON_REDIS_FULL, "maxmemory");
	else if (health.known && conf->redis_policy_strict && health.why[0] != '\0')
		brake_say(b, REASON_REDIS_POLICY, health.why);
	return b->reason != REASON_ALLOWED;
}

static bool pace_is_over(struct ctl *ctl, const char *key, double interval_ms, int64_t now_ms,
                         int64_t *ret_ms)
{
	if (interval_ms <= 0)
		return false;
	struct redis_reply *reply = ask_any_words(ctl, "GET", key);
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	double at = text != NULL ? strtod(text, NULL) : 0;

	reply_free(reply);
	return pace_budget(at, interval_ms, PACE_SLACK_MS, now_ms, ret_ms) == 0;
}

void brake_read(struct ctl *ctl, const struct campaign_facts *cf, bool now, struct brake *ret)
{
	const struct conf *conf = ctl_conf(ctl);
	const struct campaign *c = &cf->c;
	char key[KEY_SIZE];

	*ret = (struct brake){ .reason = REASON_ALLOWED, .rule = "", .until_ms = TIME_NONE };
	if (conf->require_approved && ctl_rulebook(ctl)->approved_by[0] == '\0') {
		brake_say(ret, REASON_LAW_UNKNOWN, "rulebook unsigned");
		return;
	}
	if (!now || gate_read(ctl, ret))
		return;
	if (cf->breaker[0] != '\0') {
		brake_say(ret, REASON_ROUTE_BREAKER, cf->breaker);
		return;
	}
	if (!c->route_open ||
	    ask_count(ctl, "LLEN", key_ready(conf->prefix, c->route, "", key)) >= c->backlog) {
		brake_say(ret, REASON_ROUTE_FULL, c->route);
		return;
	}
	int64_t own_ms = TIME_NONE, route_ms = TIME_NONE;
	bool own = pace_is_over(ctl, key_campaign(conf->prefix, c->id, "pace", key), c->interval_ms,
	                        cf->at_ms, &own_ms);
	bool shared = pace_is_over(ctl, key_ready(conf->prefix, c->route, ":pace", key), c->route_interval_ms,
	                           cf->at_ms, &route_ms);

	/* Where both stand in the way, the later one tells. */
	if (own || shared)
		ret->until_ms = own && (!shared || own_ms >= route_ms) ? own_ms : route_ms;
	if (own && ret->until_ms == own_ms)
		brake_say(ret, REASON_RATE_LIMIT, "campaign");
	else if (shared)
		brake_say(ret, REASON_RATE_LIMIT, c->route);
	if (ret->reason == REASON_ALLOWED)
		ret->until_ms = TIME_NONE;
}

/* --- time ------------------------------------------------------------------------------------- */

int64_t facts_next_lawful(struct place_views *views, const struct job *job, const struct facts *facts,
                          struct decision *ret_last)
{
	struct facts then = *facts;

	for (int i = 0; i < TRIES; i++) {
		if (i > 0)
			then.brake = REASON_ALLOWED;
		decide(views, job, &then, ret_last, NULL);
		if (ret_last->reason == REASON_ALLOWED)
			return then.now_ms;
		if (reason_verdict(ret_last->reason) != VERDICT_HOLD || ret_last->until_ms == TIME_NONE ||
		    ret_last->until_ms <= then.now_ms)
			break;
		then.now_ms = ret_last->until_ms;
	}
	return TIME_NONE;
}
