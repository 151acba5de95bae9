/* commit.c - the call of licet_commit: a decided batch as arguments. The layout is that of
 * 10_commit.lua. */
#include "core/civil.h"
#include "core/place.h"
#include "daemon/batch.h"
#include "io/json_pool.h"
#include "io/mem.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXED_KEYS 24 /* before those of the lists */
#define BATCH_FORMS_MAX 64

struct blocks {
	bool persons, lpersons, lifts, opposed, slots;
	bool whole;          /* the jobs of r stand in their entries as they are stored */
	int64_t deadline_ms; /* the earliest not_after */
	size_t form_count;
	const char *form_ids[BATCH_FORMS_MAX];
};

static json_t *group_positions(const struct item *item, enum slot_group group, size_t count)
{
	if (count == item->n)
		return NULL;
	json_t *list = json_array();
	for (size_t i = 0; i < item->n; i++)
		if (item->slots[i].group == group)
			json_array_append_new(list, json_integer((json_int_t)i + 1));
	return list;
}

static void add_json(struct redis_args *a, json_t *value)
{
	char *text = value != NULL ? json_pool_text(value, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	args_addf(a, "%s", text != NULL ? text : "");
	free(text);
	json_decref(value);
}

/* An end: why a job is refused or invalid, as the streams show it. */
static void add_end(struct redis_args *a, const struct slot *s, const char *target)
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
	args_addf(a, "%s%s", target, text);
	free(text);
	json_decref(end);
}

/* Where a held job goes: a place's list, or the time-ordered set. */
static void add_target(struct item *item, struct redis_args *a, const struct slot *s,
                       char (*places)[PLACE_NAME_SIZE], size_t *place_count)
{
	enum reason reason = s->dec.reason;
	if (reason_verdict(reason) == VERDICT_REFUSE) {
		add_end(a, s, "e");
		return;
	}
	int64_t until_ms;
	if (slot_waits_for_time(s, item->now_ms, &until_ms)) {
		/* Members of a set must differ: two equal jobs are two jobs. */
		args_addf(a, "z%" PRId64 "\t#attempt=%d;u=%s%" PRIx64 "%s\t%.*s", until_ms, s->form.attempt,
		          item->d->token_epoch, ++item->d->token_count,
		          s->dec.reason == REASON_CAP_REACHED ? ";r=cap" : "", (int)s->form.len,
		          s->form.json);
		return;
	}
	char name[PLACE_NAME_SIZE];
	size_t p = 0;
	place_name(item->d->rb, s->dec.place, name);
	while (p < *place_count && strcmp(places[p], name) != 0)
		p++;
	if (p == *place_count)
		memcpy(places[(*place_count)++], name, sizeof(name));
	bool plain = s->form.attempt <= 1;
	if (plain && s->form.json == s->stored)
		args_addf(a, "h%zu", p + 1);
	else if (plain)
		args_addf(a, "h%zu\t%.*s", p + 1, (int)s->form.len, s->form.json);
	else
		args_addf(a, "h%zu\t#attempt=%d\t%.*s", p + 1, s->form.attempt, (int)s->form.len,
		          s->form.json);
}

/* What a later consent may lift, and what is known of oppositions. */
static void add_oppositions(struct item *item, struct redis_args *a, bool lifts, bool opposed)
{
	for (int g = GROUP_RELEASE; lifts && g <= GROUP_LISTED; g++)
		EACH(item, s, (enum slot_group)g)
		{
			int64_t ms = slot_lift_ms(s);
			if (ms != TIME_NONE)
				args_add_int(a, ms);
			else
				args_add(a, "");
		}
	for (int g = GROUP_RELEASE; opposed && g <= GROUP_LISTED; g++)
		EACH(item, s, (enum slot_group)g) args_addf(a, "%s", s->opposed != NULL ? s->opposed : "");
}

static void add_blocks(struct item *item, struct redis_args *a, const struct blocks *has)
{
	released_add(item, a, has->persons);
	EACH(item, s, GROUP_LISTED) args_add(a, s->dec.phone.e164);
	EACH(item, s, GROUP_LISTED) args_addf(a, "i:%s", s->job.id);
	if (has->lpersons)
		EACH(item, s, GROUP_LISTED)
	args_addf(a, "%s%s", s->job.person != NULL ? "p:" : "", s->job.person != NULL ? s->job.person : "");
	for (int g = GROUP_RELEASE; item->facts && g <= GROUP_LISTED; g++)
		EACH(item, s, (enum slot_group)g)
	args_add_len(a, s->registry != NULL ? s->registry : "", s->registry_len);
	add_oppositions(item, a, has->lifts, has->opposed);
	if (has->slots)
		EACH(item, s, GROUP_RELEASE)
		{
			char mark[64];
			*(s->dec.slot_ms != TIME_NONE ? released_slot(mark, s) : mark) = '\0';
			args_addf(a, "%s", mark);
		}
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
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
static bool has_repeats(const struct item *item)
{
	size_t size = 64;
	bool found = false;
	while (size < 4 * item->n)
		size *= 2;
	uint64_t *table = mem_zero(size * sizeof(uint64_t));
	EACH(item, s, GROUP_RELEASE)
	{
		found = note_text(table, size - 1, s->dec.phone.e164) || found;
		found = note_text(table, size - 1, s->job.id) || found;
	}
	free(table);
	return found;
}

static json_t *rates(const struct run *run)
{
	return json_pack("[[f,s],[f,s]]", run->c.interval_ms, run->pace, run->c.route_interval_ms,
	                 run->route_pace);
}

/* Which blocks the call has, and what else is true of the batch as a whole. */
static struct blocks find_blocks(const struct item *item)
{
	struct blocks has = { .whole = item->kind != SOURCE_LATER, .deadline_ms = INT64_MAX };
	EACH(item, s, GROUP_RELEASE)
	{
		if (s->dec.not_after_ms < has.deadline_ms)
			has.deadline_ms = s->dec.not_after_ms;
		has.persons = has.persons || s->job.person != NULL;
		has.whole = has.whole && s->form.json == s->stored;
		has.slots = has.slots || s->dec.slot_ms != TIME_NONE;
	}
	EACH(item, s, GROUP_LISTED) has.lpersons = has.lpersons || s->job.person != NULL;
	for (int g = GROUP_RELEASE; g <= GROUP_LISTED; g++)
		EACH(item, s, (enum slot_group)g)
		{
			has.lifts = has.lifts || slot_lift_ms(s) != TIME_NONE;
			has.opposed = has.opposed || s->opposed != NULL;
		}
	return has;
}

static size_t list_position(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->law.list_count; i++)
		if (strcmp(run->law.lists[i].name, name) == 0)
			return i + 1;
	return 0;
}

/* The object o of the commit call. */
static json_t *commit_object(struct item *item, json_t *names, json_t *helds, const struct blocks *has)
{
	struct run *run = item->run;
	json_t *pidx = json_array(), *again = json_array();
	size_t position = 0, own = list_position(run, run->advertiser_list),
	       platform = list_position(run, "opposition");
	EACH(item, s, GROUP_RELEASE)
	{
		position++;
		if (s->job.person != NULL)
			json_array_append_new(pidx, json_integer((json_int_t)position));
		if (s->form.attempt > 1)
			json_array_append_new(again, json_integer((json_int_t)position));
	}
	char at[CIVIL_INSTANT_SIZE];
	static const char *const kinds[] = { "later", "held", "queue" };
	json_t *o = json_pack(
	    "{s:s,s:s,s:s,s:s,s:I,s:s,s:I,s:I,s:o,s:o,s:I,s:I,s:I,s:I,s:[s,s,s],s:b,s:b,s:b,s:I,s:o,s:o,s:o,s:b,s:b}",
	    "prefix", item->d->conf.prefix, "campaign", run->id, "kind", kinds[item->kind], "place",
	    item->kind == SOURCE_HELD ? run->helds[item->held_at].name : "", "now", (json_int_t)item->now_ms,
	    "at", civil_format_instant(item->now_ms, at), "deadline",
	    (json_int_t)(has->deadline_ms == INT64_MAX ? 0 : has->deadline_ms), "backlog",
	    (json_int_t)run->c.backlog, "names", names, "helds", helds, "n", (json_int_t)item->n, "r",
	    (json_int_t)batch_group_count(item, GROUP_RELEASE), "l",
	    (json_int_t)batch_group_count(item, GROUP_LISTED), "x",
	    (json_int_t)batch_group_count(item, GROUP_END), "scopes", run->c.advertiser, run->c.source,
	    run->c.route, "persons", (int)has->persons, "registry", (int)item->facts, "history",
	    (int)item->facts, "pf", (json_int_t)json_array_size(pidx), "pidx", pidx, "again", again, "rates",
	    rates(run), "whole", (int)has->whole, "repeats", (int)has_repeats(item));
	json_t *more =
	    json_pack("{s:I,s:I,s:b,s:b,s:b,s:b,s:I,s:s,s:b,s:i}", "own", (json_int_t)own, "platform",
	              (json_int_t)(platform > 0 ? platform : own), "lifts", (int)has->lifts, "opposed",
	              (int)has->opposed, "slots", (int)has->slots, "lpersons", (int)has->lpersons, "forms",
	              (json_int_t)has->form_count, "rulebook", item->d->rb->hash, "breaker",
	              (int)(run->c.canary > 0 || run->c.breaker_pct > 0), "canary", run->c.canary);
	json_object_update(o, more);
	json_decref(more);
	return o;
}

/* The registered forms that what may go out rests on, each once. */
static void find_forms(struct item *item, struct blocks *has)
{
	EACH(item, s, GROUP_RELEASE)
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
static void add_definitions(struct item *item, struct redis_args *a, const struct blocks *has)
{
	struct run *run = item->run;
	size_t total = run->defs_len + 1;
	if (has->form_count == 0) {
		args_add_len(a, run->defs_text, run->defs_len);
		return;
	}
	for (size_t i = 0; i < has->form_count; i++)
		total += catalog_hash(item->d, "form", has->form_ids[i])->text_len + 1;
	char *text = mem_zero(total), *at = text;
	memcpy(at, run->defs_text, run->defs_len);
	at += run->defs_len;
	for (size_t i = 0; i < has->form_count; i++) {
		const struct known_hash *h = catalog_hash(item->d, "form", has->form_ids[i]);
		*at++ = 29;
		if (h->text_len > 0)
			memcpy(at, h->text, h->text_len);
		at += h->text_len;
	}
	args_own(a, text, (size_t)(at - text));
}

static void add_keys(struct item *item, struct redis_args *a, const char (*places)[PLACE_NAME_SIZE],
                     size_t place_count, const struct blocks *has)
{
	const char *p = item->d->conf.prefix;
	struct run *run = item->run;
	char key[KEY_SIZE], name[KEY_SIZE];
	args_addf(a, "%zu", FIXED_KEYS + 2 * run->law.list_count + place_count + has->form_count);
	if (item->kind == SOURCE_HELD)
		args_addf(a, "%s", key_held(p, run->id, run->helds[item->held_at].name, key));
	else
		args_addf(a, "%s",
		          key_campaign(p, run->id, item->kind == SOURCE_QUEUE ? "queue" : "later", key));
	args_addf(a, "%s", key_ready(p, run->c.route, "", key));
	args_addf(a, "%s", key_campaign(p, run->id, "later", key));
	args_addf(a, "%s", key_campaign(p, run->id, "refused", key));
	args_addf(a, "%s", key_campaign(p, run->id, "invalid", key));
	args_addf(a, "%s", key_campaign(p, run->id, "stats", key));
	args_addf(a, "%s", key_seen(p, run->id, run->c.family, key));
	args_addf(a, "%s", key_campaign(p, run->id, "cancel", key));
	args_addf(a, "%s", key_of(p, "consent", run->c.advertiser, key));
	args_addf(a, "%s", key_of(p, "attempts", run->c.advertiser, key));
	args_addf(a, "%s", key_campaign(p, run->id, "pace", key));
	args_addf(a, "%s", key_ready(p, run->c.route, ":pace", key));
	args_addf(a, "%s", key_campaign(p, run->id, "def", key));
	args_addf(a, "%s", key_of(p, "advertiser", run->c.advertiser, key));
	args_addf(a, "%s", key_of(p, "source", run->c.source, key));
	args_addf(a, "%s", key_of(p, "route", run->c.route, key));
	args_addf(a, "%s", key_global(p, "stats", key));
	args_addf(a, "%s", key_global(p, "facts", key));
	args_addf(a, "%s", key_dated(p, "", key));
	args_addf(a, "%s", key_dated(p, run->c.advertiser, key));
	args_addf(a, "%s", key_of(p, "slots", run->c.advertiser, key));
	args_addf(a, "%s", key_global(p, "oppositions", key));
	args_addf(a, "%s", key_global(p, "rulebooks", key));
	args_addf(a, "%s", key_ready(p, run->c.route, ":health", key));
	for (size_t i = 0; i < run->law.list_count; i++)
		args_addf(a, "%s", key_of(p, "list", run->law.lists[i].name, key));
	for (size_t i = 0; i < run->law.list_count; i++)
		args_addf(a, "%s", key_of(p, "list-meta", run->law.lists[i].name, key));
	for (size_t i = 0; i < place_count; i++) {
		snprintf(name, sizeof(name), "%s", places[i]);
		args_addf(a, "%s", key_held(p, run->id, name, key));
	}
	for (size_t i = 0; i < has->form_count; i++)
		args_addf(a, "%s", key_of(p, "form", has->form_ids[i], key));
}

/* Is one value of attempts right for all that is released? Not where it is already
 * tomorrow for some of them. */
static bool same_day(const struct item *item)
{
	const struct slot *first = NULL;
	EACH(item, s, GROUP_RELEASE)
	{
		if (first != NULL && s->dec.view->date_last != first->dec.view->date_last)
			return false;
		first = s;
	}
	return true;
}

void batch_commit(struct item *item, struct redis_args *a)
{
	struct run *run = item->run;
	item->facts = item->facts || !same_day(item);
	static char places[PLACE_VIEWS_MAX][PLACE_NAME_SIZE];
	size_t place_count = 0;
	struct redis_args targets;
	/* The targets name places by number: they come first, the keys follow from them. */
	args_init(&targets);
	EACH(item, s, GROUP_LISTED) add_target(item, &targets, s, places, &place_count);
	json_t *names = json_array(), *helds = json_array();
	for (size_t i = 0; i < run->law.list_count; i++)
		json_array_append_new(names, json_string(run->law.lists[i].name));
	for (size_t i = 0; i < place_count; i++)
		json_array_append_new(helds, json_string(places[i]));
	args_add(a, "FCALL");
	args_add(a, "licet_commit");
	struct blocks has = find_blocks(item);
	find_forms(item, &has);
	add_keys(item, a, (const char(*)[PLACE_NAME_SIZE])places, place_count, &has);
	add_json(a, commit_object(item, names, helds, &has));
	add_definitions(item, a, &has);
	args_add_len(a, run->dates_text, run->dates_len);
	args_add(a, run->facts_id);
	args_add(a, run->facts_text);
	for (int g = GROUP_RELEASE; g <= GROUP_END; g++)
		add_json(a, group_positions(item, (enum slot_group)g,
		                            batch_group_count(item, (enum slot_group)g)));
	for (size_t i = 0; i < item->n; i++)
		if (!has.whole || item->slots[i].group != GROUP_RELEASE)
			args_add_len(a, item->slots[i].stored, item->slots[i].stored_len);
	add_blocks(item, a, &has);
	for (size_t i = 0; i < targets.count; i++)
		args_own(a, mem_copy_len(targets.argv[i], targets.lens[i]), targets.lens[i]);
	args_done(&targets);
	EACH(item, s, GROUP_END) add_end(a, s, "");
}
