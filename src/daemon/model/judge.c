/* judge.c - derives the situation of a campaign (validity, binding law, lists, halts) from its
 * hashes; runs again when one of them, the rulebook or the day changes. */
#include "daemon/model/judge.h"

#include "core/campaign/route_health.h"
#include "core/consent/form.h"
#include "core/law/binding.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/refusal.h"
#include "daemon/model/hashes.h"
#include "daemon/model/lists.h"
#include "daemon/model/routes.h"
#include "daemon/model/views.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fields *fields_of(const struct daemon *d, const char *kind, const char *id)
{
	static const struct fields none = { 0 };
	const struct known_hash *h = catalog_hash(d, kind, id);
	return h != NULL ? &h->fields : &none;
}

static void judge_lists(struct daemon *d, struct run *run, int64_t now_ms)
{
	static const struct fields none = { 0 };
	struct situation *sit = &run->sit;
	char *dates = mem_copy("");
	for (size_t i = 0; i < sit->law.list_count; i++) {
		const char *name = sit->law.lists[i].name;
		const struct known_hash *meta = catalog_hash(d, "list-meta", name);
		const char *at = meta != NULL ? fields_get(&meta->fields, "refreshed_at") : NULL;
		situation_set_list(sit, i, meta != NULL ? &meta->fields : &none,
		                   (meta != NULL && meta->wrong_type) || list_is_malformed(d, name));
		sit->list_facts[i].lost = sit->list_facts[i].lost || list_is_lost(d, name);
		const char *version = sit->list_facts[i].version;
		char *more = mem_format("%s%s%s%s%s", dates, i > 0 ? "\37" : "", at != NULL ? at : "",
		                        *version != '\0' ? "@" : "", version);
		free(dates);
		dates = more;
	}
	free(run->dates_text);
	run->dates_text = dates;
	run->dates_len = strlen(dates);
	situation_judge_lists(sit, now_ms);
}

/* What every entry freezes: which lists were asked, and the state of the law. */
static void make_tail(struct daemon *d, struct run *run)
{
	char *names = mem_zero(run->sit.law.list_count * (ID_MAX + 32 + LIST_VERSION_SIZE) + 1), *end = names;
	json_t *dates = json_object(), *regimes = json_array();
	for (size_t i = 0; i < run->sit.law.list_count; i++) {
		const struct law_list *list = &run->sit.law.lists[i];
		assert(strlen(list->name) < ID_MAX + 16); /* an id, or "opposition:" and one */
		const char *version = run->sit.list_facts[i].version;
		end += sprintf(end, "%s%s%s%s%s", i > 0 ? "," : "", list->name,
		               list->mode == LIST_REQUIRED ? "!" : "", *version != '\0' ? "@" : "", version);
		char at[CIVIL_INSTANT_SIZE];
		if (run->sit.list_facts[i].refreshed_ms != TIME_NONE)
			json_object_set_new(
			    dates, list->name,
			    json_string(civil_format_instant(run->sit.list_facts[i].refreshed_ms, at)));
	}
	for (size_t i = 0; i < run->sit.law.regime_count; i++)
		json_array_append_new(regimes, json_string(run->sit.law.regimes[i]->id));
	json_t *facts =
	    json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "rulebook", d->rb->id, "version", d->rb->version, "hash",
	              d->rb->hash, "tzdata", d->rb->tzdata, "regimes", regimes, "lists", dates);
	free(run->facts_text);
	run->facts_text = json_pool_text(facts, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(facts);
	/* Thousands of entries share them: each names them by their fingerprint. */
	char hex[SHA256_HEX_SIZE];
	snprintf(run->facts_id, sizeof(run->facts_id), "%.16s",
	         sha256_hex(run->facts_text, strlen(run->facts_text), hex));
	free(run->tail);
	run->tail = mem_format("%s\t%s\t", names, run->facts_id);
	run->tail_len = strlen(run->tail);
	free(names);
}

static void judge_halt(struct daemon *d, struct run *run)
{
	static const struct fields none = { 0 };
	const struct known_hash *halt = catalog_hash(d, "halt", "");
	situation_set_halts(&run->sit, halt == NULL ? &none : halt->wrong_type ? NULL : &halt->fields);
}

static void meet_advertisers(struct daemon *d, struct run *run)
{
	for (size_t i = 0; i < d->run_count && run->sit.c.siren[0] != '\0'; i++)
		situation_meet_advertiser(&run->sit, d->runs[i]->sit.c.advertiser, d->runs[i]->sit.c.siren);
}

static void on_claimed(void *arg, const struct redis_reply *reply)
{
	if (!refused(arg, reply, "HSETNX"))
		turn_want(arg, WANT_READING);
}

/* Whoever uses a caller id or a SIREN first has it for good. The claim is a write of its own, so that of
 * two that begin at once one is first; until it has been read back nothing of the campaign moves. */
static void claim(struct daemon *d, const char *owners, const char *what, const char *owner)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "HSETNX");
	args_add(&a, key_global(d->conf.prefix, owners, key));
	args_add(&a, what);
	args_add(&a, owner);
	redis_link_call(d->link, &a, 0, on_claimed, d);
	args_done(&a);
}

/* Owners that cannot be read hold. */
static bool owners_hold(struct situation *sit, const struct known_hash *owners, const char *name)
{
	if (owners == NULL || !owners->wrong_type)
		return false;
	sit->lists = REASON_FACTS_UNKNOWN;
	sit->lists_rule = name;
	return true;
}

static void meet_prefix(struct daemon *d, struct run *run)
{
	char id[ID_MAX + 1];
	const char *prefix = situation_prefix(&run->sit.c, run->id, id);
	const struct known_hash *h = prefix != NULL ? catalog_hash(d, "advertiser", prefix) : NULL;
	if (h != NULL && (h->fields.count > 0 || h->wrong_type))
		situation_meet_prefix(&run->sit, prefix);
}

/* Returns whether all of it is known. */
static bool meet_siren(struct daemon *d, struct run *run)
{
	const struct known_hash *owners = catalog_hash(d, "sirens", "");
	struct situation *sit = &run->sit;
	if (*sit->c.siren == '\0')
		return true;
	const char *owner = owners != NULL ? fields_get(&owners->fields, sit->c.siren) : NULL;
	if (owner != NULL)
		situation_meet_siren(sit, owner);
	else if (owners == NULL || !owners->wrong_type)
		situation_meet_no_siren(sit);
	if (owner == NULL)
		meet_advertisers(d, run); /* of those that are in use already, the first by name */
	if (owner != NULL || sit->c.fault_count > 0 || sit->c.status != CAMPAIGN_RUNNING ||
	    owners_hold(sit, owners, "sirens"))
		return true;
	claim(d, "sirens", sit->c.siren, sit->c.advertiser);
	return false;
}

/* Returns whether all of it is known. */
static bool meet_caller_id(struct daemon *d, struct run *run)
{
	const struct known_hash *owners = catalog_hash(d, "caller-ids", "");
	struct situation *sit = &run->sit;
	const char *number = fields_get(&run->def.fields, "caller_id");
	const char *owner = owners != NULL && number != NULL ? fields_get(&owners->fields, number) : NULL;
	situation_meet_caller_id(sit, d->rb, owner);
	if (owner != NULL || sit->c.fault_count > 0 || sit->c.status != CAMPAIGN_RUNNING ||
	    owners_hold(sit, owners, "caller-ids"))
		return true;
	claim(d, "caller-ids", number, sit->c.siren);
	return false;
}

/* The hashes that a campaign is defined by. */
static void definitions(const struct daemon *d, const struct run *run, const struct known_hash *ret[4])
{
	ret[0] = &run->def;
	ret[1] = catalog_hash(d, "advertiser", run->sit.c.named);
	ret[2] = catalog_hash(d, "source", run->sit.c.source);
	ret[3] = catalog_hash(d, "route", run->sit.c.route);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The fingerprint of what ready jobs rest on: the definitions, in whatever order Redis gives
 * their fields, and the rulebook. */
static void make_fingerprint(struct daemon *d, struct run *run)
{
	const struct known_hash *parts[4];
	size_t room = 1, n = 0, len = 0;
	definitions(d, run, parts);
	for (size_t i = 0; i < 4; i++)
		room += parts[i] != NULL ? parts[i]->fields.count : 0;
	char **lines = mem_zero(room * sizeof(char *));
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; parts[i] != NULL && k < parts[i]->fields.count; k++)
			if (!campaign_field_is_unseen(parts[i]->fields.names[k]))
				lines[n++] = mem_format("%zu%s\37%s\n", i, parts[i]->fields.names[k],
				                        parts[i]->fields.values[k]);
	lines[n++] = mem_format("%s", d->rb->hash);
	qsort(lines, n, sizeof(char *), by_text);
	for (size_t i = 0; i < n; i++)
		len += strlen(lines[i]);
	char *text = mem_zero(len + 1), *at = text, hex[SHA256_HEX_SIZE];
	for (size_t i = 0; i < n; i++) {
		at = stpcpy(at, lines[i]);
		free(lines[i]);
	}
	snprintf(run->made_by, sizeof(run->made_by), "%.16s", sha256_hex(text, len, hex));
	run->made_reload = d->reloads;
	free(text);
	free(lines);
}

/* Returns true if they changed. */
static bool join_definitions(struct daemon *d, struct run *run)
{
	const struct known_hash *parts[4];
	size_t total = 4;
	definitions(d, run, parts);
	for (size_t i = 0; i < 4; i++)
		total += parts[i] != NULL ? parts[i]->text_len : 0;
	char *text = mem_zero(total), *at = text;
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = 29;
		if (parts[i] != NULL && parts[i]->text_len > 0) {
			memcpy(at, parts[i]->text, parts[i]->text_len);
			at += parts[i]->text_len;
		}
	}
	size_t len = (size_t)(at - text);
	bool changed =
	    run->defs_text == NULL || len != run->defs_len || memcmp(text, run->defs_text, len) != 0;
	free(run->defs_text);
	run->defs_text = text;
	run->defs_len = len;
	return changed;
}

/* Prospecting that calls itself a service needs no consent: whoever changes that is told on. */
static void note_purpose(struct daemon *d, struct run *run, bool had)
{
	const char *purpose = fields_get(&run->def.fields, "purpose");
	char text[96], key[KEY_SIZE];
	if (purpose == NULL)
		purpose = "";
	if (had && strncmp(run->purpose, purpose, sizeof(run->purpose) - 1) != 0) {
		snprintf(text, sizeof(text), "purpose changed from %s to %.15s", run->purpose, purpose);
		say_warn(d, "purpose-changed",
		         "campaign=%s from=\"%s\" to=\"%.15s\" action=\"what is ready comes back\"", run->id,
		         run->purpose, purpose);
		errors_tell(d, key_campaign(d->conf.prefix, run->id, "def", key), text);
	}
	snprintf(run->purpose, sizeof(run->purpose), "%.15s", purpose);
}

/* May none of its jobs go out, whatever their number and place? */
static bool stands(const struct run *run)
{
	return run->sit.c.fault_count > 0 || run->sit.halt_scope != NULL ||
	       run->sit.lists != REASON_ALLOWED || run->sit.c.status != CAMPAIGN_RUNNING;
}

void catalog_judge(struct daemon *d, struct run *run, int64_t now_ms)
{
	char route_before[ID_MAX + 1], made_before[sizeof(run->made_by)];
	bool had = run->ready_to_work, stood = stands(run);
	enum campaign_status status_before = run->sit.c.status;
	memcpy(route_before, run->sit.c.route, sizeof(route_before));
	/* The ids in its definition are needed to find the other hashes. */
	const struct fields *def = &run->def.fields;
	const char *a = fields_get(def, "advertiser"), *s = fields_get(def, "source"),
		   *r = fields_get(def, "route");
	const struct route_run *route = r != NULL ? route_find(d, r) : NULL;
	const struct situation_input in = {
		.rb = d->rb,
		.options = { .caller_id_doubtful = d->conf.caller_id_doubtful,
		             .route_p99_ms = route != NULL ? route->p99_ms : 0,
		             .care_gap_days = d->conf.care_gap_days },
		.list_overrides = (const char *const *)d->conf.list_overrides.words,
		.list_override_count = d->conf.list_overrides.count,
		.id = run->id,
		.def = def,
		.advertiser = fields_of(d, "advertiser", a != NULL ? a : "-"),
		.source = fields_of(d, "source", s != NULL ? s : "-"),
		.route = fields_of(d, "route", r != NULL ? r : "-"),
	};
	situation_read(&in, now_ms, &run->sit);
	note_purpose(d, run, had);
	judge_lists(d, run, now_ms);
	judge_halt(d, run);
	meet_prefix(d, run);
	bool known = meet_siren(d, run) && meet_caller_id(d, run);
	memcpy(made_before, had ? run->made_by : run->shown_made_by, sizeof(made_before));
	if (join_definitions(d, run) || run->made_reload != d->reloads)
		make_fingerprint(d, run);
	bool changed = strcmp(made_before, run->made_by) != 0;
	make_tail(d, run);
	struct place_views *before = run->views;
	run->views = views_take(d, run->sit.c.has_window ? &run->sit.c.window : NULL);
	run->sched.views = run->views;
	views_give(d, before);
	run->undefined = run->def.text_len == 0;
	run->ready_to_work = known;
	run->judged_ms = now_ms;
	run->judged++;
	if (run->sit.c.route[0] != '\0')
		route_add(d, run->sit.c.route);
	/* What a sender would see differently, or may not have any more, comes back; also what was
	 * made before this daemon started, of another definition or by another rulebook. */
	if (!had || changed || stood != stands(run) || status_before != run->sit.c.status)
		turn_want(d, WANT_STATE);
	/* What stood in the way may be what has changed. */
	if (changed || status_before != run->sit.c.status) {
		run->jobs.rest_until_ms = 0;
		for (size_t i = 0; i < run->jobs.held_count; i++)
			run->jobs.helds[i].rest_until_ms = 0;
	}
	run->recall_changed = run->recall_changed || (changed && run->jobs.ready > 0);
	if (run->jobs.ready > 0 && (run->recall_changed || stands(run)))
		route_recall(d, route_before[0] != '\0' ? route_before : run->sit.c.route);
}

/* --- registered forms ---------------------------------------------------------------- */

const struct consent_form *catalog_form(const struct daemon *d, const char *id)
{
	for (size_t i = 0; i < d->form_count; i++)
		if (strcmp(d->forms[i]->id, id) == 0)
			return &d->forms[i]->form;
	return NULL;
}

void catalog_form_learn(struct daemon *d, const char *id, const struct redis_reply *reply)
{
	char key[KEY_SIZE];
	bool wrong_type = reply_is_error(reply);
	if (catalog_form(d, id) != NULL || (!wrong_type && reply_count(reply) == 0))
		return;
	struct known_hash *h = hash_add(d, key_of(d->conf.prefix, "form", id, key));
	h->wrong_type = wrong_type;
	if (!wrong_type)
		hash_store(h, reply);
	struct known_form *form = mem_zero(sizeof(*form));
	snprintf(form->id, sizeof(form->id), "%s", id);
	form_read(&h->fields, &form->form);
	d->forms = mem_grow(d->forms, &d->form_capacity, d->form_count, sizeof(struct known_form *));
	d->forms[d->form_count++] = form;
}

/* Ready jobs that rest on a form come back when it changes: which these are, nobody knows. */
void catalog_judge_forms(struct daemon *d)
{
	for (size_t i = 0; i < d->form_count; i++) {
		const struct known_hash *h = catalog_hash(d, "form", d->forms[i]->id);
		if (h == NULL)
			continue;
		form_read(&h->fields, &d->forms[i]->form);
	}
	for (size_t i = 0; d->forms_changed && i < d->run_count; i++) {
		d->runs[i]->recall_changed = d->runs[i]->recall_changed || d->runs[i]->jobs.ready > 0;
		if (d->runs[i]->recall_changed)
			route_recall(d, d->runs[i]->sit.c.route);
	}
	d->forms_changed = false;
}

/* --- routes: what their outcomes say ----------------------------------------------------- */

static void route_health(struct daemon *d, struct route_run *route)
{
	static const struct fields none = { 0 };
	char id[ID_MAX + 16];
	struct route_health now;
	snprintf(id, sizeof(id), "%s:health", route->id);
	const struct known_hash *h = catalog_hash(d, "ready", id), *def = catalog_hash(d, "route", route->id);
	route_health_read(h != NULL ? &h->fields : &none, def != NULL ? &def->fields : &none, &now);
	if (now.tripped[0] != '\0' && route->why[0] == '\0')
		route->recall_all = true; /* what is ready goes back */
	memcpy(route->why, now.tripped, sizeof(route->why));
	route->load.room = now.room;
	route->p99_ms = now.p99_ms;
}

void catalog_judge_routes(struct daemon *d)
{
	for (size_t i = 0; i < d->route_count; i++)
		route_health(d, d->routes[i]);
}

void catalog_apply(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		/* Places are bits of a rulebook: another one may count otherwise. */
		for (size_t h = 0; h < run->jobs.held_count; h++)
			if (!place_parse(d->rb, run->jobs.helds[h].name, strlen(run->jobs.helds[h].name),
			                 &run->jobs.helds[h].place))
				run->jobs.helds[h].place = 0;
		catalog_judge(d, run, now_ms);
	}
}
