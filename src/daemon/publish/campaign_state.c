/* campaign_state.c - what is published of campaigns and places: why each stands or runs.
 *
 * Written only when it changed: `redis-cli HGETALL licet:campaign:<c>:state` is the
 * dashboard, and since tells how long. */
#include "daemon/publish/campaign_state.h"

#include "core/campaign/need.h"
#include "core/law/window.h"
#include "core/text/reason.h"
#include "core/time/civil.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/publish/heartbeat.h"
#include "daemon/publish/publication.h"
#include "daemon/schedule/gate.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	char faults[4096], key[KEY_SIZE];
	run_standing(d, run, now_ms, &s);
	if (was_published(run, &s))
		return;
	run->shown_judged = run->judged;
	run->shown_until_ms = s.until_ms;
	snprintf(run->shown_rule, sizeof(run->shown_rule), "%.63s", s.rule);
	campaign_faults_text(&run->sit.c, faults, sizeof(faults));
	if (!run->recall_changed) /* keep publishing the old fingerprint while ready jobs built from it may exist */
		memcpy(run->shown_made_by, run->made_by, sizeof(run->shown_made_by));
	char *text = mem_format("%s|%s|%s|%" PRId64 "|%s|%s|%s|%s|%d", s.state, reason_name(s.because),
	                        s.rule, s.until_ms, faults, run->sit.c.warning,
	                        run->sit.halt_why != NULL ? run->sit.halt_why : "", run->shown_made_by,
	                        (int)run->sit.c.status);
	if (run->published != NULL && strcmp(text, run->published) == 0) {
		free(text);
		return;
	}
	if (strcmp(run->state, s.state) != 0 || strcmp(run->because, reason_name(s.because)) != 0)
		run->since_ms = now_ms;
	free(run->published);
	run->published = text;
	snprintf(run->state, sizeof(run->state), "%s", s.state);
	snprintf(run->because, sizeof(run->because), "%s", reason_name(s.because));
	struct redis_args a;
	publication_start(&a, key_campaign(d->conf.prefix, run->id, "state", key), 0);
	args_add(&a, "state");
	args_addf(&a, "%s", s.state);
	args_add(&a, "because");
	args_addf(&a, "%s", reason_name(s.because));
	args_add(&a, "rule");
	args_addf(&a, "%s", s.rule);
	publication_instant(&a, "since", run->since_ms);
	publication_instant(&a, "until", s.until_ms);
	args_add(&a, "faults");
	args_addf(&a, "%s", faults);
	args_add(&a, "warning"); /* lawful, and better otherwise */
	args_addf(&a, "%s", run->sit.c.warning);
	args_add(&a, "note");
	args_addf(&a, "%s", run->sit.halt_why != NULL ? run->sit.halt_why : "");
	args_add(&a, "status"); /* of the definition, as it was read: whoever changed it waits for that */
	args_add(&a, run->ready_to_work ? campaign_status_name(run->sit.c.status) : "");
	args_add(&a, "definition");
	args_addf(&a, "%s", run->shown_made_by);
	publication_end(d, &a);
}

/* --- the log --------------------------------------------------------------------------------- */

#define FULL_LONG_MS 60000 /* a route that has been full for so long: senders take too little */

static bool is_because(const char *because, enum reason reason)
{
	return strcmp(because, reason_name(reason)) == 0;
}

/* While it runs, backlog and rates hold it up and let it go many times a second. */
static bool flutters(const char *state, const char *because)
{
	return strcmp(state, "running") == 0 &&
	       (is_because(because, REASON_ALLOWED) || is_because(because, REASON_ROUTE_FULL) ||
	        is_because(because, REASON_RATE_LIMIT));
}

/* Is what is published now a change that the log has to tell? *ret_full: of a route that stays full. */
static bool is_news(const struct run *run, int64_t now_ms, bool *ret_full)
{
	*ret_full = is_because(run->because, REASON_ROUTE_FULL) && now_ms - run->since_ms >= FULL_LONG_MS;
	if (flutters(run->logged_state, run->logged_because) && flutters(run->state, run->because))
		return *ret_full != run->logged_full;
	return strcmp(run->logged_state, run->state) != 0 || strcmp(run->logged_because, run->because) != 0;
}

static void log_campaign(const struct daemon *d, struct run *run, int64_t now_ms)
{
	char at[CIVIL_INSTANT_SIZE];
	enum reason reason = REASON_ALLOWED;
	bool full, first = run->logged_state[0] == '\0';
	if (run->state[0] == '\0' || !is_news(run, now_ms, &full))
		return;
	bool act = full || need_of(run->state, run->because) == NEED_ACT;
	reason_find(run->because, strlen(run->because), &reason);
	const char *until =
	    run->shown_until_ms != TIME_NONE ? civil_format_instant(run->shown_until_ms, at) : "-";
	if (act)
		say_warn(d, "campaign",
		         "id=%s state=%s because=%s rule=\"%s\" until=%s means=\"%s\" action=\"%s\"", run->id,
		         run->state, run->because, run->shown_rule, until, reason_text(reason),
		         reason_remedy(reason));
	else if (!first)
		say_info(d, "campaign", "id=%s state=%s because=%s rule=\"%s\" until=%s", run->id, run->state,
		         run->because, run->shown_rule, until);
	snprintf(run->logged_state, sizeof(run->logged_state), "%s", run->state);
	snprintf(run->logged_because, sizeof(run->logged_because), "%s", run->because);
	run->logged_full = full;
}

/* --- places --------------------------------------------------------------------------------- */

static void publish_place(struct daemon *d, const struct place_view *v, const char *name)
{
	char key[KEY_SIZE];
	struct redis_args a;
	publication_start(&a, key_of(d->conf.prefix, "place", name, key), 0);
	args_add(&a, "open");
	args_add(&a, v->open ? "yes" : "no");
	publication_instant(&a, "next_open", v->next_open_ms);
	publication_instant(&a, "next_close", v->open ? v->close_ms : TIME_NONE);
	args_add(&a, "why");
	args_addf(&a, "%s", reason_name(v->why));
	args_add(&a, "rule");
	args_addf(&a, "%s", v->rule);
	publication_end(d, &a);
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

void state_forget(struct daemon *d)
{
	for (size_t i = 0; i < d->run_count; i++) {
		free(d->runs[i]->published);
		d->runs[i]->published = NULL;
	}
	d->place_count = 0;
}

void state_turn(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	bool refused_now = d->reading_refused[0] != '\0' || d->moving_ms != 0;
	if ((!d->catalog_known && !refused_now) || !redis_link_is_up(d->link) || !d->library_ok)
		return;
	for (size_t i = 0; i < d->run_count; i++)
		if ((d->runs[i]->ready_to_work || refused_now) && d->runs[i]->listed) {
			publish_campaign(d, d->runs[i], now_ms);
			log_campaign(d, d->runs[i], now_ms);
		}
	publish_places(d, now_ms);
	heartbeat_gate(d);
}
