/* campaign_state.c - what is published: why each campaign stands or runs, places, the daemon.
 *
 * Written only when it changed: `redis-cli HGETALL licet:campaign:<c>:state` is the
 * dashboard, and since tells how long. */
#include "daemon/publish/campaign_state.h"

#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/time/civil.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/schedule/gate.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/notify.h"
#include "io/host/version.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/lua_source.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEARTBEAT_TTL_S 10

static void on_ignored(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

static void publish_start(struct daemon *d, struct redis_args *a, const char *key, int ttl_s)
{
	args_init(a);
	args_add(a, "FCALL");
	args_add(a, "licet_publish");
	args_add(a, "1");
	args_addf(a, "%s", key);
	args_add_int(a, ttl_s);
	(void)d;
}

static void on_published(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "licet_publish");
}

static void publish_end(struct daemon *d, struct redis_args *a)
{
	redis_link_call(d->link, a, 0, on_published, d);
	args_done(a);
}

static void add_instant(struct redis_args *a, const char *name, int64_t ms)
{
	char at[CIVIL_INSTANT_SIZE];
	args_add(a, name);
	args_addf(a, "%s", ms == TIME_NONE || ms == 0 ? "" : civil_format_instant(ms, at));
}

/* --- campaigns ---------------------------------------------------------------------------- */

/* Does the campaign stand as was said? Found without a text: a thousand of them are asked
 * four times a second. */
static bool was_published(const struct run *run, const struct standing *s)
{
	return run->published != NULL && run->judged == run->shown_judged &&
	       s->until_ms == run->shown_until_ms && strcmp(s->rule, run->shown_rule) == 0 &&
	       strcmp(s->state, run->state) == 0 && strcmp(reason_name(s->because), run->because) == 0 &&
	       (run->recall_changed || strcmp(run->made_by, run->shown_made_by) == 0);
}

static void publish_campaign(struct daemon *d, struct run *run, int64_t now_ms)
{
	struct standing s;
	char faults[4096], key[KEY_SIZE], at[CIVIL_INSTANT_SIZE];
	run_standing(d, run, now_ms, &s);
	if (was_published(run, &s))
		return;
	run->shown_judged = run->judged;
	run->shown_until_ms = s.until_ms;
	snprintf(run->shown_rule, sizeof(run->shown_rule), "%.63s", s.rule);
	campaign_faults_text(&run->sit.c, faults, sizeof(faults));
	if (!run->recall_changed) /* keep publishing the old fingerprint while ready jobs built from it may exist */
		memcpy(run->shown_made_by, run->made_by, sizeof(run->shown_made_by));
	char *text = mem_format("%s|%s|%s|%" PRId64 "|%s|%s|%s|%d", s.state, reason_name(s.because), s.rule,
	                        s.until_ms, faults, run->sit.halt_why != NULL ? run->sit.halt_why : "",
	                        run->shown_made_by, (int)run->sit.c.status);
	if (run->published != NULL && strcmp(text, run->published) == 0) {
		free(text);
		return;
	}
	if (strcmp(run->state, s.state) != 0 || strcmp(run->because, reason_name(s.because)) != 0) {
		run->since_ms = now_ms;
		if (run->published != NULL)
			log_info("campaign", "id=%s state=%s because=%s rule=\"%s\" until=%s", run->id,
			         s.state, reason_name(s.because), s.rule,
			         s.until_ms != TIME_NONE ? civil_format_instant(s.until_ms, at) : "-");
	}
	free(run->published);
	run->published = text;
	snprintf(run->state, sizeof(run->state), "%s", s.state);
	snprintf(run->because, sizeof(run->because), "%s", reason_name(s.because));
	struct redis_args a;
	publish_start(d, &a, key_campaign(d->conf.prefix, run->id, "state", key), 0);
	args_add(&a, "state");
	args_addf(&a, "%s", s.state);
	args_add(&a, "because");
	args_addf(&a, "%s", reason_name(s.because));
	args_add(&a, "rule");
	args_addf(&a, "%s", s.rule);
	add_instant(&a, "since", run->since_ms);
	add_instant(&a, "until", s.until_ms);
	args_add(&a, "faults");
	args_addf(&a, "%s", faults);
	args_add(&a, "note");
	args_addf(&a, "%s", run->sit.halt_why != NULL ? run->sit.halt_why : "");
	args_add(&a, "status"); /* of the definition, as it was read: whoever changed it waits for that */
	args_add(&a, run->ready_to_work ? campaign_status_name(run->sit.c.status) : "");
	args_add(&a, "definition");
	args_addf(&a, "%s", run->shown_made_by);
	publish_end(d, &a);
}

/* --- places --------------------------------------------------------------------------------- */

static void publish_place(struct daemon *d, const struct place_view *v, const char *name)
{
	char key[KEY_SIZE];
	struct redis_args a;
	publish_start(d, &a, key_of(d->conf.prefix, "place", name, key), 0);
	args_add(&a, "open");
	args_add(&a, v->open ? "yes" : "no");
	add_instant(&a, "next_open", v->next_open_ms);
	add_instant(&a, "next_close", v->open ? v->close_ms : TIME_NONE);
	args_add(&a, "why");
	args_addf(&a, "%s", reason_name(v->why));
	args_add(&a, "rule");
	args_addf(&a, "%s", v->rule);
	publish_end(d, &a);
}

/* The legal windows of every place that jobs wait for; a campaign's own hours are not
 * the place's. */
static void publish_places(struct daemon *d, int64_t now_ms)
{
	for (size_t i = 0; i < d->run_count; i++) {
		for (size_t h = 0; h < d->runs[i]->jobs.held_count; h++) {
			const struct held_list *held = &d->runs[i]->jobs.helds[h];
			size_t k = 0;
			if (held->place == 0)
				continue;
			while (k < d->place_count && d->places[k].place != held->place)
				k++;
			if (k == d->place_count) {
				if (d->place_count == PLACE_VIEWS_MAX)
					continue;
				d->places[d->place_count++] = (struct shown_place){ .place = held->place };
			}
			const struct place_view *v = place_view_at(&d->legal_views, held->place, now_ms);
			if (d->places[k].shown_ms == v->computed_ms)
				continue;
			d->places[k].shown_ms = v->computed_ms;
			publish_place(d, v, held->name);
		}
	}
}

/* Whoever asks licetctl hears of a gate that was closed within a quarter of a second. */
static void tell_gate(struct daemon *d)
{
	struct gates gates;
	const char *rule;
	char text[sizeof(d->shown_gate)];
	gates_now(d, &gates);
	enum reason gate = gates_first(&gates, &rule);
	snprintf(text, sizeof(text), "%s %s", reason_name(gate), rule);
	if (strcmp(text, d->shown_gate) != 0)
		state_heartbeat(d);
}

void state_turn(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	bool refused_now = d->reading_refused[0] != '\0';
	if ((!d->catalog_known && !refused_now) || !redis_link_is_up(d->link) || !d->library_ok)
		return;
	for (size_t i = 0; i < d->run_count; i++)
		if ((d->runs[i]->ready_to_work || refused_now) && d->runs[i]->listed)
			publish_campaign(d, d->runs[i], now_ms);
	publish_places(d, now_ms);
	tell_gate(d);
}

/* --- the daemon itself ------------------------------------------------------------------------ */

/* --- other instances --------------------------------------------------------------------- */

static void on_present(void *arg, const struct redis_reply *reply)
{
	size_t len;
	const char *other = !refused(arg, reply, "licet_present") ? reply_text(reply, &len) : NULL;
	if (other != NULL)
		gates_mismatch(arg, other);
}

/* Two daemons of one name are told apart by their process. */
static void present(struct daemon *d, int ttl_s)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "FCALL");
	args_add(&a, "licet_present");
	args_add(&a, "1");
	args_add(&a, key_global(d->conf.prefix, "rulebooks", key));
	args_addf(&a, "%s:%d", d->conf.instance, (int)getpid());
	args_add(&a, d->rb->hash);
	args_add_int(&a, ttl_s);
	redis_link_call(d->link, &a, 0, on_present, d);
	args_done(&a);
}

static void on_heartbeat(void *arg, const struct redis_reply *reply)
{
	if (!refused(arg, reply, "licet_publish"))
		replicas_accepted(arg);
}

void state_forget(struct daemon *d)
{
	for (size_t i = 0; i < d->run_count; i++) {
		free(d->runs[i]->published);
		d->runs[i]->published = NULL;
	}
	d->place_count = 0;
}

/* The first gate that is closed: licetctl judges by it. */
static void add_gate(struct daemon *d, struct redis_args *a)
{
	struct gates gates;
	const char *rule;
	gates_now(d, &gates);
	enum reason gate = gates_first(&gates, &rule);
	snprintf(d->shown_gate, sizeof(d->shown_gate), "%s %s", reason_name(gate), rule);
	args_add(a, "gate");
	args_add(a, reason_name(gate));
	args_add(a, "gate_rule");
	args_addf(a, "%s", rule);
}

void state_heartbeat(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (!redis_link_is_up(d->link) || !d->library_ok)
		return;
	int64_t idle_ms = clock_monotonic_ms() - d->progress_ms;
	present(d, HEARTBEAT_TTL_S);
	publish_start(d, &a, key_of(d->conf.prefix, "daemon", d->conf.instance, key), HEARTBEAT_TTL_S);
	args_add(&a, "version");
	args_add(&a, LICET_VERSION);
	args_add(&a, "pid");
	args_add_int(&a, getpid());
	add_instant(&a, "started", d->started_ms);
	add_instant(&a, "now", turn_now(d));
	args_add(&a, "simulated");
	args_add(&a, d->clock.simulated ? "yes" : "no");
	args_add(&a, "rulebook");
	args_addf(&a, "%s %s", d->rb->id, d->rb->version);
	args_add(&a, "rulebook_hash");
	args_add(&a, d->rb->hash);
	args_add(&a, "rulebook_approved_by");
	args_add(&a, d->rb->approved_by);
	args_add(&a, "rulebook_mismatch");
	args_add(&a, d->mismatch);
	args_add(&a, "library");
	args_add(&a, lua_source_hash);
	args_add(&a, "clock_offset_ms");
	args_add_int(&a, d->clock_offset_ms);
	args_add(&a, "progress_age_ms");
	args_add_int(&a, idle_ms);
	args_add(&a, "campaigns");
	args_add_int(&a, (int64_t)d->run_count);
	args_add(&a, "batch");
	args_add_int(&a, d->schedule.batch_size);
	args_add(&a, "redis_policy");
	bool replicas_met = *replicas_why(d) == '\0';
	args_addf(&a, "%s%s%s", d->policy_met && replicas_met ? "met" : d->policy_why,
	          !d->policy_met && !replicas_met ? "; " : "", replicas_why(d));
	add_gate(d, &a);
	args_add(&a, "replicas_acknowledged");
	args_add_int(&a, d->replicas.acked);
	args_add(&a, "waits_short");
	args_add_int(&a, (int64_t)d->replicas.short_count);
	args_add(&a, "appendfsync");
	args_add(&a, d->fsync);
	args_add(&a, "delayed_fsync");
	args_add_int(&a, d->delayed_fsync);
	args_add(&a, "reload_error");
	args_add(&a, d->reload_error);
	args_add(&a, "reloads");
	args_add_int(&a, d->reloads);
	redis_link_call(d->link, &a, 0, on_heartbeat, d);
	args_done(&a);
	if (d->reading_refused[0] != '\0')
		notify_status("nothing moves: Redis refuses what licetd reads: %s", d->reading_refused);
	else if (*replicas_why(d) == '\0')
		notify_status("%zu campaigns, %" PRIu64 " commits, rulebook %s %s", d->run_count,
		              d->seen_commits, d->rb->id, d->rb->version);
}

void state_rulebook(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	const struct numbering *n = &d->rb->numbering;
	publish_start(d, &a, key_global(d->conf.prefix, "numbering", key), 0);
	for (size_t i = 0; i < n->national_count; i++) {
		const struct national_prefix *p = &n->nationals[i];
		if (p->put == NULL || p->put[0] == '\0')
			continue;
		args_addf(&a, "%s/%d", p->prefix, p->digits);
		args_addf(&a, "%d %s", p->drop, p->put);
	}
	publish_end(d, &a);
	if (d->clock.simulated) {
		publish_start(d, &a, key_global(d->conf.prefix, "clock", key), 0);
		args_add(&a, "sim_base_ms");
		args_add_int(&a, d->clock.sim_base_ms);
		args_add(&a, "real_base_ms");
		args_add_int(&a, d->clock.real_base_ms);
		args_add(&a, "speed");
		args_addf(&a, "%.6f", d->clock.speed);
		publish_end(d, &a);
	}
	args_init(&a);
	args_add(&a, "SADD");
	args_addf(&a, "%s", key_global(d->conf.prefix, "routes", key));
	args_add(&a, "main");
	for (size_t i = 0; i < d->route_count; i++)
		args_add(&a, d->routes[i]->id);
	redis_link_call(d->link, &a, 0, on_ignored, d);
	args_reset(&a);
	/* A campaign without a route made one without a name, in earlier versions. */
	args_add(&a, "SREM");
	args_addf(&a, "%s", key_global(d->conf.prefix, "routes", key));
	args_add(&a, "");
	redis_link_call(d->link, &a, 0, on_ignored, d);
	args_done(&a);
}

void state_gone(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	present(d, 0);
	args_init(&a);
	args_add(&a, "DEL");
	args_add(&a, key_of(d->conf.prefix, "daemon", d->conf.instance, key));
	redis_link_call(d->link, &a, 0, on_ignored, d);
	args_done(&a);
}
