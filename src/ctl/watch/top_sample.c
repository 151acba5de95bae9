/* top_sample.c - see top.h. */
#include "ctl/watch/top_sample.h"

#include "core/job/job.h"
#include "core/law/window.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/law/place_arg.h"
#include "ctl/query/campaigns_seen.h"
#include "ctl/query/history_read.h"
#include "ctl/sender/breaker.h"
#include "ctl/watch/top.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HORIZON_DAYS 400
#define CHUNK 200 /* campaigns whose replies are on their way */

static void copy_text(char *buf, size_t size, const char *text)
{
	snprintf(buf, size, "%s", text != NULL ? text : "");
}

/* --- places and reasons --------------------------------------------------------------------- */

static void add_place(struct ctl *ctl, struct top *t, const char *name, int64_t held)
{
	uint32_t place;
	size_t i = 0;

	if (held <= 0 || !place_parse(ctl->rulebook, name, strlen(name), &place))
		return;
	while (i < t->place_count && t->places[i].place != place)
		i++;
	if (i == TOP_PLACES_MAX)
		return;
	if (i == t->place_count) {
		t->places[t->place_count++] = (struct top_place){ .place = place };
		copy_text(t->places[i].name, sizeof(t->places[i].name), name);
	}
	t->places[i].held += held;
}

static void add_reason(struct top *t, const char *name, int64_t count)
{
	enum reason reason;
	size_t i = 0;

	if (count <= 0 || !reason_find(name, strlen(name), &reason))
		return;
	while (i < t->reason_count && t->reasons[i].reason != reason)
		i++;
	if (i == t->reason_count) {
		t->reasons[i].reason = reason;
		t->reasons[t->reason_count++].count = 0;
	}
	t->reasons[i].count += count;
}

static void find_opening(const struct ctl *ctl, const struct top *t, struct top_place *p)
{
	const struct rulebook *rb = ctl->rulebook;
	const struct zone *zone;
	char local[LANG_LOCAL_SIZE];

	p->open = window_is_open(rb, p->place, NULL, t->at_ms);
	bool known = p->open ? window_next_close(rb, p->place, NULL, t->at_ms, &p->open_ms)
	                     : window_next_open(rb, p->place, NULL, t->at_ms, HORIZON_DAYS, &p->open_ms);

	if (!known || ctl_place_zones(rb, p->place, &zone, 1) == 0) {
		p->open_ms = TIME_NONE;
		copy_text(p->opening, sizeof(p->opening),
		          lang_pick(ctl->french, "nobody knows when", "on ignore quand"));
		return;
	}
	snprintf(p->opening, sizeof(p->opening), "%s%s",
	         !p->open ? "" : lang_pick(ctl->french, "open until ", "ouvert jusqu'à "),
	         lang_local(ctl->french, zone, p->open_ms, local));
}

static int by_held(const void *a, const void *b)
{
	const struct top_place *p = a, *q = b;

	return p->held != q->held ? (p->held > q->held ? -1 : 1) : strcmp(p->name, q->name);
}

/* --- campaigns -------------------------------------------------------------------------------- */

static const struct top_campaign *find_before(const struct top_campaign *list, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].id, id) == 0)
			return &list[i];
	return NULL;
}

void top_add_counts(struct top_campaign *all, const struct top_campaign *c)
{
	all->queue += c->queue;
	all->held += c->held;
	all->later += c->later;
	all->ready += c->ready;
	all->taken += c->taken;
	all->unknown += c->unknown;
	all->done += c->done;
	all->refused += c->refused;
	all->rate += c->rate;
}

static void take_stats(struct ctl *ctl, struct top *t, const struct hash *stats, struct top_campaign *c)
{
	static const char held[] = "held.", refused[] = "refused.";

	c->held = hash_int(stats, "held");
	c->later = hash_int(stats, "later");
	c->ready = hash_int(stats, "ready");
	c->taken = hash_int(stats, "taken");
	c->unknown = hash_int(stats, "unknown");
	c->done = hash_int(stats, "done");
	c->refused = hash_int(stats, "refused");
	c->released = hash_int(stats, "released");
	for (size_t i = 0; i < stats->fields.count; i++) {
		const char *name = stats->fields.names[i];
		int64_t n = strtoll(stats->fields.values[i] != NULL ? stats->fields.values[i] : "", NULL, 10);

		if (strncmp(name, held, strlen(held)) == 0)
			add_place(ctl, t, name + strlen(held), n);
		else if (strncmp(name, refused, strlen(refused)) == 0)
			add_reason(t, name + strlen(refused), n);
	}
}

static void take_campaign(struct ctl *ctl, struct top *t, const char *id, struct top_campaign *c)
{
	struct hash state, stats;

	hash_take(&state, ask_next(ctl));
	hash_take(&stats, ask_next(ctl));
	struct redis_reply *queue = ask_next(ctl);

	copy_text(c->id, sizeof(c->id), id);
	copy_text(c->state, sizeof(c->state), hash_get(&state, "state"));
	copy_text(c->because, sizeof(c->because), hash_get(&state, "because"));
	const char *until = hash_get(&state, "until");

	c->until_ms = TIME_NONE;
	if (until != NULL)
		(void)civil_parse_instant(until, strlen(until), &c->until_ms);
	c->need = need_of(c->state, c->because);
	c->queue = reply_int(queue, 0);
	take_stats(ctl, t, &stats, c);
	hash_done(&state);
	hash_done(&stats);
	reply_free(queue);
}

static void read_campaigns(struct ctl *ctl, struct top *t, const struct top *before)
{
	double elapsed_s = (double)(t->read_ms - before->read_ms) / 1000;
	struct names ids;

	t->others = campaigns_seen(ctl, &ids);
	t->count = ids.count;
	t->list = mem_zero((ids.count + 1) * sizeof(*t->list));
	for (size_t at = 0; at < ids.count; at += CHUNK) {
		size_t end = at + CHUNK < ids.count ? at + CHUNK : ids.count;

		for (size_t i = at; i < end; i++)
			ask_send_standing(ctl, ids.list[i]);
		for (size_t i = at; i < end; i++) {
			struct top_campaign *c = &t->list[i];

			take_campaign(ctl, t, ids.list[i], c);
			const struct top_campaign *was = find_before(before->list, before->count, c->id);

			if (was != NULL && elapsed_s > 0 && c->released > was->released)
				c->rate = (double)(c->released - was->released) / elapsed_s;
			top_add_counts(&t->total, c);
		}
	}
	names_done(&ids);
}

/* The hours are added to once a minute, and so asked for as often. */
static void read_hours(struct ctl *ctl, struct top *t, const struct top *before)
{
	t->hours_minute = t->at_ms / 60000;
	bool fresh = t->hours_minute != before->hours_minute || t->count != before->count;

	for (size_t at = 0; at < t->count; at += CHUNK) {
		size_t end = at + CHUNK < t->count ? at + CHUNK : t->count;

		for (size_t i = at; i < end && fresh; i++)
			history_send(ctl, t->list[i].id, t->at_ms, TOP_HOURS);
		for (size_t i = at; i < end; i++) {
			struct top_campaign *c = &t->list[i];
			const struct top_campaign *was =
			    fresh ? NULL : find_before(before->list, before->count, c->id);

			if (fresh)
				history_take(ask_next(ctl), TOP_HOURS, c->hours);
			else if (was != NULL)
				memcpy(c->hours, was->hours, sizeof(c->hours));
			for (size_t k = 0; k < TOP_HOURS; k++)
				t->total.hours[k] += c->hours[k];
		}
	}
}

/* --- the rest ------------------------------------------------------------------------------------ */

static void read_daemon(struct ctl *ctl, struct top *t)
{
	char key[KEY_SIZE], age[LANG_AGE_SIZE];
	struct hash h;
	int64_t beat_ms;

	hash_read(ctl, key_of(ctl->conf.prefix, "daemon", ctl->conf.instance, key), &h);
	const char *at = hash_get(&h, "now"), *version = hash_get(&h, "version");
	const char *policy = hash_get(&h, "redis_policy"), *reload = hash_get(&h, "reload_error");

	t->daemon[0] = '\0';
	if (at != NULL && civil_parse_instant(at, strlen(at), &beat_ms))
		snprintf(t->daemon, sizeof(t->daemon),
		         lang_pick(ctl->french, "%s %s, heartbeat %s ago%s%s%s", "%s %s, vu il y a %s%s%s%s"),
		         ctl->conf.instance, version != NULL ? version : "",
		         lang_age(ctl->french, t->at_ms > beat_ms ? t->at_ms - beat_ms : 0, age),
		         policy != NULL && strcmp(policy, "met") != 0 ? ", redis: " : "",
		         policy != NULL && strcmp(policy, "met") != 0 ? policy : "",
		         reload != NULL && *reload != '\0'
		             ? lang_pick(ctl->french, ", the last reload failed",
		                         ", dernier rechargement refusé")
		             : "");
	hash_done(&h);
}

static void read_halts(struct ctl *ctl, struct top *t)
{
	char key[KEY_SIZE];
	struct hash h;
	size_t used = 0;

	hash_read(ctl, key_global(ctl->conf.prefix, "halt", key), &h);
	t->halts[0] = '\0';
	for (size_t i = 0; i < h.fields.count && used < sizeof(t->halts); i++)
		used +=
		    (size_t)snprintf(t->halts + used, sizeof(t->halts) - used, "%s%s (%s)", i > 0 ? ", " : "",
		                     h.fields.names[i], h.fields.values[i] != NULL ? h.fields.values[i] : "");
	hash_done(&h);
}

/* A line for each: what is ready, who has it, how it fares. */
static void read_routes(struct ctl *ctl, struct top *t)
{
	static const struct {
		const char *command, *part;
	} asks[] = { { "LLEN", "" }, { "HLEN", ":lease" }, { "HLEN", ":unknown" } };
	const char *prefix = ctl->conf.prefix;
	char key[KEY_SIZE];
	struct names ids;

	names_read(ctl, key_global(prefix, "routes", key), &ids);
	t->route_count = ids.count < TOP_ROUTES_MAX ? ids.count : TOP_ROUTES_MAX;
	for (size_t i = 0; i < t->route_count; i++)
		for (size_t k = 0; k < 3; k++)
			ask_send_words(ctl, asks[k].command,
			               key_ready(prefix, ids.list[i], asks[k].part, key));
	for (size_t i = 0; i < t->route_count; i++) {
		struct top_route *r = &t->routes[i];
		int64_t *const counts[] = { &r->ready, &r->leases, &r->unknown };

		copy_text(r->id, sizeof(r->id), ids.list[i]);
		for (size_t k = 0; k < 3; k++) {
			struct redis_reply *reply = ask_next(ctl);

			*counts[k] = reply_int(reply, 0);
			reply_free(reply);
		}
	}
	for (size_t i = 0; i < t->route_count; i++) {
		json_t *health = health_json(ctl, t->routes[i].id);
		char *text = health_text(health, ctl->french);

		copy_text(t->routes[i].health, sizeof(t->routes[i].health), text);
		free(text);
		json_decref(health);
	}
	names_done(&ids);
}

static int by_count(const void *a, const void *b)
{
	const struct top_reason *p = a, *q = b;

	return p->count != q->count ? (p->count > q->count ? -1 : 1) : (int)p->reason - (int)q->reason;
}

static void read_all(struct ctl *ctl, struct top *t, const struct top *before)
{
	ctl->has_now = false; /* it is another now each time */
	t->at_ms = ctl_now_ms(ctl);
	t->read_ms = clock_monotonic_ms();
	read_daemon(ctl, t);
	read_halts(ctl, t);
	read_campaigns(ctl, t, before);
	read_hours(ctl, t, before);
	read_routes(ctl, t);
	ctl_place_zones(ctl->rulebook, TERRITORY_BIT(0), &t->zone, 1);
	for (size_t i = 0; i < t->place_count; i++)
		find_opening(ctl, t, &t->places[i]);
	qsort(t->places, t->place_count, sizeof(t->places[0]), by_held);
	qsort(t->reasons, t->reason_count, sizeof(t->reasons[0]), by_count);
}

void top_read(struct ctl *ctl, struct top *t)
{
	struct top fresh = { 0 };

	if (ctl->outlives_redis && !ctl_try_redis(ctl, t->away, sizeof(t->away)))
		return;
	read_all(ctl, &fresh, t);
	if (ctl_lost_redis(ctl, t->away, sizeof(t->away))) {
		top_done(&fresh);
		return;
	}
	top_done(t);
	*t = fresh;
}

void top_done(struct top *t)
{
	free(t->list);
	*t = (struct top){ 0 };
}

static json_t *hours_json(const int64_t hours[TOP_HOURS])
{
	json_t *list = json_array();

	for (size_t i = 0; i < TOP_HOURS; i++)
		json_array_append_new(list, json_integer(hours[i]));
	return list;
}

json_t *top_json(const struct top *t)
{
	json_t *campaigns = json_array(), *places = json_array(), *reasons = json_object();

	for (size_t i = 0; i < t->count; i++) {
		const struct top_campaign *c = &t->list[i];

		json_array_append_new(campaigns,
		                      print_pack("{s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}",
		                                 "id", c->id, "state", c->state, "because", c->because, "act",
		                                 (int)(c->need == NEED_ACT), "queue", (json_int_t)c->queue,
		                                 "held", (json_int_t)c->held, "later", (json_int_t)c->later,
		                                 "ready", (json_int_t)c->ready, "taken", (json_int_t)c->taken,
		                                 "unknown", (json_int_t)c->unknown, "done",
		                                 (json_int_t)c->done, "refused", (json_int_t)c->refused,
		                                 "released", (json_int_t)c->released, "released_by_hour",
		                                 hours_json(c->hours)));
		if (c->space != NULL)
			json_object_set_new(json_array_get(campaigns, i), "space", print_json_text(c->space));
	}
	for (size_t i = 0; i < t->place_count; i++)
		json_array_append_new(places, print_pack("{s:s,s:I,s:b,s:o}", "place", t->places[i].name,
		                                         "held", (json_int_t)t->places[i].held, "open",
		                                         (int)t->places[i].open,
		                                         t->places[i].open ? "next_close" : "next_open",
		                                         ctl_json_time(t->places[i].open_ms)));
	for (size_t i = 0; i < t->reason_count; i++)
		json_object_set_new(reasons, reason_name(t->reasons[i].reason),
		                    json_integer(t->reasons[i].count));
	json_t *all = print_pack("{s:o,s:s,s:s,s:o,s:I,s:o,s:o,s:o}", "at", ctl_json_time(t->at_ms), "daemon",
	                         t->daemon, "halts", t->halts, "campaigns", campaigns, "campaigns_of_others",
	                         (json_int_t)t->others, "places", places, "refused", reasons,
	                         "released_by_hour", hours_json(t->total.hours));

	if (t->spaces > 0) {
		json_object_set_new(all, "spaces", json_integer((json_int_t)t->spaces));
		json_object_set_new(all, "away", print_json_text(t->away));
	}
	return all;
}
