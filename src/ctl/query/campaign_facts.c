/* campaign_facts.c - what the daemon knows of a campaign and a number, fetched for one answer; see
 * campaign_facts.h. */
#include "ctl/query/campaign_facts.h"

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

/* --- this Redis ------------------------------------------------------------------------ */

/* As licetd asks it: a user of its own is not to read CONFIG. "": not known. */
static void ask_config(struct ctl *ctl, struct redis_config *ret)
{
	const struct conf *conf = ctl_conf(ctl);
	struct redis_args a;

	*ret = (struct redis_config){ 0 };
	snprintf(ret->appendfsync, sizeof(ret->appendfsync), "%s", conf->redis_appendfsync);
	if (*ret->appendfsync != '\0' || conf->redis_user[0] != '\0')
		return;
	args_init(&a);
	redis_config_question(&a);
	struct redis_reply *reply = ask_any(ctl, &a);

	args_done(&a);
	redis_config_read(reply, ret);
	reply_free(reply);
}

bool ask_policy(struct ctl *ctl, struct redis_policy *ret)
{
	const struct conf *conf = ctl_conf(ctl);
	struct redis_config config;

	ask_config(ctl, &config);
	struct redis_reply *reply = ask_any_words(ctl, "INFO");
	/* Not everybody may ask it. */
	if (reply_is_error(reply) && !reply_error_is(reply, "NOPERM"))
		ask_fail(ctl, "INFO", "", reply);
	const char *info = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	bool known = info != NULL;

	if (known)
		redis_policy_read(info, conf->memory_high_pct,
		                  conf->sentinels.count + conf->cluster.count > 0, &config, ret);
	reply_free(reply);
	return known;
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
static void meet_advertisers(struct ctl *ctl, struct situation *sit)
{
	const struct campaign *c = &sit->c;
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
		if (!known)
			names_add(&advertisers, a, strlen(a));
		reply_free(reply);
	}
	for (size_t i = 0; i < advertisers.count; i++)
		ask_send_words(ctl, "HGET", key_of(prefix, "advertiser", advertisers.list[i], key), "siren");
	for (size_t i = 0; i < advertisers.count; i++) {
		struct redis_reply *reply = ask_next(ctl);

		situation_meet_advertiser(sit, advertisers.list[i],
		                          reply_is_error(reply) ? NULL : reply_text(reply, NULL));
		reply_free(reply);
	}
	names_done(&advertisers);
	names_done(&ids);
}

static void meet_prefix(struct ctl *ctl, struct campaign_facts *cf)
{
	char id[ID_MAX + 1], key[KEY_SIZE];
	const char *prefix = situation_prefix(&cf->sit.c, cf->sit.c.id, id);

	if (prefix != NULL &&
	    ask_count(ctl, "EXISTS", key_of(ctl->conf.prefix, "advertiser", prefix, key)) == 1)
		situation_meet_prefix(&cf->sit, prefix);
}

/* Who used its SIREN first; while nobody has, those that are in use are asked. */
static void meet_siren(struct ctl *ctl, struct campaign_facts *cf)
{
	char key[KEY_SIZE];

	if (cf->sit.c.siren[0] == '\0')
		return;
	struct redis_reply *reply =
	    ask_value_words(ctl, "HGET", key_global(ctl->conf.prefix, "sirens", key), cf->sit.c.siren);
	const char *owner = reply_is_error(reply) ? NULL : reply_text(reply, NULL);

	if (owner != NULL) {
		situation_meet_siren(&cf->sit, owner);
	} else {
		situation_meet_no_siren(&cf->sit);
		meet_advertisers(ctl, &cf->sit);
	}
	reply_free(reply);
}

static void meet_caller_id(struct ctl *ctl, struct campaign_facts *cf)
{
	const char *number = hash_get(&cf->def, "caller_id");
	char key[KEY_SIZE];

	if (number == NULL)
		return;
	struct redis_reply *reply =
	    ask_value_words(ctl, "HGET", key_global(ctl->conf.prefix, "caller-ids", key), number);

	situation_meet_caller_id(&cf->sit, ctl_rulebook(ctl),
	                         reply_is_error(reply) ? NULL : reply_text(reply, NULL));
	reply_free(reply);
}

/* Members that are no numbers, as far as a look at the first thousands and a sample tell, or as
 * licetd has found them on its way through a long list: its state of the campaign names it. */
static void read_members(struct ctl *ctl, struct campaign_facts *cf, bool malformed[LAW_LISTS_MAX])
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall_ro(&a, "licet_members", key_global(ctl->conf.prefix, "campaigns", key));
	for (size_t i = 0; i < cf->sit.law.list_count; i++) {
		args_addf(&a, "%s", cf->sit.law.lists[i].name);
		args_add(&a, "0");
		args_add(&a, "-1");
		args_add(&a, "");
	}
	/* Without a library there is no licetd, and nothing that it would say. */
	struct redis_reply *reply = ask_any(ctl, &a);

	if (reply_is_error(reply) && strstr(reply_text(reply, NULL), "unction not found") == NULL)
		ask_fail(ctl, "FCALL_RO licet_members", key, reply);
	args_done(&a);
	hash_read(ctl, key_campaign(ctl->conf.prefix, cf->sit.c.id, "state", key), &cf->state);
	const char *because = hash_get(&cf->state, "because"), *rule = hash_get(&cf->state, "rule");

	for (size_t i = 0; i < cf->sit.law.list_count; i++) {
		const char *bad = reply_text(reply_at(reply_at(reply, i), 2), NULL);
		bool found = because != NULL && rule != NULL && strcmp(because, "list-malformed") == 0 &&
		             strcmp(rule, cf->sit.law.lists[i].name) == 0;

		if (found || (bad != NULL && *bad != '\0'))
			malformed[i] = true;
	}
	reply_free(reply);
}

static void read_lists(struct ctl *ctl, struct campaign_facts *cf)
{
	bool malformed[LAW_LISTS_MAX] = { false };
	char key[KEY_SIZE];

	read_members(ctl, cf, malformed);
	for (size_t i = 0; i < cf->sit.law.list_count; i++) {
		hash_read(ctl, key_of(ctl->conf.prefix, "list-meta", cf->sit.law.lists[i].name, key),
		          &cf->metas[i]);
		situation_set_list(&cf->sit, i, &cf->metas[i].fields,
		                   malformed[i] || cf->metas[i].wrong_type);
	}
	situation_judge_lists(&cf->sit, cf->at_ms);
}

static void read_health(struct ctl *ctl, struct campaign_facts *cf)
{
	const char *route = hash_get(&cf->def, "route");
	struct hash health = { 0 };
	char key[KEY_SIZE];

	if (route != NULL && id_is_valid(route, strlen(route)))
		hash_read(ctl, key_ready(ctl->conf.prefix, route, ":health", key), &health);
	route_health_read(&health.fields, &cf->route.fields, &cf->health);
	hash_done(&health);
}

struct campaign_facts *facts_read_def(struct ctl *ctl, const char *id, struct hash *def, int64_t at_ms)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct conf *conf = ctl_conf(ctl);
	struct campaign_facts *cf = mem_zero(sizeof(*cf));
	char key[KEY_SIZE];

	cf->at_ms = at_ms;
	cf->def = *def;
	*def = (struct hash){ 0 };
	read_part(ctl, &cf->def, "advertiser", &cf->advertiser);
	read_part(ctl, &cf->def, "source", &cf->source);
	read_part(ctl, &cf->def, "route", &cf->route);
	hash_read(ctl, key_global(conf->prefix, "halt", key), &cf->halt);
	read_health(ctl, cf);
	const struct situation_input in = { .rb = rb,
		                            .options = { conf->caller_id_doubtful, cf->health.p99_ms,
		                                         conf->care_gap_days },
		                            .list_overrides = (const char *const *)conf->list_overrides.words,
		                            .list_override_count = conf->list_overrides.count,
		                            .id = id,
		                            .def = &cf->def.fields,
		                            .advertiser = &cf->advertiser.fields,
		                            .source = &cf->source.fields,
		                            .route = &cf->route.fields };

	situation_read(&in, at_ms, &cf->sit);
	meet_prefix(ctl, cf);
	meet_siren(ctl, cf);
	meet_caller_id(ctl, cf);
	read_lists(ctl, cf);
	situation_set_halts(&cf->sit, cf->halt.wrong_type ? NULL : &cf->halt.fields);
	place_views_init(&cf->views, rb, cf->sit.c.has_window ? &cf->sit.c.window : NULL);
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
	hash_done(&cf->state);
	for (size_t i = 0; i < LAW_LISTS_MAX; i++)
		hash_done(&cf->metas[i]);
	free(cf);
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
