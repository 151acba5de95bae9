/* diff_effect.c - what a change of law would do to what waits. See regime_diff.h. Lists are
 * read in chunks of so many jobs, and their numbers are asked for together: a few
 * commands a chunk, whatever is held. */
#include "ctl/law/diff_effect.h"

#include "core/consent/consent.h"
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/number/phone.h"
#include "core/number/place.h"
#include "ctl/base/print.h"
#include "ctl/law/regime_diff.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/company_ids.h"
#include "ctl/query/members.h"
#include "ctl/query/query.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500

/* Counted by the reason under the law that says no. */
struct sides {
	int64_t looked, gained, lost;
	int64_t gained_by[REASON_COUNT], lost_by[REASON_COUNT];
};

/* One of the two laws, for good: the rulebook with that regime always in force. */
struct side {
	struct rulebook rb;
	struct regime regimes[REGIME_MAX];
	const struct regime *regime; /* NULL: no law */
	/* of the campaign that is looked at */
	struct campaign c;
	struct law law;
	struct list_fact list_facts[LAW_LISTS_MAX];
	enum reason lists;
	const char *lists_rule;
	int64_t stale_ms;
	struct place_views views;
};

struct held_job {
	struct job job;
	struct phone phone;
	bool sound;
};

struct effect {
	struct ctl *ctl;
	int64_t at_ms;
	struct side sides[2]; /* before, after */
	struct sides held, consents;
	int64_t campaigns;
	struct own_lists own;
	struct held_job jobs[CHUNK];
	/* of the job at hand: the lists it is on, one bit each, of each side */
	uint32_t on[CHUNK][2];
};

static void side_init(struct side *s, const struct rulebook *rb, const struct regime *regime)
{
	s->rb = *rb;
	s->rb.regimes = s->regimes;
	for (size_t i = 0; i < rb->regime_count; i++) {
		bool chosen = &rb->regimes[i] == regime;

		s->regimes[i] = rb->regimes[i];
		/* The others stay, for the ages of their lists, and are never in force. */
		s->regimes[i].from_day = chosen ? INT32_MIN : INT32_MAX;
		s->regimes[i].to_day = INT32_MAX;
		if (chosen)
			s->regime = &s->regimes[i];
	}
}

static void count_side(struct sides *s, enum reason before, enum reason after)
{
	s->looked++;
	if ((before == REASON_ALLOWED) == (after == REASON_ALLOWED))
		return;
	if (after == REASON_ALLOWED) {
		s->gained++;
		s->gained_by[before]++;
	} else {
		s->lost++;
		s->lost_by[after]++;
	}
}

/* --- held jobs ------------------------------------------------------------------------- */

/* What the law says of a job at any hour: the first of these rules that says no. */
static enum reason lawful(const struct rulings *rulings)
{
	static const char *const rules[] = { "campaign", "number",  "lists", "law",
		                             "consent",  "history", "cap",   "gap" };

	for (size_t i = 0; i < rulings->count; i++)
		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
			if (rulings->list[i].reason != REASON_ALLOWED &&
			    strcmp(rulings->list[i].name, rules[k]) == 0)
				return rulings->list[i].reason;
	return REASON_ALLOWED;
}

static void read_part(struct effect *e, const struct hash *def, const char *kind, struct hash *ret)
{
	const char *id = hash_get(def, kind);
	char key[KEY_SIZE];

	*ret = (struct hash){ 0 };
	if (id != NULL && id_is_valid(id, strlen(id)))
		hash_read(e->ctl, key_of(e->ctl->conf.prefix, kind, id, key), ret);
}

static void side_lists(struct effect *e, struct side *s, int32_t day)
{
	const struct conf *conf = ctl_conf(e->ctl);

	law_read(&s->rb, day, day, (const char *const *)conf->list_overrides.words,
	         conf->list_overrides.count, &s->law);
	law_add_own_lists(&s->law, &e->own);
	for (size_t i = 0; i < s->law.list_count; i++) {
		char key[KEY_SIZE];
		struct hash meta;

		hash_read(e->ctl, key_of(conf->prefix, "list-meta", s->law.lists[i].name, key), &meta);
		s->list_facts[i] = list_fact_read(s->law.lists[i].name, &meta.fields, meta.wrong_type);
		hash_done(&meta);
	}
	s->lists = lists_state(&s->law, s->list_facts, e->at_ms, &s->lists_rule, &s->stale_ms);
}

static bool campaign_start(struct effect *e, const char *id)
{
	const struct conf *conf = ctl_conf(e->ctl);
	struct campaign_options options = { .caller_id_doubtful = conf->caller_id_doubtful,
		                            .care_gap_days = conf->care_gap_days };
	int32_t day = (int32_t)(e->at_ms / DAY_MS);
	struct hash def, advertiser, source, route;
	char key[KEY_SIZE];

	hash_read(e->ctl, key_campaign(conf->prefix, id, "def", key), &def);
	read_part(e, &def, "advertiser", &advertiser);
	read_part(e, &def, "source", &source);
	read_part(e, &def, "route", &route);
	for (size_t i = 0; i < 2; i++) {
		struct side *s = &e->sides[i];

		campaign_read(&s->rb, &options, id, &def.fields, &advertiser.fields, &source.fields,
		              &route.fields, day, &s->c);
		own_lists_read(&advertiser.fields, s->c.named, &e->own);
		side_lists(e, s, day);
		place_views_init(&s->views, &s->rb, NULL);
	}
	hash_done(&def);
	hash_done(&advertiser);
	hash_done(&source);
	hash_done(&route);
	return e->sides[0].c.advertiser[0] != '\0';
}

/* Which of a side's lists each number of the chunk is on. */
static void ask_lists(struct effect *e, size_t which, size_t count)
{
	const struct side *side = &e->sides[which];
	const char **numbers = mem_zero(count * sizeof(*numbers));

	for (size_t n = 0; n < count; n++)
		numbers[n] = e->jobs[n].phone.e164;
	for (size_t i = 0; i < side->law.list_count; i++) {
		bool packed = side->list_facts[i].version[0] != '\0';

		members_send(e->ctl, side->law.lists[i].name, packed, numbers, count);
		struct redis_reply *reply = ask_next(e->ctl);

		for (size_t n = 0; n < count; n++)
			if (members_on(reply, packed, n, numbers[n]))
				e->on[n][which] |= UINT32_C(1) << i;
		reply_free(reply);
	}
	free(numbers);
}

/* What the registry holds of each job's number. */
static struct redis_reply *ask_consents(const struct effect *e, size_t count)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HMGET");
	args_add(&a, key_of(e->ctl->conf.prefix, "consent", e->sides[0].c.advertiser, key));
	for (size_t n = 0; n < count; n++)
		args_add(&a, e->jobs[n].phone.e164);
	struct redis_reply *reply = ask_value(e->ctl, &a);

	args_done(&a);
	return reply;
}

/* Where the attempts of a job's number, or of its person, are kept. */
static void slot_of(const struct held_job *h, bool person, struct attempts_slot *ret)
{
	if (person)
		attempts_slot_of_person(h->job.person != NULL ? h->job.person : "", ret);
	else
		attempts_slot_of_number(h->phone.e164, ret);
}

static struct redis_reply *ask_attempts(const struct effect *e, bool person, size_t count)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HMGET");
	args_add(&a, key_of(e->ctl->conf.prefix, "attempts", e->sides[0].c.advertiser, key));
	for (size_t n = 0; n < count; n++) {
		struct attempts_slot slot;

		slot_of(&e->jobs[n], person, &slot);
		args_addf(&a, "%s", slot.field);
	}
	struct redis_reply *reply = ask_value(e->ctl, &a);

	args_done(&a);
	return reply;
}

static size_t days_of(const struct effect *e, size_t n, bool person, const struct redis_reply *buckets,
                      uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	struct attempts_slot slot;
	size_t len = 0, packed_len;
	const char *bucket = reply_text(reply_at(buckets, n), &len), *packed;

	slot_of(&e->jobs[n], person, &slot);
	if (bucket == NULL || !attempts_find(bucket, len, slot.mark, &packed, &packed_len))
		return 0;
	return attempts_unpack(packed, packed_len, (int32_t)(e->at_ms / DAY_MS), ret);
}

static enum reason judge_job(struct effect *e, size_t which, size_t n, const struct facts *known)
{
	struct side *s = &e->sides[which];
	struct facts facts = *known;
	struct decision dec;
	struct rulings rulings;

	facts.campaign = &s->c;
	facts.lists = s->lists;
	facts.lists_rule = s->lists_rule;
	facts.lists_stale_ms = s->stale_ms;
	for (size_t i = 0; i < s->law.list_count && facts.listed_on == NULL; i++)
		if ((e->on[n][which] & UINT32_C(1) << i) != 0)
			facts.listed_on = s->law.lists[i].name;
	decide(&s->views, &e->jobs[n].job, &facts, &dec, &rulings);
	return lawful(&rulings);
}

static void judge_chunk(struct effect *e, size_t count)
{
	memset(e->on, 0, sizeof(e->on));
	ask_lists(e, 0, count);
	ask_lists(e, 1, count);
	struct redis_reply *consents = ask_consents(e, count);
	struct redis_reply *attempts = ask_attempts(e, false, count);
	struct redis_reply *persons = ask_attempts(e, true, count);

	for (size_t n = 0; n < count; n++) {
		struct facts facts = {
			.now_ms = e->at_ms, .brake_rule = "", .brake_until_ms = TIME_NONE, .lists_rule = ""
		};
		struct registry_record record = { .withdrawn_ms = TIME_NONE };
		size_t len;
		const char *text = reply_text(reply_at(consents, n), &len);

		if (text != NULL && len > 0) {
			facts.registry_unknown = !registry_parse(text, len, &record);
			facts.registry = facts.registry_unknown ? NULL : &record;
		}
		uint8_t days[2][ATTEMPTS_BYTES_MAX];

		facts.attempts = days[0];
		facts.attempts_len = days_of(e, n, false, attempts, days[0]);
		facts.person_attempts = days[1];
		if (e->jobs[n].job.person != NULL)
			facts.person_attempts_len = days_of(e, n, true, persons, days[1]);
		count_side(&e->held, judge_job(e, 0, n, &facts), judge_job(e, 1, n, &facts));
		if (facts.registry != NULL)
			registry_done(&record);
	}
	reply_free(consents);
	reply_free(attempts);
	reply_free(persons);
}

/* The jobs of a reply that can be read; the others are no matter of a change of law. */
static size_t take_chunk(struct effect *e, const struct redis_reply *reply)
{
	size_t count = 0, len;

	for (size_t i = 0; i < reply_count(reply); i++) {
		const char *text = reply_text(reply_at(reply, i), &len);
		struct held_job *h = &e->jobs[count];
		struct fault fault;

		if (text == NULL)
			continue;
		struct stored_job stored = stored_job_read(text, len);

		if (job_parse(stored.json, stored.len, &h->job, &fault) &&
		    phone_normalise(&e->sides[0].rb, h->job.to, h->job.to_len, &h->phone))
			count++;
		else
			job_done(&h->job);
	}
	return count;
}

static void look_held(struct effect *e, const char *key)
{
	char from[24], to[24];
	size_t got = CHUNK;

	for (size_t at = 0; got == CHUNK; at += CHUNK) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + CHUNK - 1);
		struct redis_reply *reply = ask_value_words(e->ctl, "LRANGE", key, from, to);

		got = reply_count(reply);
		size_t count = take_chunk(e, reply);

		if (count > 0)
			judge_chunk(e, count);
		for (size_t n = 0; n < count; n++)
			job_done(&e->jobs[n].job);
		reply_free(reply);
		ctl_progress("held jobs", e->held.looked);
	}
}

/* Its counters name the places where jobs are held. */
static void look_campaign(struct effect *e, const char *id)
{
	static const char held[] = "held.";
	char key[KEY_SIZE];
	struct hash stats;
	bool begun = false;

	hash_read(e->ctl, key_campaign(e->ctl->conf.prefix, id, "stats", key), &stats);
	for (size_t i = 0; i < stats.fields.count; i++) {
		const char *name = stats.fields.names[i];

		if (strncmp(name, held, strlen(held)) != 0 || strcmp(stats.fields.values[i], "0") == 0)
			continue;
		if (!begun && !campaign_start(e, id))
			break;
		e->campaigns += !begun;
		begun = true;
		look_held(e, key_held(e->ctl->conf.prefix, id, name + strlen(held), key));
	}
	hash_done(&stats);
}

/* --- consents ---------------------------------------------------------------------------- */

/* A consent alone, for what it names itself. */
static enum reason judge_consent(const struct effect *e, size_t which, const struct consent *c,
                                 int64_t withdrawn_ms, uint32_t place)
{
	const struct side *s = &e->sides[which];
	struct campaign as_said = { 0 };
	const char *rule;
	int64_t end_ms;

	if (s->regime == NULL)
		return REASON_LAW_UNKNOWN;
	if (withdrawn_ms != TIME_NONE && withdrawn_ms >= c->collected_ms)
		return REASON_CONSENT_WITHDRAWN;
	snprintf(as_said.product, sizeof(as_said.product), "%s", c->product != NULL ? c->product : "");
	snprintf(as_said.siren, sizeof(as_said.siren), "%s", c->advertiser != NULL ? c->advertiser : "");
	return consent_judge(&s->regime->consent, c, &as_said, &s->rb, place, e->at_ms, &rule, &end_ms);
}

static void look_record(struct effect *e, const char *number, const char *text, size_t len)
{
	struct registry_record record;
	struct phone phone = { 0 };

	if (phone_parse(&e->sides[0].rb, number, strlen(number), &phone, NULL) != REASON_ALLOWED ||
	    !registry_parse(text, len, &record))
		return;
	for (size_t i = 0; i < record.count; i++)
		count_side(&e->consents,
		           judge_consent(e, 0, &record.consents[i], record.withdrawn_ms, phone.territories),
		           judge_consent(e, 1, &record.consents[i], record.withdrawn_ms, phone.territories));
	registry_done(&record);
}

static void look_registry(struct effect *e, const char *advertiser)
{
	char key[KEY_SIZE], cursor[32] = "0";

	key_of(e->ctl->conf.prefix, "consent", advertiser, key);
	do {
		struct redis_reply *reply = ask_value_words(e->ctl, "HSCAN", key, cursor, "COUNT", "500");
		const struct redis_reply *pairs = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);

		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t i = 0; i + 1 < reply_count(pairs); i += 2) {
			const char *number = reply_text(reply_at(pairs, i), NULL);
			size_t len;
			const char *text = reply_text(reply_at(pairs, i + 1), &len);

			if (number != NULL && text != NULL)
				look_record(e, number, text, len);
		}
		reply_free(reply);
		ctl_progress("consents", e->consents.looked);
	} while (strcmp(cursor, "0") != 0);
}

/* The advertisers of all campaigns, each once. */
static void advertisers_of(struct effect *e, const struct names *campaigns, struct names *ret)
{
	char key[KEY_SIZE];

	*ret = (struct names){ 0 };
	for (size_t i = 0; i < campaigns->count; i++) {
		struct redis_reply *reply =
		    ask_value_words(e->ctl, "HGET",
		                    key_campaign(e->ctl->conf.prefix, campaigns->list[i], "def", key),
		                    "advertiser");
		const char *id = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
		bool known = id == NULL || !id_is_valid(id, strlen(id));

		struct company company = { 0 };

		if (!known)
			ask_company(e->ctl, id, &company);
		for (size_t k = 0; k < ret->count && !known; k++)
			known = strcmp(ret->list[k], company.ids[0]) == 0;
		if (!known)
			names_add(ret, company.ids[0], strlen(company.ids[0]));
		reply_free(reply);
	}
}

/* --- all ------------------------------------------------------------------------------------ */

static json_t *json_reasons(int64_t count, const int64_t *by)
{
	json_t *reasons = json_object();

	for (int r = 0; r < REASON_COUNT; r++)
		if (by[r] > 0)
			json_object_set_new(reasons, reason_name(r), json_integer(by[r]));
	return print_pack("{s:I, s:o}", "count", (json_int_t)count, "reasons", reasons);
}

static json_t *json_sides(const struct sides *s)
{
	return print_pack("{s:I, s:o, s:o}", "looked", (json_int_t)s->looked, "becomes_lawful",
	                  json_reasons(s->gained, s->gained_by), "ceases_to_be",
	                  json_reasons(s->lost, s->lost_by));
}

json_t *law_effect(struct ctl *ctl, const struct law_step *step, int64_t at_ms)
{
	struct effect *e = mem_zero(sizeof(*e));
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct names campaigns, advertisers;
	char key[KEY_SIZE];

	e->ctl = ctl;
	e->at_ms = at_ms;
	side_init(&e->sides[0], rb, step->before);
	side_init(&e->sides[1], rb, step->after);
	names_read(ctl, key_global(ctl_conf(ctl)->prefix, "campaigns", key), &campaigns);
	for (size_t i = 0; i < campaigns.count; i++)
		look_campaign(e, campaigns.list[i]);
	advertisers_of(e, &campaigns, &advertisers);
	for (size_t i = 0; i < advertisers.count; i++)
		look_registry(e, advertisers.list[i]);
	ctl_progress(NULL, -1);
	json_t *effect = print_pack("{s:b, s:o, s:I, s:o, s:o}", "looked", 1, "at", ctl_json_time(at_ms),
	                            "campaigns", (json_int_t)e->campaigns, "held", json_sides(&e->held),
	                            "consents", json_sides(&e->consents));

	names_done(&advertisers);
	names_done(&campaigns);
	free(e);
	return effect;
}
