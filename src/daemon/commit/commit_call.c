/* commit_call.c - the call of licet_commit: a decided batch as arguments. The layout is that of
 * 10_commit.lua. */
#include "daemon/commit/commit_call.h"

#include "core/number/packed.h"
#include "core/number/place.h"
#include "core/text/fnv.h"
#include "core/time/civil.h"
#include "daemon/commit/batch.h"
#include "daemon/commit/ready_entry.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/hashes.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/msgpack.h"
#include "layout.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_FORMS_MAX 64

struct blocks {
	bool lifts, opposed, slots;
	size_t persons, lpersons; /* how many jobs name one */
	bool whole;               /* the jobs of r stand in their entries as they are stored */
	int64_t deadline_ms;      /* the earliest not_after */
	size_t form_count;
	const char *form_ids[BATCH_FORMS_MAX];
};

/* Where the jobs of a group stand in the batch; nothing: it is all of them. */
static void add_positions(struct batch *batch, struct redis_args *a, enum job_group group)
{
	size_t count = batch_group_count(batch, group);
	struct pack p = { 0 };
	pack_array(&p, count == batch->n ? 0 : count);
	for (size_t i = 0; count < batch->n && i < batch->n; i++)
		if (batch->jobs[i].group == group)
			pack_int(&p, (int64_t)i + 1);
	args_add_pack(a, &p);
}

/* An end: why a job is refused or invalid, as the streams show it. */
static void pack_end(struct pack *p, const struct batch_job *s, const char *target)
{
	const char *to = s->dec.phone.e164[0] != '\0' ? s->dec.phone.e164
	                 : s->job.to != NULL          ? s->job.to
	                                              : "";
	enum reason reason = s->parsed ? s->dec.reason : s->fault.reason;
	bool invalid = reason_verdict(reason) == VERDICT_INVALID;
	const char *rule = s->parsed ? s->dec.rule : "", *hint = s->parsed ? s->dec.hint : s->fault.hint;
	const char *field = s->parsed ? (invalid ? "to" : "") : s->fault.field;
	size_t position_at = s->parsed ? 0 : s->fault.position;
	if (s->parsed && reason == REASON_FIELD_MALFORMED)
		field = s->dec.rule; /* an address that no territory has */
	if (s->parsed && invalid)
		position_at = job_field_position(s->form.json, s->form.len, field);
	char position[24] = "", shown[64];
	if (invalid)
		snprintf(position, sizeof(position), "%zu", position_at);
	snprintf(shown, sizeof(shown), "%.60s", to);
	json_t *end = json_pack("[s,s,s,s,s,s,s,s]", invalid ? "i" : "r", s->job.id != NULL ? s->job.id : "",
	                        shown, reason_name(reason), rule, field, position, hint);
	if (end == NULL) /* a text cut in the middle of a character */
		end = json_pack("[s,s,s,s,s,s,s,s]", invalid ? "i" : "r", s->job.id != NULL ? s->job.id : "",
		                "", reason_name(reason), "", field, position, "");
	char *text = json_pool_text(end, JSON_COMPACT | JSON_ENSURE_ASCII);
	pack_joined(p, target, text, strlen(text));
	free(text);
	json_decref(end);
}

static void pack_format(struct pack *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void pack_format(struct pack *p, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char *text = mem_vformat(format, ap);
	va_end(ap);
	pack_text(p, text);
	free(text);
}

/* Where a held job goes: a place's list, or the time-ordered set. */
static void pack_target(struct batch *batch, struct pack *p, const struct batch_job *s,
                        char (*places)[PLACE_NAME_SIZE], size_t *place_count)
{
	enum reason reason = s->dec.reason;
	if (reason_verdict(reason) == VERDICT_REFUSE) {
		pack_end(p, s, "e");
		return;
	}
	int64_t until_ms;
	if (job_waits_for_time(s, batch->now_ms, &until_ms)) {
		/* Members of a set must differ: two equal jobs are two jobs. */
		pack_format(p, "z%" PRId64 "\t#attempt=%d;u=%s%" PRIx64 "%s\t%.*s", until_ms, s->form.attempt,
		            batch->d->token_epoch, ready_token(batch->d),
		            s->dec.reason == REASON_CAP_REACHED ? ";r=cap" : "", (int)s->form.len,
		            s->form.json);
		return;
	}
	char name[PLACE_NAME_SIZE];
	size_t at = 0;
	place_name(batch->d->rb, s->dec.place, name);
	while (at < *place_count && strcmp(places[at], name) != 0)
		at++;
	if (at == *place_count)
		memcpy(places[(*place_count)++], name, sizeof(name));
	bool plain = s->form.attempt <= 1;
	if (plain && s->form.json == s->stored)
		pack_format(p, "h%zu", at + 1);
	else if (plain)
		pack_format(p, "h%zu\t%.*s", at + 1, (int)s->form.len, s->form.json);
	else
		pack_format(p, "h%zu\t#attempt=%d\t%.*s", at + 1, s->form.attempt, (int)s->form.len,
		            s->form.json);
}

/* Numbers, ids and persons of a group. */
static void add_marks(struct batch *batch, struct redis_args *a, enum job_group group, size_t persons)
{
	struct pack p = { 0 };
	pack_array(&p, (persons > 0 ? 3 : 2) * batch_group_count(batch, group));
	EACH(batch, s, group) pack_text(&p, s->dec.phone.e164);
	EACH(batch, s, group) pack_joined(&p, "i:", s->job.id, strlen(s->job.id));
	if (persons > 0)
		EACH(batch, s, group)
		{
			const char *person = s->job.person;
			pack_joined(&p, person != NULL ? "p:" : "", person != NULL ? person : "",
			            person != NULL ? strlen(person) : 0);
		}
	args_add_pack(a, &p);
}

/* One value for each job of r and then of l; none at all unless there is one to say. */
static void add_values(struct batch *batch, struct redis_args *a, bool any,
                       void (*value)(struct pack *, const struct batch_job *))
{
	struct pack p = { 0 };
	size_t n = batch_group_count(batch, GROUP_RELEASE) + batch_group_count(batch, GROUP_LISTED);
	pack_array(&p, any ? n : 0);
	for (int g = GROUP_RELEASE; any && g <= GROUP_LISTED; g++)
		EACH(batch, s, (enum job_group)g) value(&p, s);
	args_add_pack(a, &p);
}

/* Where each number stands in a packed list, if one is asked: its bucket, then its mark. */
static void add_buckets(struct batch *batch, struct redis_args *a)
{
	const struct situation *sit = &batch->run->sit;
	struct packed_slot slot;
	struct pack p = { 0 };
	bool any = false;
	for (size_t i = 0; i < sit->law.list_count; i++)
		any = any || sit->list_facts[i].version[0] != '\0';
	size_t n = batch_group_count(batch, GROUP_RELEASE) + batch_group_count(batch, GROUP_LISTED);
	pack_array(&p, any ? 2 * n : 0);
	for (int marks = 0; any && marks < 2; marks++)
		for (int g = GROUP_RELEASE; g <= GROUP_LISTED; g++)
			EACH(batch, s, (enum job_group)g)
			{
				uint64_t number;
				packed_slot_of(packed_number(s->dec.phone.e164, &number) ? number : 0, &slot);
				if (marks == 0)
					pack_text(&p, slot.field);
				else
					pack_bytes(&p, slot.mark, PACKED_MARK);
			}
	args_add_pack(a, &p);
}

static void value_registry(struct pack *p, const struct batch_job *s)
{
	pack_bytes(p, s->registry, s->registry_len);
}

static void value_lift(struct pack *p, const struct batch_job *s)
{
	int64_t ms = job_lift_ms(s);
	if (ms != TIME_NONE)
		pack_format(p, "%" PRId64, ms);
	else
		pack_text(p, "");
}

static void value_opposed(struct pack *p, const struct batch_job *s)
{
	pack_text(p, s->opposed != NULL ? s->opposed : "");
}

static void add_slots(struct batch *batch, struct redis_args *a, bool any)
{
	struct pack p = { 0 };
	pack_array(&p, any ? batch_group_count(batch, GROUP_RELEASE) : 0);
	if (any)
		EACH(batch, s, GROUP_RELEASE)
		{
			char mark[64], *end = s->dec.slot_ms != TIME_NONE ? released_slot(mark, s) : mark;
			pack_bytes(&p, mark, (size_t)(end - mark));
		}
	args_add_pack(a, &p);
}

static void add_jobs(struct batch *batch, struct redis_args *a, bool whole)
{
	struct pack p = { 0 };
	pack_array(&p, batch->n - (whole ? batch_group_count(batch, GROUP_RELEASE) : 0));
	for (size_t i = 0; i < batch->n; i++)
		if (!whole || batch->jobs[i].group != GROUP_RELEASE)
			pack_bytes(&p, batch->jobs[i].stored, batch->jobs[i].stored_len);
	args_add_pack(a, &p);
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = fnv_text(FNV_START, text);
	return h ^ h >> 29;
}

/* Note a text. Returns true if its hash was noted before: then we look closely, in vain
 * once in a very long while. */
static bool note_text(uint64_t *table, size_t mask, const char *text)
{
	uint64_t h = text_hash(text) | 1; /* 0 is a free slot */
	size_t i = h & mask;
	while (table[i] != 0 && table[i] != h)
		i = (i + 1) & mask;
	bool known = table[i] == h;
	table[i] = h;
	return known;
}

/* May a number or an id stand twice among what is released? */
static bool has_repeats(const struct batch *batch)
{
	size_t size = 64;
	bool found = false;
	while (size < 4 * batch->n)
		size *= 2;
	uint64_t *table = mem_zero(size * sizeof(uint64_t));
	EACH(batch, s, GROUP_RELEASE)
	{
		found = note_text(table, size - 1, s->dec.phone.e164) || found;
		found = note_text(table, size - 1, s->job.id) || found;
	}
	free(table);
	return found;
}

/* Which blocks the call has, and what else is true of the batch as a whole. */
static struct blocks find_blocks(const struct batch *batch)
{
	struct blocks has = { .whole = batch->pick.source != SOURCE_LATER, .deadline_ms = INT64_MAX };
	EACH(batch, s, GROUP_RELEASE)
	{
		if (s->dec.not_after_ms < has.deadline_ms)
			has.deadline_ms = s->dec.not_after_ms;
		has.persons += s->job.person != NULL;
		has.whole = has.whole && s->form.json == s->stored;
		has.slots = has.slots || s->dec.slot_ms != TIME_NONE;
	}
	EACH(batch, s, GROUP_LISTED) has.lpersons += s->job.person != NULL;
	for (int g = GROUP_RELEASE; g <= GROUP_LISTED; g++)
		EACH(batch, s, (enum job_group)g)
		{
			has.lifts = has.lifts || job_lift_ms(s) != TIME_NONE;
			has.opposed = has.opposed || s->opposed != NULL;
		}
	return has;
}

static size_t list_position(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->sit.law.list_count; i++)
		if (strcmp(run->sit.law.lists[i].name, name) == 0)
			return i + 1;
	return 0;
}

static void named_text(struct pack *p, const char *name, const char *text)
{
	pack_text(p, name);
	pack_text(p, text);
}

static void named_int(struct pack *p, const char *name, int64_t value)
{
	pack_text(p, name);
	pack_int(p, value);
}

static void named_bool(struct pack *p, const char *name, bool value)
{
	pack_text(p, name);
	pack_bool(p, value);
}

static void named_rates(struct pack *p, const struct run *run)
{
	pack_text(p, "rates");
	pack_array(p, 2);
	pack_array(p, 2);
	pack_real(p, run->sit.c.interval_ms);
	pack_text(p, run->pace);
	pack_array(p, 2);
	pack_real(p, run->sit.c.route_interval_ms);
	pack_text(p, run->route_pace);
}

/* Positions in r of the jobs that name a person, and of those that were out before. */
static void named_positions(struct pack *p, const struct batch *batch, size_t persons)
{
	size_t position = 0, again = 0;
	pack_text(p, "pidx");
	pack_array(p, persons);
	EACH(batch, s, GROUP_RELEASE)
	{
		position++;
		again += s->form.attempt > 1;
		if (s->job.person != NULL)
			pack_int(p, (int64_t)position);
	}
	pack_text(p, "again");
	pack_array(p, again);
	position = 0;
	EACH(batch, s, GROUP_RELEASE)
	{
		position++;
		if (s->form.attempt > 1)
			pack_int(p, (int64_t)position);
	}
}

/* Of the jobs that are said, those that are too large to be: which, and how many bytes each has. */
static void named_big(struct pack *p, const struct batch *batch, bool whole)
{
	size_t count = 0, at = 0;
	for (size_t i = 0; i < batch->n; i++)
		count += batch->jobs[i].big_len > 0;
	pack_text(p, "big");
	pack_map(p, count);
	for (size_t i = 0; i < batch->n; i++) {
		const struct batch_job *s = &batch->jobs[i];
		at += !whole || s->group != GROUP_RELEASE;
		if (s->big_len == 0)
			continue;
		pack_int(p, (int64_t)at);
		pack_int(p, s->big_len);
	}
}

/* The map o of the commit call: what is so of the batch, and of where it comes from. */
static void add_map(struct batch *batch, struct redis_args *a, char (*places)[PLACE_NAME_SIZE],
                    size_t place_count, const struct blocks *has)
{
	static const char *const kinds[] = { "later", "held", "queue" };
	struct run *run = batch->run;
	struct pack p = { 0 };
	char at[CIVIL_INSTANT_SIZE];
	size_t own = list_position(run, run->sit.advertiser_list),
	       platform = list_position(run, "opposition");
	pack_map(&p, 31); /* so many pairs follow */
	named_text(&p, "prefix", batch->d->conf.prefix);
	named_text(&p, "campaign", run->id);
	named_text(&p, "kind", kinds[batch->pick.source]);
	named_text(&p, "place",
	           batch->pick.source == SOURCE_HELD ? run->jobs.helds[batch->pick.held_at].name : "");
	named_int(&p, "head", batch->head);
	named_int(&p, "now", batch->now_ms);
	named_text(&p, "at", civil_format_instant(batch->now_ms, at));
	named_int(&p, "deadline", has->deadline_ms == INT64_MAX ? 0 : has->deadline_ms);
	named_int(&p, "backlog", run->sit.c.backlog);
	pack_text(&p, "names");
	pack_array(&p, run->sit.law.list_count);
	for (size_t i = 0; i < run->sit.law.list_count; i++)
		pack_text(&p, run->sit.law.lists[i].name);
	pack_text(&p, "helds");
	pack_array(&p, place_count);
	for (size_t i = 0; i < place_count; i++)
		pack_text(&p, places[i]);
	named_int(&p, "n", (int64_t)batch->n);
	named_int(&p, "r", (int64_t)batch_group_count(batch, GROUP_RELEASE));
	named_int(&p, "l", (int64_t)batch_group_count(batch, GROUP_LISTED));
	named_int(&p, "x", (int64_t)batch_group_count(batch, GROUP_END));
	pack_text(&p, "scopes");
	pack_array(&p, 3);
	pack_text(&p, run->sit.c.advertiser);
	pack_text(&p, run->sit.c.source);
	pack_text(&p, run->sit.c.route);
	named_bool(&p, "facts", batch->facts);
	named_int(&p, "pf", (int64_t)has->persons);
	named_positions(&p, batch, has->persons);
	named_rates(&p, run);
	named_bool(&p, "whole", has->whole);
	named_bool(&p, "repeats", has_repeats(batch));
	named_int(&p, "own", (int64_t)own);
	named_int(&p, "platform", (int64_t)(platform > 0 ? platform : own));
	named_int(&p, "forms", (int64_t)has->form_count);
	named_text(&p, "rulebook", gates_law(batch->d));
	named_text(&p, "made", run->made_by);
	named_bool(&p, "breaker", run->sit.c.canary > 0 || run->sit.c.breaker_pct > 0);
	named_int(&p, "canary", run->sit.c.canary);
	named_big(&p, batch, has->whole);
	args_add_pack(a, &p);
}

/* The registered forms that what may go out rests on, each once. */
static void find_forms(struct batch *batch, struct blocks *has)
{
	EACH(batch, s, GROUP_RELEASE)
	{
		const char *id = s->dec.form_id;
		size_t i = 0;
		while (id != NULL && i < has->form_count && strcmp(has->form_ids[i], id) != 0)
			i++;
		if (id != NULL && i == has->form_count && i < BATCH_FORMS_MAX)
			has->form_ids[has->form_count++] = id;
	}
}

/* The definitions that the decisions rest on, as the commit function joins them. */
static void add_definitions(struct batch *batch, struct redis_args *a, const struct blocks *has)
{
	struct run *run = batch->run;
	size_t total = run->defs_len + 1;
	if (has->form_count == 0) {
		args_add_len(a, run->defs_text, run->defs_len);
		return;
	}
	for (size_t i = 0; i < has->form_count; i++)
		total += catalog_hash(batch->d, "form", has->form_ids[i])->text_len + 1;
	char *text = mem_zero(total), *at = text;
	memcpy(at, run->defs_text, run->defs_len);
	at += run->defs_len;
	for (size_t i = 0; i < has->form_count; i++) {
		const struct known_hash *h = catalog_hash(batch->d, "form", has->form_ids[i]);
		*at++ = 29;
		if (h->text_len > 0)
			memcpy(at, h->text, h->text_len);
		at += h->text_len;
	}
	args_own(a, text, (size_t)(at - text));
}

#define KEYS_AT 3 /* FCALL, the function, how many */

/* That key, and no other, comes now. */
static void add_key(struct redis_args *a, enum commit_key_layout which, const char *key)
{
	assert(a->count == KEYS_AT + (size_t)which);
	args_addf(a, "%s", key);
}

static void add_keys(struct batch *batch, struct redis_args *a, const char (*places)[PLACE_NAME_SIZE],
                     size_t place_count, const struct blocks *has)
{
	const char *p = batch->d->conf.prefix;
	struct run *run = batch->run;
	char key[KEY_SIZE];
	args_addf(a, "%zu", COMMIT_KEY_COUNT + 2 * run->sit.law.list_count + place_count + has->form_count);
	if (batch->pick.source == SOURCE_HELD)
		add_key(a, COMMIT_KEY_SOURCE,
		        key_held(p, run->id, run->jobs.helds[batch->pick.held_at].name, key));
	else
		add_key(a, COMMIT_KEY_SOURCE,
		        key_campaign(p, run->id, batch->pick.source == SOURCE_QUEUE ? "queue" : "later",
		                     key));
	add_key(a, COMMIT_KEY_READY, key_ready(p, run->sit.c.route, "", key));
	add_key(a, COMMIT_KEY_LATER, key_campaign(p, run->id, "later", key));
	add_key(a, COMMIT_KEY_REFUSED, key_campaign(p, run->id, "refused", key));
	add_key(a, COMMIT_KEY_INVALID, key_campaign(p, run->id, "invalid", key));
	add_key(a, COMMIT_KEY_STATS, key_campaign(p, run->id, "stats", key));
	add_key(a, COMMIT_KEY_SEEN, key_seen(p, run->id, run->sit.c.family, key));
	add_key(a, COMMIT_KEY_CANCEL, key_campaign(p, run->id, "cancel", key));
	add_key(a, COMMIT_KEY_CONSENT, key_of(p, "consent", run->sit.c.advertiser, key));
	add_key(a, COMMIT_KEY_ATTEMPTS, key_of(p, "attempts", run->sit.c.advertiser, key));
	add_key(a, COMMIT_KEY_PACE, key_campaign(p, run->id, "pace", key));
	add_key(a, COMMIT_KEY_ROUTE_PACE, key_ready(p, run->sit.c.route, ":pace", key));
	add_key(a, COMMIT_KEY_DEF, key_campaign(p, run->id, "def", key));
	add_key(a, COMMIT_KEY_ADVERTISER, key_of(p, "advertiser", run->sit.c.named, key));
	add_key(a, COMMIT_KEY_CONTACTS, key_of(p, "source", run->sit.c.source, key));
	add_key(a, COMMIT_KEY_ROUTE, key_of(p, "route", run->sit.c.route, key));
	add_key(a, COMMIT_KEY_TOTALS, key_global(p, "stats", key));
	add_key(a, COMMIT_KEY_FACTS, key_global(p, "facts", key));
	add_key(a, COMMIT_KEY_DATED_PLATFORM, key_dated(p, "", key));
	add_key(a, COMMIT_KEY_DATED_OWN, key_dated(p, run->sit.c.advertiser, key));
	add_key(a, COMMIT_KEY_SLOTS, key_of(p, "slots", run->sit.c.advertiser, key));
	add_key(a, COMMIT_KEY_OPPOSITIONS, key_global(p, "oppositions", key));
	add_key(a, COMMIT_KEY_RULEBOOKS, key_global(p, "rulebooks", key));
	add_key(a, COMMIT_KEY_HEALTH, key_ready(p, run->sit.c.route, ":health", key));
	add_key(a, COMMIT_KEY_HEADS, key_campaign(p, run->id, "heads", key));
	for (size_t i = 0; i < run->sit.law.list_count; i++)
		args_addf(a, "%s", key_of(p, "list", run->sit.law.lists[i].name, key));
	for (size_t i = 0; i < run->sit.law.list_count; i++)
		args_addf(a, "%s", key_of(p, "list-meta", run->sit.law.lists[i].name, key));
	for (size_t i = 0; i < place_count; i++) {
		args_addf(a, "%s", key_held(p, run->id, places[i], key));
	}
	for (size_t i = 0; i < has->form_count; i++)
		args_addf(a, "%s", key_of(p, "form", has->form_ids[i], key));
}

/* Is one value of attempts right for all that is released? Not where it is already
 * tomorrow for some of them. */
static bool same_day(const struct batch *batch)
{
	const struct batch_job *first = NULL;
	EACH(batch, s, GROUP_RELEASE)
	{
		if (first != NULL && s->dec.view->date_last != first->dec.view->date_last)
			return false;
		first = s;
	}
	return true;
}

void batch_commit(struct batch *batch, struct redis_args *a)
{
	struct run *run = batch->run;
	batch->facts = batch->facts || !same_day(batch);
	/* A job each, at the worst. */
	char(*places)[PLACE_NAME_SIZE] = mem_zero((batch->n + 1) * sizeof(*places));
	size_t place_count = 0;
	struct pack targets = { 0 }, ends = { 0 };
	/* The targets name places by number: they come first, the keys follow from them. */
	pack_array(&targets, batch_group_count(batch, GROUP_LISTED));
	EACH(batch, s, GROUP_LISTED) pack_target(batch, &targets, s, places, &place_count);
	struct blocks has = find_blocks(batch);
	find_forms(batch, &has);
	args_add(a, "FCALL");
	args_add(a, "licet_commit");
	add_keys(batch, a, (const char(*)[PLACE_NAME_SIZE])places, place_count, &has);
	size_t from = a->count;
	add_map(batch, a, places, place_count, &has);
	add_definitions(batch, a, &has);
	args_add_len(a, run->dates_text, run->dates_len);
	args_add(a, run->facts_id);
	args_add(a, run->facts_text);
	assert(a->count - from == COMMIT_ARG_AT_R);
	for (int g = GROUP_RELEASE; g <= GROUP_END; g++)
		add_positions(batch, a, (enum job_group)g);
	add_jobs(batch, a, has.whole);
	assert(a->count - from == COMMIT_ARG_MARKS_R);
	add_marks(batch, a, GROUP_RELEASE, has.persons);
	released_add_history(batch, a, has.persons);
	assert(a->count - from == COMMIT_ARG_MARKS_L);
	add_marks(batch, a, GROUP_LISTED, has.lpersons);
	add_values(batch, a, batch->facts, value_registry);
	add_values(batch, a, has.lifts, value_lift);
	add_values(batch, a, has.opposed, value_opposed);
	add_slots(batch, a, has.slots);
	assert(a->count - from == COMMIT_ARG_TARGETS);
	args_add_pack(a, &targets);
	pack_array(&ends, batch_group_count(batch, GROUP_END));
	EACH(batch, s, GROUP_END) pack_end(&ends, s, "");
	args_add_pack(a, &ends);
	add_buckets(batch, a);
	assert(a->count - from == COMMIT_ARG_COUNT);
	released_add_entries(batch, a);
	free(places);
}
