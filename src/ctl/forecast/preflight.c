/* preflight: before an opening, what each campaign will do then, or what stops it. */
#include "core/law/binding.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/base/words.h"
#include "ctl/forecast/estimate.h"
#include "ctl/forecast/forecast.h"
#include "ctl/forecast/preflight_text.h"
#include "ctl/forecast/waiting_model.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/words.h"
#include "ctl/query/campaigns_seen.h"
#include "ctl/query/ready_entry.h"
#include "ctl/query/standing_now.h"
#include "ctl/space/everywhere.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_ROOM 80
#define DETAIL_SIZE 2048 /* the faults of a definition, all of them */
#define ROUTES_KEPT 64
#define LEASES_LOOKED 4 /* pages of 500 */
#define READY_LATE_MS INT64_C(120000)
#define TAKE_OLD_MS (7 * DAY_MS)

struct check {
	bool unseen; /* ready lists and leases may not be looked at */
	bool others; /* there are campaigns that may not be looked at */
	struct ctl *ctl;
	bool french;
	int64_t now_ms, at_ms;
	const char *no_daemon; /* why no daemon does anything; NULL: one does */
	/* routes that were asked about: a thousand campaigns have a few */
	size_t route_count;
	struct {
		char id[ID_MAX + 1];
		int64_t take_ms;
	} routes[ROUTES_KEPT];
};

struct finding {
	enum doing doing;
	const char *reason; /* of the table of reasons, or daemon-down, nobody-taking */
	char detail[DETAIL_SIZE];
	int64_t until_ms;
	int64_t waiting, may_go; /* may_go: in places that are open then */
	double per_h;            /* 0: all at once */
	int64_t close_ms;
	json_t *places; /* those that are open then */
};

/* --- senders --------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t last_lease(struct ctl *ctl, const char *route)
{
	char key[KEY_SIZE], cursor[CURSOR_SIZE] = "0";
	int64_t ms = TIME_NONE;

	key_ready(ctl->conf.prefix, route, ":lease", key);
	for (int page = 0; page < LEASES_LOOKED && (page == 0 || strcmp(cursor, "0") != 0); page++) {
		struct redis_reply *reply = ask_permitted_words(ctl, "HSCAN", key, cursor, "COUNT", "500");
		const char *next = reply_text(reply_at(reply, 0), NULL);

		snprintf(cursor, sizeof(cursor), "%s", next != NULL && !reply_is_error(reply) ? next : "0");
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		for (size_t i = 1; i < reply_count(pairs); i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);
			struct ready_entry e;

			if (text != NULL && lease_read(text, len, &e))
				ms = later(ms, e.taken_ms);
		}
		reply_free(reply);
	}
	return ms;
}

/* When somebody last took a job on a route, as leases and records tell; TIME_NONE: never. */
static int64_t last_take(struct check *c, const char *route)
{
	struct ctl *ctl = c->ctl;
	char key[KEY_SIZE];
	int64_t ms = last_lease(ctl, route);
	struct names ids;

	c->others = campaigns_seen(ctl, &ids) > 0;
	for (size_t i = 0; i < ids.count; i++)
		ask_send_words(ctl, "XREVRANGE", key_campaign(ctl->conf.prefix, ids.list[i], "done", key),
		               "+", "-", "COUNT", "1");
	for (size_t i = 0; i < ids.count; i++) {
		struct redis_reply *reply = ask_next(ctl);
		const struct redis_reply *fields = reply_at(reply_at(reply, 0), 1);
		const char *on = reply_text(reply_field(fields, "route"), NULL);

		if (on != NULL && strcmp(on, route) == 0)
			ms = later(ms, reply_int(reply_field(fields, "taken_ms"), TIME_NONE));
		reply_free(reply);
	}
	names_done(&ids);
	return ms;
}

static int64_t last_take_known(struct check *c, const char *route)
{
	for (size_t i = 0; i < c->route_count; i++)
		if (strcmp(c->routes[i].id, route) == 0)
			return c->routes[i].take_ms;
	int64_t ms = last_take(c, route);

	if (c->route_count < ROUTES_KEPT) {
		snprintf(c->routes[c->route_count].id, sizeof(c->routes[0].id), "%s", route);
		c->routes[c->route_count++].take_ms = ms;
	}
	return ms;
}

/* Since when the oldest ready job of a route waits to be taken; TIME_NONE: there is none. */
static int64_t ready_since(struct ctl *ctl, const char *route, int64_t *ret_count, bool *ret_seen)
{
	char key[KEY_SIZE];
	struct ready_entry e;
	size_t len;

	key_ready(ctl->conf.prefix, route, "", key);
	*ret_count = ask_count(ctl, "LLEN", key);
	struct redis_reply *reply = ask_permitted_words(ctl, "LINDEX", key, "0");

	*ret_seen = !reply_error_is(reply, "NOPERM");
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, &len);
	int64_t ms = text != NULL && entry_read(text, len, &e) ? e.released_ms : TIME_NONE;

	reply_free(reply);
	return ms;
}

/* Does somebody take what is released there? Fills the detail if not. */
static bool is_taken_from(struct check *c, const char *route, struct finding *f)
{
	bool seen;
	int64_t count, since_ms = ready_since(c->ctl, route, &count, &seen),
		       take_ms = last_take_known(c, route);
	bool fr = c->french;
	char age[LANG_AGE_SIZE];

	if (!seen && !c->unseen) {
		ctl_note(
		    "%s",
		    lang_pick(
			fr,
			"what is ready, and who has it, may not be looked at by this user: whether somebody takes "
			"jobs is judged by what was reported",
			"cet utilisateur ne voit ni ce qui est prêt, ni qui l'a : qu'un émetteur prenne des tâches "
			"est jugé d'après ce qui a été rapporté"));
		c->unseen = true;
	}

	if (since_ms != TIME_NONE && c->now_ms - since_ms > READY_LATE_MS && take_ms < since_ms) {
		snprintf(
		    f->detail, sizeof(f->detail),
		    lang_pick(
			fr, "%" PRId64 " jobs are ready on route %s, the first for %s, and nobody takes them",
			"%" PRId64
			" tâches sont prêtes sur la route %s, la première depuis %s, et personne ne les prend"),
		    count, route, lang_age(fr, c->now_ms - since_ms, age));
		return false;
	}
	/* Those who serve others' campaigns may serve this one too. */
	if (c->others)
		return true;
	if (take_ms == TIME_NONE) {
		snprintf(f->detail, sizeof(f->detail),
		         lang_pick(fr, "nobody has ever taken a job on route %s",
		                   "personne n'a jamais pris de tâche sur la route %s"),
		         route);
		return false;
	}
	if (c->now_ms - take_ms > TAKE_OLD_MS) {
		snprintf(f->detail, sizeof(f->detail),
		         lang_pick(fr, "the last job on route %s was taken %s ago",
		                   "la dernière tâche de la route %s a été prise il y a %s"),
		         route, lang_age(fr, c->now_ms - take_ms, age));
		return false;
	}
	return true;
}

/* --- the daemon -------------------------------------------------------------------------- */

/* Instances on record whose time is not over; see licet_present. NULL if one runs and all of
 * them agree. */
static const char *daemon_fault(struct ctl *ctl, bool fr)
{
	char key[KEY_SIZE], first[HASH_ROOM] = "", hash[HASH_ROOM];
	struct hash all;
	struct redis_reply *time = ask_words(ctl, "TIME");
	int64_t now_s = reply_int(reply_at(time, 0), 0), until_s;
	bool differ = false;

	reply_free(time);
	hash_read(ctl, key_global(ctl_conf(ctl)->prefix, "rulebooks", key), &all);
	for (size_t i = 0; i < all.fields.count; i++) {
		if (sscanf(all.fields.values[i], "%79s %" SCNd64, hash, &until_s) != 2 || until_s <= now_s)
			continue;
		differ = differ || (first[0] != '\0' && strcmp(first, hash) != 0);
		memcpy(first, hash, sizeof(first));
	}
	hash_done(&all);
	if (first[0] == '\0')
		return lang_pick(fr, "no licetd runs on these keys",
		                 "aucun licetd ne fonctionne sur ces clés");
	return differ ? lang_pick(fr, "instances of licetd work by different rulebooks",
	                          "des instances de licetd appliquent des règles différentes")
	              : NULL;
}

/* --- one campaign ---------------------------------------------------------------------------- */

static void stop_by(struct finding *f, const char *reason, const char *detail)
{
	f->doing = DOES_NOT;
	f->reason = reason;
	if (f->detail[0] == '\0')
		snprintf(f->detail, sizeof(f->detail), "%s", detail != NULL ? detail : "");
}

static void wait_for(struct finding *f, enum reason reason, const char *rule, int64_t until_ms)
{
	f->doing = DOES_WAIT;
	f->reason = reason_name(reason);
	f->until_ms = until_ms;
	snprintf(f->detail, sizeof(f->detail), "%s", rule);
}

/* What stops it whatever its places, as the judge says it. Returns false if nothing does that time
 * will not mend. */
static bool is_stopped(struct check *c, struct campaign_facts *cf, struct finding *f)
{
	char faults[DETAIL_SIZE];
	struct standing_now n;
	struct stop stop;
	struct brake brake;

	standing_now_read(c->ctl, cf, true, &n);
	standing_brake(&n.in, &brake);
	if (standing_stop(&n.in, STOPS_RELEASE, &stop) && stop.reason != REASON_CAMPAIGN_NOT_STARTED)
		stop_by(f, reason_name(stop.reason),
		        stop.reason == REASON_CAMPAIGN_REJECTED
		            ? campaign_faults_text(&cf->sit.c, faults, sizeof(faults))
		            : stop.rule);
	else if (brake.budget == 0 && brake.reason == REASON_ROUTE_BREAKER)
		stop_by(f, reason_name(brake.reason), brake.rule);
	else if (c->no_daemon != NULL)
		stop_by(f, "daemon-down", c->no_daemon);
	else if (!is_taken_from(c, cf->sit.c.route, f))
		stop_by(f, "nobody-taking", NULL);
	return f->doing == DOES_NOT;
}

/* Which of its places are open then, and if none is, which opens first. */
static void look_at_places(const struct check *c, struct campaign_facts *cf, const struct outlook *o,
                           struct finding *f)
{
	char name[PLACE_NAME_SIZE];
	int64_t first_ms = INT64_MAX;

	for (size_t i = 0; i < o->r.place_count; i++) {
		const struct place_view *v = place_view_at(&cf->views, o->r.places[i], c->at_ms);
		int64_t last_ms = v->close_ms - (int64_t)cf->sit.c.guard_s * 1000;
		int64_t due_ms, due = forecast_due(o->model, o->r.places[i], c->at_ms, &due_ms);

		bool open = standing_is_open(&cf->sit, v, c->at_ms);

		if (open && due == 0) {
			if (due_ms < first_ms) {
				first_ms = due_ms;
				wait_for(f, REASON_NOT_BEFORE, "", due_ms);
			}
		} else if (open) {
			f->may_go += due;
			f->close_ms =
			    f->close_ms == TIME_NONE || last_ms > f->close_ms ? last_ms : f->close_ms;
			json_array_append_new(f->places, print_json_text(place_name(c->ctl->rulebook,
			                                                            o->r.places[i], name)));
		} else if (v->next_open_ms != TIME_NONE && v->next_open_ms < first_ms) {
			first_ms = v->next_open_ms;
			wait_for(f, v->open ? REASON_WINDOW_CLOSING : v->why, v->open ? "guard" : v->rule,
			         first_ms);
		}
	}
	if (f->may_go > 0) {
		*f = (struct finding){ .doing = DOES_RELEASE,
			               .reason = reason_name(REASON_ALLOWED),
			               .until_ms = TIME_NONE,
			               .waiting = f->waiting,
			               .may_go = f->may_go,
			               .per_h = o->pace.interval_ms > 0 ? 3600000 / o->pace.interval_ms : 0,
			               .close_ms = f->close_ms,
			               .places = f->places };
	} else if (first_ms == INT64_MAX) {
		stop_by(f, reason_name(REASON_PLACE_UNKNOWN),
		        lang_pick(c->french, "none of its places ever opens",
		                  "aucun de ses lieux n'ouvre jamais"));
	}
}

static void examine(struct check *c, const char *id, struct finding *f)
{
	struct campaign_facts *cf = facts_read(c->ctl, id, c->at_ms);
	struct outlook *o = outlook_estimate(c->ctl, id, true);
	bool sound = cf->sit.c.fault_count == 0;

	*f = (struct finding){ .until_ms = TIME_NONE, .close_ms = TIME_NONE, .places = json_array() };
	f->waiting = o->waiting;
	if (f->waiting == 0 && sound) {
		f->doing = DOES_NOTHING;
		f->reason = reason_name(REASON_NOTHING_QUEUED);
	} else if (!is_stopped(c, cf, f)) {
		if (c->at_ms < cf->sit.c.start_ms)
			wait_for(f, REASON_CAMPAIGN_NOT_STARTED, "start", cf->sit.c.start_ms);
		else
			look_at_places(c, cf, o, f);
	}
	outlook_free(o);
	facts_free(cf);
}

/* --- T ------------------------------------------------------------------------------------------ */

/* The next opening among the places of what waits; now if nothing does. */
static int64_t next_opening(struct ctl *ctl, const struct names *ids)
{
	int64_t now_ms = ctl_now_ms(ctl), first_ms = INT64_MAX;

	for (size_t i = 0; i < ids->count; i++) {
		struct outlook *o = outlook_estimate(ctl, ids->list[i], true);

		for (size_t p = 0; p < o->r.place_count; p++) {
			const struct place_view *v = place_view_at(&o->cf->views, o->r.places[p], now_ms);

			if (v->next_open_ms != TIME_NONE && v->next_open_ms < first_ms)
				first_ms = v->next_open_ms;
		}
		outlook_free(o);
	}
	return first_ms != INT64_MAX ? first_ms : now_ms;
}

/* --- output -------------------------------------------------------------------------------------- */

static json_t *finding_json(const char *id, const struct finding *f)
{
	json_t *object =
	    print_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:O}", "campaign", id, "does", preflight_does[f->doing],
	               "reason", f->reason, "detail", f->detail, "waiting", (json_int_t)f->waiting, "may_go",
	               (json_int_t)f->may_go, "places", f->places);

	json_object_set_new(object, "until", ctl_json_time(f->until_ms));
	json_object_set_new(object, "until_close", ctl_json_time(f->close_ms));
	json_object_set_new(object, "per_h", f->per_h > 0 ? json_real(f->per_h) : json_null());
	return object;
}

/* --- one space, or all ---------------------------------------------------------------------------- */

static json_t *opening_there(struct ctl *ctl, void *arg)
{
	struct names ids;

	(void)arg;
	ctl_rulebook(ctl);
	(void)campaigns_seen(ctl, &ids);
	int64_t at_ms = next_opening(ctl, &ids);

	names_done(&ids);
	return json_integer(at_ms);
}

struct wanted {
	int64_t at_ms;
	bool french;
};

/* Every campaign of the space of the session: {campaigns, others}. */
static json_t *examine_there(struct ctl *ctl, void *arg)
{
	const struct wanted *w = arg;
	json_t *list = json_array();
	struct names ids;

	ctl_rulebook(ctl);
	size_t others = campaigns_seen(ctl, &ids);
	struct check c = { .ctl = ctl,
		           .french = w->french,
		           .now_ms = ctl_now_ms(ctl),
		           .at_ms = w->at_ms,
		           .no_daemon = daemon_fault(ctl, w->french) };

	for (size_t i = 0; i < ids.count; i++) {
		struct finding f;

		if (!id_is_valid(ids.list[i], strlen(ids.list[i])))
			continue;
		ctl_progress("preflight", (int64_t)i + 1);
		examine(&c, ids.list[i], &f);
		json_array_append_new(list, finding_json(ids.list[i], &f));
		json_decref(f.places);
	}
	ctl_progress("", -1);
	names_done(&ids);
	return print_pack("{s:o,s:I}", "campaigns", list, "others", (json_int_t)others);
}

static json_t *examine_everywhere(struct ctl *ctl, struct everywhere *e, struct wanted *w)
{
	json_t *list = json_array();
	json_int_t others = 0;

	if (w->at_ms == TIME_NONE) {
		w->at_ms = INT64_MAX;
		everywhere_ask(ctl, e, opening_there, NULL);
		for (size_t i = 0; i < e->count; i++) {
			if (e->list[i].answer == NULL)
				continue;
			int64_t ms = json_integer_value(e->list[i].answer);

			w->at_ms = ms < w->at_ms ? ms : w->at_ms;
			everywhere_forget(&e->list[i]);
		}
		if (w->at_ms == INT64_MAX)
			w->at_ms = ctl_now_ms(ctl);
	}
	everywhere_ask(ctl, e, examine_there, w);
	for (size_t i = 0; i < e->count; i++) {
		everywhere_add_rows(list, &e->list[i], json_object_get(e->list[i].answer, "campaigns"));
		others += json_integer_value(json_object_get(e->list[i].answer, "others"));
	}
	return print_pack("{s:o,s:I}", "campaigns", list, "others", others);
}

static int run_preflight(struct ctl *ctl, int argc, char **argv)
{
	const char *at = NULL;
	const struct ctl_option options[] = { { "--at", &at, NULL }, { NULL, NULL, NULL } };
	struct everywhere e;
	int stopped = 0;
	const json_t *f;
	size_t i;

	ctl_words(ctl, argc, argv, options);
	struct wanted w = { .at_ms = at != NULL ? ctl_read_time(ctl, "--at", at) : TIME_NONE,
		            .french = ctl->french };

	ctl_rulebook(ctl);
	everywhere_open(ctl, true, &e);
	if (e.count == 0 && w.at_ms == TIME_NONE) {
		json_t *opening = opening_there(ctl, NULL);

		w.at_ms = json_integer_value(opening);
		json_decref(opening);
	}
	json_t *all = e.count > 0 ? examine_everywhere(ctl, &e, &w) : examine_there(ctl, &w),
	       *list = json_object_get(all, "campaigns");

	everywhere_say(ctl, &e, w.french);
	everywhere_must_answer(ctl, &e,
	                       error_pick("what campaigns will do is not known",
	                                  "on ignore ce que feront les campagnes"));
	json_array_foreach(list, i, f)
	{
		stopped +=
		    strcmp(json_string_value(json_object_get(f, "does")), preflight_does[DOES_NOT]) == 0;
	}
	if (ctl->json)
		ctl_print_json(print_pack("{s:o,s:i,s:O}", "at", ctl_json_time(w.at_ms), "stopped", stopped,
		                          "campaigns", list));
	else
		preflight_print(ctl, list, w.at_ms, &e, w.french);
	campaigns_tell_others((size_t)json_integer_value(json_object_get(all, "others")));
	json_decref(all);
	everywhere_close(&e);
	return stopped > 0 ? 1 : 0;
}

const struct command ctl_preflight_commands[] = {
	{ .name = "preflight",
	  .usage = "",
	  .summary = "what each campaign will do at the next opening",
	  .needs_redis = true,
	  .run = run_preflight,
	  .example = "licetctl preflight --at 2026-11-25T10:00:00+01:00",
	  .details =
	      "It judges as of T: whether lists are still fresh, whether definitions are sound by the law "
	      "of that day, whether licetd runs, and whether a sender takes jobs of the route, as far as "
	      "leases and records show.\n"
	      "Exit 1 if a campaign is stopped: somebody has to act. A campaign that waits for its start or "
	      "a later opening is not stopped, nor is one without jobs. The places of queued jobs are those "
	      "of the first jobs. If there are several spaces, it shows all, unless --space names one.\n" },
	{ 0 },
};
