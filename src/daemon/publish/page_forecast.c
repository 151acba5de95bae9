/* page_forecast.c - see page_forecast.h. */
#include "daemon/publish/page_forecast.h"

#include "core/campaign/need.h"
#include "core/forecast/outline.h"
#include "core/forecast/sample.h"
#include "core/time/civil.h"
#include "core/time/zone.h"
#include "daemon/base/turn.h"
#include "daemon/model/runs.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_LOOKED_AT "40" /* of the queue, and of those that wait for a time */
#define JOB_BYTES "2000"    /* a longer one is left out */
#define DAYS_SHOWN 120      /* at most; and some behind the end */
#define DAYS_BEHIND 2

enum part { STATS, HOURS, QUEUE, LATER, PARTS };

struct asked { /* of one forecast */
	char id[ID_MAX + 1];
	struct redis_reply *parts[PARTS]; /* NULL: not answered */
};

struct question {
	struct page_sheet *sheet;
	enum part part;
};

/* --- asking -------------------------------------------------------------------------------------- */

static void on_part(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct asked *asked = q->sheet->own;
	if (reply != NULL && !reply_is_error(reply))
		asked->parts[q->part] = reply_copy(reply);
	page_told(q->sheet);
	free(q);
}

static void ask(struct page_sheet *sheet, enum part part)
{
	struct daemon *d = sheet->d;
	const struct asked *asked = sheet->own;
	struct question *q = mem_zero(sizeof(*q));
	struct redis_args a;
	char key[KEY_SIZE];
	*q = (struct question){ sheet, part };
	switch (part) {
	case STATS:
	case HOURS:
		args_init(&a);
		args_add(&a, "HGETALL");
		args_add(&a, key_campaign(d->conf.prefix, asked->id, part == STATS ? "stats" : "hours", key));
		break;
	case QUEUE:
		args_fcall_ro(&a, "licet_peek", key_campaign(d->conf.prefix, asked->id, "queue", key));
		args_add(&a, "0");
		args_add(&a, JOBS_LOOKED_AT);
		args_add(&a, JOB_BYTES);
		break;
	default:
		args_init(&a);
		args_add(&a, "ZRANGE");
		args_add(&a, key_campaign(d->conf.prefix, asked->id, "later", key));
		args_add(&a, "0");
		args_add(&a, JOBS_LOOKED_AT);
		args_add(&a, "WITHSCORES");
	}
	page_wait(sheet);
	if (!redis_link_call(d->link, &a, 0, on_part, q)) {
		page_told(sheet);
		free(q);
	}
	args_done(&a);
}

/* --- what is known --------------------------------------------------------------------------------- */

static void find_limits(struct daemon *d, const struct run *run, const struct campaign *c,
                        const struct asked *asked, struct forecast_limits *ret)
{
	struct forecast_shares *shares = mem_zero(sizeof(*shares));
	struct history *h = mem_zero(sizeof(*h));
	const struct redis_reply *hours = asked->parts[HOURS];
	int64_t now_ms = turn_now(d);
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *other = d->runs[i];
		if (other != run && other->listed)
			forecast_share_note(shares, c, &other->sit.c, other->sit.halt_scope != NULL,
			                    other->jobs.queue_len + other->jobs.held +
			                        other->jobs.later_count,
			                    now_ms);
	}
	for (size_t i = 0; i + 1 < reply_count(hours); i += 2) {
		const char *field = reply_text(reply_at(hours, i), NULL);
		if (field != NULL)
			(void)history_note(h, field, reply_int(reply_at(hours, i + 1), 0));
	}
	*ret = (struct forecast_limits){ .campaign_ms = c->interval_ms,
		                         .campaign_known_ms = run->jobs.pace_ms,
		                         .route_ms = forecast_share_ms(shares, c),
		                         .route_known_ms = run->jobs.route_pace_ms };
	forecast_limit_history(ret, h, now_ms);
	free(shares);
	free(h);
}

static void find_retries(struct forecast *f, const struct campaign *c, const struct redis_reply *stats)
{
	struct forecast_retry how[RETRY_OUTCOMES];
	int64_t ended[RETRY_OUTCOMES], calls = reply_int(reply_field(stats, "done"), 0);
	char name[40];
	for (int i = 0; i < RETRY_OUTCOMES; i++) {
		snprintf(name, sizeof(name), "retried.%s", retry_outcomes[i]);
		ended[i] = reply_int(reply_field(stats, name), 0);
		calls += ended[i];
		snprintf(name, sizeof(name), "done.%s", retry_outcomes[i]);
		ended[i] += reply_int(reply_field(stats, name), 0);
	}
	if (forecast_retries(c, calls, ended, how) > 0)
		forecast_retry(f, how);
}

/* What waits: by place as it is counted, and as the first jobs are for the rest. */
static bool fill(const struct forecast_sampler *s, const struct run *run, const struct asked *asked)
{
	const struct redis_reply *queue = asked->parts[QUEUE], *later = asked->parts[LATER];
	struct forecast_sample *jobs =
	    mem_zero((reply_count(queue) + reply_count(later) + 1) * sizeof(*jobs));
	size_t n = 0;
	bool added = true;
	for (size_t i = 0; i < run->jobs.held_count; i++)
		if (run->jobs.helds[i].place != 0)
			added = added &&
			        forecast_sample_held(s, run->jobs.helds[i].place, run->jobs.helds[i].count);
	for (size_t i = 0; i < reply_count(queue); i++) {
		jobs[n].text = reply_text(reply_at(queue, i), &jobs[n].len);
		n += jobs[n].text != NULL;
	}
	if (n > 0)
		added = added && forecast_sample_queue(s, jobs, n, run->jobs.queue_len);
	n = 0;
	for (size_t i = 0; i + 1 < reply_count(later); i += 2) {
		const char *score = reply_text(reply_at(later, i + 1), NULL);
		jobs[n].text = reply_text(reply_at(later, i), &jobs[n].len);
		jobs[n].from_ms = score != NULL ? (int64_t)strtod(score, NULL) : 0;
		n += jobs[n].text != NULL;
	}
	if (n > 0)
		added =
		    added && forecast_sample_later(s, jobs, n,
		                                   run->jobs.later_count > (int64_t)n ? run->jobs.later_count
		                                                                      : (int64_t)n);
	free(jobs);
	return added;
}

/* --- what it comes to --------------------------------------------------------------------------------- */

static const struct zone *zone_of(const struct rulebook *rb, uint32_t place)
{
	for (size_t t = 0; t < rb->territory_count; t++)
		if ((place & TERRITORY_BIT(t)) != 0 && rb->territories[t].zone_count > 0)
			return rb->territories[t].zones[0];
	return rb->territories[0].zones[0];
}

/* Each day from today to the end of the band, and a little behind it: what goes out, what is left, why nothing
 * does. */
static json_t *days(const struct rulebook *rb, const struct zone *zone, const struct forecast_result *r,
                    int64_t now_ms, int64_t late_ms)
{
	struct forecast_day day = { .date = INT32_MIN };
	json_t *list = json_array();
	int32_t second,
	    today = zone_local_date(zone, now_ms, &second),
	    last = zone_local_date(zone, late_ms != TIME_NONE ? late_ms : now_ms, &second) + DAYS_BEHIND;
	bool more = forecast_day_next(rb, r, &day);
	int64_t left = 0;
	for (size_t p = 0; p < r->place_count; p++)
		left += r->totals[p];
	for (int32_t date = today; date <= last && date - today < DAYS_SHOWN; date++) {
		char text[CIVIL_DATE_SIZE];
		bool known = more && day.date == date;
		left = known ? day.left : left;
		json_array_append_new(list,
		                      json_pack("{s:s, s:I, s:I, s:s}", "date", civil_format_date(date, text),
		                                "released", known ? (json_int_t)day.released : 0, "left",
		                                (json_int_t)left, "closed",
		                                forecast_closed(rb, r->places, r->place_count, date)));
		if (known)
			more = forecast_day_next(rb, r, &day);
	}
	return list;
}

static void set_day(json_t *o, const char *name, const struct zone *zone, int64_t ms)
{
	char text[CIVIL_DATE_SIZE];
	int32_t second;
	json_object_set_new(o, name,
	                    ms == TIME_NONE
	                        ? json_null()
	                        : json_string(civil_format_date(zone_local_date(zone, ms, &second), text)));
}

static void tell(json_t *o, struct daemon *d, const struct campaign *c, const struct forecast_limits *l,
                 struct forecast *f)
{
	struct forecast_band band;
	struct forecast_pace pace;
	struct forecast_result r;
	int64_t now_ms = turn_now(d);
	enum rate_source from = forecast_pace_of(l, &pace);
	if (!forecast_band(f, c, now_ms, l, &band) || !forecast_run(f, &pace, &r))
		return;
	page_instant(o, "finish", forecast_finish(&r, c, now_ms));
	page_instant(o, "early", band.early_ms);
	page_instant(o, "late", band.late_ms);
	json_object_set_new(o, "early_per_h", json_real(band.early_per_h));
	json_object_set_new(o, "late_per_h", json_real(band.late_per_h));
	json_object_set_new(o, "rate_from", json_string(rate_source_name(from)));
	page_number(o, "per_h",
	            pace.interval_ms > 0 ? (int64_t)(HISTORY_HOUR_MS / pace.interval_ms + 0.5) : 0);
	page_number(o, "hours", (int64_t)l->history_hours);
	page_number(o, "waiting", r.total);
	page_number(o, "released", r.released - r.again);
	page_number(o, "again", r.again);
	page_number(o, "never", r.never_count);
	page_number(o, "left", r.left);
	json_object_set_new(o, "end_first", json_boolean(r.end_first));
	const struct zone *zone = zone_of(d->rb, r.place_count > 0 ? r.places[0] : 0);
	json_object_set_new(o, "zone", json_string(zone_name(zone)));
	set_day(o, "early_day", zone, band.early_ms);
	set_day(o, "late_day", zone, band.late_ms);
	json_object_set_new(o, "days", days(d->rb, zone, &r, now_ms, band.late_ms));
}

/* All is answered. */
static void reckon(struct page_sheet *sheet)
{
	struct daemon *d = sheet->d;
	struct asked *asked = sheet->own;
	const struct run *run = run_find(d, asked->id);
	struct forecast_limits limits;
	if (run != NULL && run->listed) {
		struct campaign c = run->sit.c;
		forecast_unblock(&c, turn_now(d));
		struct place_views *views = mem_zero(sizeof(*views));
		const struct forecast_sampler s = { forecast_new(d->rb, &c, turn_now(d)), &c, views,
			                            turn_now(d) };
		place_views_init(views, d->rb, c.has_window ? &c.window : NULL);
		find_limits(d, run, &c, asked, &limits);
		if (s.f != NULL && fill(&s, run, asked)) {
			find_retries(s.f, &c, asked->parts[STATS]);
			tell(sheet->json, d, &c, &limits, s.f);
		}
		forecast_free(s.f);
		free(views);
		enum need need = need_of(run->state, run->because);
		json_object_set_new(sheet->json, "blocked",
		                    json_boolean(need == NEED_ACT || need == NEED_PAUSED));
	}
	for (size_t i = 0; i < PARTS; i++)
		reply_free(asked->parts[i]);
	free(asked);
	sheet->own = NULL;
}

bool page_forecast_begin(struct page_sheet *sheet, const char *name)
{
	struct asked *asked;
	const struct run *run = run_find(sheet->d, name);
	if (run == NULL || !run->listed || !run->ready_to_work)
		return false;
	asked = mem_zero(sizeof(*asked));
	snprintf(asked->id, sizeof(asked->id), "%s", run->id);
	sheet->own = asked;
	sheet->finish = reckon;
	page_instant(sheet->json, "at", turn_now(sheet->d));
	for (enum part part = STATS; part < PARTS; part++)
		ask(sheet, part);
	return true;
}
