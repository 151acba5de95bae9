/* page_state.c - everything at a glance, and one campaign; see page_state.h. */
#include "daemon/publish/page_state.h"

#include "core/campaign/need.h"
#include "core/number/place.h"
#include "core/text/reason.h"
#include "core/time/civil.h"
#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/replicas.h"
#include "daemon/model/reading.h"
#include "daemon/proof/tail.h"
#include "daemon/publish/glance.h"
#include "daemon/publish/page_law.h"
#include "daemon/upkeep/balance.h"
#include "io/host/mem.h"
#include "io/host/version.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAMPAIGNS_ASKED 50 /* in one call */
#define ASKED_MAX GLANCE_ROUTES_MAX

/* --- of the daemon --------------------------------------------------------------------------------------------- */

static void warn(json_t *list, const char *what, const char *detail)
{
	json_t *one = json_object();
	page_text(one, "what", what);
	page_text(one, "detail", detail);
	json_array_append_new(list, one);
}

/* What needs somebody, and is no campaign's. */
static json_t *warnings(struct daemon *d)
{
	json_t *list = json_array();
	struct gates gates;
	const char *rule = "";
	gates_now(d, &gates);
	enum reason gate = gates_first(&gates, &rule);
	if (!redis_link_is_up(d->link))
		warn(list, "redis-down", "");
	else if (gate != REASON_ALLOWED)
		warn(list, reason_name(gate), rule);
	if (!d->policy_met && gate != REASON_REDIS_POLICY)
		warn(list, "redis-policy", d->policy_why);
	if (d->rb->approved_by[0] == '\0')
		warn(list, "law-unsigned", d->rb->id);
	if (d->reload_error[0] != '\0')
		warn(list, "reload-failed", d->reload_error);
	if (d->mismatch[0] != '\0')
		warn(list, "law-differs", d->mismatch);
	if (balance_off(d) > 0)
		warn(list, "unbalanced", "");
	return list;
}

static json_t *lists(struct daemon *d)
{
	json_t *list = json_array();
	for (size_t i = 0; i < d->list_count; i++) {
		const struct known_list *l = &d->lists[i];
		json_t *one = json_object();
		page_text(one, "list", l->name);
		page_number(one, "size", l->size);
		page_instant(one, "refreshed_at", l->refreshed_ms);
		json_object_set_new(one, "malformed", json_boolean(l->malformed));
		page_number(one, "lost", l->lost);
		page_text(one, "late", l->late);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *decision_log(struct daemon *d)
{
	struct tail_told t;
	if (!tail_tell(d, &t))
		return json_null();
	json_t *o = json_object();
	page_number(o, "lines", (int64_t)t.size);
	page_number(o, "signed_lines", (int64_t)t.sealed);
	page_number(o, "signed_age_ms", t.sealed_age_ms);
	page_number(o, "lag_ms", t.lag_ms);
	page_number(o, "anchor_age_ms", t.anchor_age_ms);
	json_object_set_new(o, "ours", json_boolean(t.ours));
	page_text(o, "why", t.why);
	page_text(o, "anchor_why", t.anchor_why);
	return o;
}

/* --- campaigns --------------------------------------------------------------------------------------------------- */

struct question { /* the campaigns, or the routes, of one call */
	struct page_sheet *sheet;
	size_t count;
	json_t *of[ASKED_MAX]; /* borrowed from the sheet */
	const char *name;      /* of one campaign: what is asked */
};

static json_t *campaign(const struct run *run)
{
	json_t *o = json_object();
	page_text(o, "id", run->id);
	page_text(o, "advertiser", run->sit.c.named);
	page_text(o, "need", need_name(need_of(run->state, run->because)));
	page_text(o, "state", run->state);
	page_text(o, "because", run->because);
	page_text(o, "rule", run->shown_rule);
	page_instant(o, "since", run->since_ms);
	page_instant(o, "until", run->shown_until_ms);
	return o;
}

/* A reply that is none is no zero. Returns true if there is one. */
static bool is_told(struct page_sheet *sheet, const struct redis_reply *reply)
{
	if (reply == NULL)
		page_unread(sheet, "Redis did not answer");
	else if (reply_is_error(reply))
		page_unread(sheet, reply_text(reply, NULL));
	return reply != NULL && !reply_is_error(reply);
}

static void on_counters(void *arg, const struct redis_reply *reply)
{
	static const char *const wanted[] = { "intake",  "held",      "later",  "ready",
		                              "taken",   "unknown",   "done",   "refused",
		                              "invalid", "cancelled", "erased", "released" };
	struct question *q = arg;
	is_told(q->sheet, reply);
	for (size_t i = 0; i < q->count && i < reply_count(reply); i++) {
		const struct redis_reply *one = reply_at(reply, i);
		const char *wrong_type = reply_text(reply_at(one, 5), NULL);
		if (wrong_type != NULL && *wrong_type != '\0') {
			char why[KEY_SIZE + 40];
			snprintf(why, sizeof(why), "%s is a key of another type", wrong_type);
			page_unread(q->sheet, why);
			continue;
		}
		page_number(q->of[i], "queue", reply_int(reply_at(one, 0), 0));
		for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++) {
			int64_t n = reply_int(reply_field(reply_at(one, 4), wanted[k]), 0);
			if (n != 0)
				page_number(q->of[i], wanted[k], n);
		}
	}
	page_told(q->sheet);
	free(q);
}

static void send_question(struct question *q, struct redis_args *a, redis_cb *cb)
{
	page_wait(q->sheet);
	if (!redis_link_call(q->sheet->d->link, a, 0, cb, q)) {
		page_unread(q->sheet, "Redis is not connected to");
		page_told(q->sheet);
		free(q);
	}
	args_done(a);
}

static json_t *campaigns(struct page_sheet *sheet)
{
	struct daemon *d = sheet->d;
	json_t *list = json_array();
	struct question *q = NULL;
	struct redis_args a;
	for (size_t i = 0; i < d->run_count; i++) {
		if (!d->runs[i]->listed)
			continue;
		json_t *one = campaign(d->runs[i]);
		json_array_append_new(list, one);
		if (q == NULL) {
			q = mem_zero(sizeof(*q));
			q->sheet = sheet;
			catalog_look_start(d, &a);
		}
		args_add(&a, d->runs[i]->id);
		q->of[q->count++] = one;
		if (q->count == CAMPAIGNS_ASKED) {
			send_question(q, &a, on_counters);
			q = NULL;
		}
	}
	if (q != NULL)
		send_question(q, &a, on_counters);
	return list;
}

/* --- routes ------------------------------------------------------------------------------------------------------- */

static void on_glance(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct glance g;
	is_told(q->sheet, reply);
	for (size_t i = 0; i < q->count && glance_route(reply, i, &g); i++) {
		page_number(q->of[i], "ready", g.ready);
		page_number(q->of[i], "taken", g.taken);
		page_number(q->of[i], "unknown", g.unknown);
		page_number(q->of[i], "to_settle", g.to_settle);
		page_instant(q->of[i], "oldest_ready", g.oldest_ready_ms > 0 ? g.oldest_ready_ms : TIME_NONE);
		page_instant(q->of[i], "oldest_taken", g.oldest_taken_ms > 0 ? g.oldest_taken_ms : TIME_NONE);
	}
	page_told(q->sheet);
	free(q);
}

static json_t *routes(struct page_sheet *sheet)
{
	struct daemon *d = sheet->d;
	json_t *list = json_array();
	for (size_t i = 0; i < d->route_count; i += GLANCE_ROUTES_MAX) {
		struct question *q = mem_zero(sizeof(*q));
		struct redis_args a;
		q->sheet = sheet;
		q->count = glance_start(d, i, &a);
		for (size_t k = 0; k < q->count; k++) {
			const struct route_run *r = d->routes[i + k];
			q->of[k] = json_object();
			page_text(q->of[k], "route", r->id);
			page_number(q->of[k], "ready", r->load.ready);
			page_text(q->of[k], "breaker", r->why);
			page_number(q->of[k], "p99_ms", r->p99_ms);
			json_array_append_new(list, q->of[k]);
		}
		send_question(q, &a, on_glance);
	}
	return list;
}

/* --- what is begun -------------------------------------------------------------------------------------------------- */

void page_head(json_t *o, const struct conf *conf, const struct rulebook *rb, int64_t now_ms, bool simulated)
{
	page_instant(o, "now", now_ms);
	json_object_set_new(o, "simulated", json_boolean(simulated));
	page_text(o, "version", LICET_VERSION);
	page_text(o, "instance", conf->instance);
	page_text(o, "rulebook", rb->id);
	page_text(o, "rulebook_version", rb->version);
	page_text(o, "approved_by", rb->approved_by);
}

bool page_state_begin(struct page_sheet *sheet, const char *name)
{
	struct daemon *d = sheet->d;
	json_t *o = sheet->json;
	if (*name != '\0')
		return false;
	page_head(o, &d->conf, d->rb, turn_now(d), d->clock.speed > 0);
	json_object_set_new(o, "warnings", warnings(d));
	json_object_set_new(o, "lists", lists(d));
	json_object_set_new(o, "places", page_places(d));
	json_object_set_new(o, "log", decision_log(d));
	json_object_set_new(o, "campaigns", campaigns(sheet));
	json_object_set_new(o, "routes", routes(sheet));
	return true;
}

void page_part_begin(struct page_sheet *sheet)
{
	struct daemon *d = sheet->d;
	json_t *o = sheet->json;
	if (!d->catalog_known)
		page_unread(sheet, "the campaigns have not been read yet");
	json_object_set_new(o, "warnings", warnings(d));
	json_object_set_new(o, "lists", lists(d));
	json_object_set_new(o, "log", decision_log(d));
	json_object_set_new(o, "campaigns", campaigns(sheet));
	json_object_set_new(o, "routes", routes(sheet));
}

bool page_reasons_begin(struct page_sheet *sheet, const char *name)
{
	for (int r = 0; r < REASON_COUNT && *name == '\0'; r++)
		json_object_set_new(sheet->json, reason_name(r),
		                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "verdict",
		                              verdict_name(reason_verdict(r)), "en", reason_text(r), "fr",
		                              reason_text_fr(r), "do_en", reason_remedy(r), "do_fr",
		                              reason_remedy_fr(r)));
	return *name == '\0';
}

static void on_hash(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	json_t *o = json_object();
	is_told(q->sheet, reply);
	for (size_t k = 0; k + 1 < reply_count(reply); k += 2) {
		const char *name = reply_text(reply_at(reply, k), NULL);
		if (name != NULL)
			page_number(o, name, reply_int(reply_at(reply, k + 1), 0));
	}
	json_object_set_new(q->of[0], q->name, o);
	page_told(q->sheet);
	free(q);
}

/* Where jobs of it wait: the places as the law has them now. */
static void add_places(struct page_sheet *sheet)
{
	json_t *list = json_array(), *n;
	const char *name;
	json_object_foreach(json_object_get(sheet->json, "stats"), name, n)
	{
		uint32_t place;
		if (strncmp(name, "held.", 5) != 0 || json_integer_value(n) <= 0 ||
		    !place_parse(sheet->d->rb, name + 5, strlen(name + 5), &place))
			continue;
		json_t *one = page_place(sheet->d, place);
		json_object_set(one, "held", n);
		json_array_append_new(list, one);
	}
	json_object_set_new(sheet->json, "places", list);
}

bool page_campaign_begin(struct page_sheet *sheet, const char *name)
{
	static const char *const parts[] = { "stats", "hours" };
	struct daemon *d = sheet->d;
	const struct run *run = NULL;
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->listed && strcmp(d->runs[i]->id, name) == 0)
			run = d->runs[i];
	if (run == NULL)
		return false;
	const struct campaign *c = &run->sit.c;
	json_t *it = campaign(run);
	json_object_set_new(sheet->json, "campaign", it);
	page_text(it, "product", c->product);
	page_text(it, "purpose", run->purpose);
	page_text(it, "route", c->route);
	page_text(it, "source", c->source);
	page_number(it, "priority", c->priority);
	page_number(it, "faults", (int64_t)c->fault_count);
	page_instant(it, "start", c->start_ms == INT64_MIN ? TIME_NONE : c->start_ms);
	page_instant(it, "end", c->end_ms == INT64_MAX ? TIME_NONE : c->end_ms);
	for (size_t i = 0; i < 2; i++) {
		struct question *q = mem_zero(sizeof(*q));
		struct redis_args a;
		char key[KEY_SIZE];
		*q = (struct question){ .sheet = sheet, .count = 1, .of = { sheet->json }, .name = parts[i] };
		args_init(&a);
		args_add(&a, "HGETALL");
		args_add(&a, key_campaign(d->conf.prefix, run->id, parts[i], key));
		send_question(q, &a, on_hash);
	}
	sheet->finish = add_places;
	return true;
}
