/* metrics.c - /metrics for Prometheus and /healthz for who watches.
 *
 * What the daemon knows is told as it is; what only Redis knows is asked when somebody asks
 * us, in few calls and at most once a second. */
#include "daemon/publish/metrics.h"

#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/progress.h"
#include "daemon/model/reading.h"
#include "daemon/model/runs.h"
#include "daemon/proof/tail.h"
#include "daemon/publish/glance.h"
#include "daemon/publish/metric_text.h"
#include "daemon/upkeep/balance.h"
#include "io/host/http.h"
#include "io/host/mem.h"
#include "io/host/version.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 16
#define KEEP_MS 1000       /* an answer is given again for so long */
#define CAMPAIGNS_ASKED 50 /* in one call */
#define CALLS_MAX 16       /* outcomes of one campaign that are told apart */

struct metrics {
	const struct served *served;
	struct web_request *waiting[WAITING_MAX];
	size_t waiting_count;
	size_t asked;            /* calls whose replies have not come */
	struct metric_text *new; /* the page that is being made */
	struct web_text *page;   /* the last one */
	int64_t made_ms;
};

/* The campaigns, or the routes, of one call. */
struct question {
	struct metrics *m;
	struct daemon *d; /* whose; it is not closed before all replies have come */
	size_t first, count;
	char ids[GLANCE_ROUTES_MAX][ID_MAX + 1];
};

/* --- what the daemon knows ------------------------------------------------------------------ */

static double seconds(int64_t ms)
{
	return (double)ms / 1000;
}

/* What is of the process, whatever it serves. */
static void sample_process(struct metrics *m)
{
	const struct rulebook *rb = m->served->rb;
	char version[80];
	metric_sample(m->new, BUILD, 1,
	              "version=\"%s\",rulebook=\"%s\",rulebook_version=\"%s\",rulebook_hash=\"%.16s\"",
	              LICET_VERSION, rb->id, metric_label(rb->version, version, sizeof(version)), rb->hash);
	metric_sample(m->new, RELOAD_FAILED, m->served->reload_error[0] != '\0', NULL);
	metric_sample(m->new, RULEBOOK_SIGNED, rb->approved_by[0] != '\0', NULL);
}

static void sample_health(struct metrics *m, struct daemon *d)
{
	metric_sample(m->new, REDIS_UP, health_good(d), NULL);
	metric_sample(m->new, PROGRESS, seconds(progress_age_ms(d)), NULL);
	metric_sample(m->new, CLOCK_OFFSET, seconds(d->clock_offset_ms), NULL);
	metric_sample(m->new, CLOCK_DOUBT, d->clock_doubt, NULL);
	metric_sample(m->new, POLICY, d->policy_met && *replicas_why(d) == '\0', NULL);
	metric_sample(m->new, FULL, d->memory_full, NULL);
	if (d->memory_used > 0)
		metric_sample(m->new, MEMORY, (double)d->memory_used, NULL);
	if (d->memory_limit > 0)
		metric_sample(m->new, MEMORY_SHARE, (double)d->memory_used / (double)d->memory_limit, NULL);
	metric_sample(m->new, SLOW_DISK, (double)d->delayed_fsync, NULL);
	metric_sample(m->new, REPLICAS, (double)d->replicas.acked, NULL);
	metric_sample(m->new, WAITS_SHORT, (double)d->replicas.short_count, NULL);
	metric_sample(m->new, COMMITS, (double)d->seen_commits, NULL);
}

static void sample_routes(struct metrics *m, struct daemon *d)
{
	for (size_t i = 0; i < d->route_count; i++) {
		const struct route_run *r = d->routes[i];
		char label[ID_MAX + 16];
		snprintf(label, sizeof(label), "route=\"%s\"", r->id);
		metric_sample(m->new, BREAKER, r->why[0] != '\0', "%s", label);
		if (r->p99_ms > 0)
			metric_sample(m->new, P99, seconds(r->p99_ms), "%s", label);
		metric_histogram(m->new, TO_RELEASE, &r->to_release, label);
		metric_histogram(m->new, TO_TAKE, &r->to_take, label);
	}
}

/* Nothing where no decision log is kept. */
static void sample_log(struct metrics *m, struct daemon *d)
{
	struct tail_told t;
	if (!tail_tell(d, &t))
		return;
	metric_sample(m->new, LOG_SIZE, (double)t.size, NULL);
	if (t.sealed_age_ms >= 0)
		metric_sample(m->new, LOG_CHECKPOINT_AGE, seconds(t.sealed_age_ms), NULL);
	if (t.lag_ms >= 0)
		metric_sample(m->new, LOG_LAG, seconds(t.lag_ms), NULL);
	if (t.anchor_age_ms >= 0)
		metric_sample(m->new, LOG_ANCHOR_AGE, seconds(t.anchor_age_ms), NULL);
}

/* Each list that some campaign asks, once. */
static void sample_lists(struct metrics *m, struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	metric_sample(m->new, UNBALANCED, (double)balance_off(d), NULL);
	for (size_t i = 0; i < d->list_count; i++) {
		const struct known_list *l = &d->lists[i];
		if (l->refreshed_ms != TIME_NONE)
			metric_sample(m->new, LIST_AGE, seconds(now_ms - l->refreshed_ms), "list=\"%s\"",
			              l->name);
		metric_sample(m->new, LIST_LATE, l->late[0] != '\0', "list=\"%s\"", l->name);
		metric_sample(m->new, LIST_MEMBERS, (double)l->size, "list=\"%s\"", l->name);
	}
}

static void sample_places(struct metrics *m, struct daemon *d)
{
	char name[PLACE_NAME_SIZE];
	int64_t now_ms = turn_now(d);
	for (size_t i = 0; i < d->place_count; i++) {
		uint32_t place = d->places[i].place;
		const struct place_view *v = place_view_at(&d->legal_views, place, now_ms);
		place_name(d->rb, place, name);
		metric_sample(m->new, PLACE, v->open, "place=\"%s\"", name);
		if (v->next_open_ms != TIME_NONE)
			metric_sample(m->new, NEXT_OPEN, seconds(v->next_open_ms), "place=\"%s\"", name);
	}
}

/* How long the job at the head of its queue has been seen there. */
static int64_t queued_ms(const struct run *run)
{
	int64_t now_ms = clock_monotonic_ms();
	return run->jobs.queue_len > 0 ? now_ms - arrivals_seen_ms(&run->arrivals, run->jobs.intake, now_ms)
	                               : 0;
}

static void sample_states(struct metrics *m, struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		if (!run->listed || run->state[0] == '\0')
			continue;
		metric_sample(m->new, STATE, 1, "campaign=\"%s\",state=\"%s\",because=\"%s\"", run->id,
		              run->state, run->because);
		metric_sample(m->new, SINCE, seconds(now_ms - run->since_ms), "campaign=\"%s\"", run->id);
		metric_sample(m->new, OLDEST_QUEUED, seconds(queued_ms(run)), "campaign=\"%s\"", run->id);
		if (d->conf.metrics_by_advertiser && run->sit.c.named[0] != '\0')
			metric_sample(m->new, CAMPAIGN_INFO, 1,
			              "campaign=\"%s\",advertiser=\"%s\",route=\"%s\"", run->id,
			              run->sit.c.named, run->sit.c.route);
	}
}

/* One counter of licet:campaign:<c>:stats. */
static void sample_counter(struct metrics *m, const char *id, const char *name, double value)
{
	static const char *const where[] = { "held", "later", "ready", "taken", "unknown", "settling" };
	static const char *const ended[] = { "done", "refused", "invalid", "cancelled", "erased" };
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (strcmp(name, where[i]) == 0)
			metric_sample(m->new, JOBS, value, "campaign=\"%s\",where=\"%s\"", id, name);
	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++)
		if (strcmp(name, ended[i]) == 0)
			metric_sample(m->new, ENDED, value, "campaign=\"%s\",end=\"%s\"", id, name);
	char label[PLACE_NAME_SIZE];
	if (strcmp(name, "intake") == 0)
		metric_sample(m->new, INTAKE, value, "campaign=\"%s\"", id);
	else if (strcmp(name, "released") == 0)
		metric_sample(m->new, RELEASED, value, "campaign=\"%s\"", id);
	else if (strncmp(name, "held.", 5) == 0)
		metric_sample(m->new, HELD, value, "campaign=\"%s\",place=\"%s\"", id,
		              metric_label(name + 5, label, sizeof(label)));
	else if (strncmp(name, "refused.", 8) == 0 || strncmp(name, "invalid.", 8) == 0)
		metric_sample(m->new, REASONS_COUNT, value, "campaign=\"%s\",reason=\"%s\"", id,
		              metric_label(name + 8, label, sizeof(label)));
}

/* What senders said of calls; what is tried again was a call as well. */
static void sample_calls(struct metrics *m, const char *id, const struct redis_reply *stats)
{
	static const char *const starts[] = { "done.", "retried." };
	struct {
		const char *outcome;
		int64_t n;
	} calls[CALLS_MAX];
	size_t count = 0;
	for (size_t k = 0; k + 1 < reply_count(stats); k += 2) {
		const char *name = reply_text(reply_at(stats, k), NULL), *outcome = NULL;
		for (size_t s = 0; name != NULL && s < 2; s++)
			if (strncmp(name, starts[s], strlen(starts[s])) == 0)
				outcome = name + strlen(starts[s]);
		size_t at = 0;
		while (outcome != NULL && at < count && strcmp(calls[at].outcome, outcome) != 0)
			at++;
		if (outcome == NULL || at == CALLS_MAX)
			continue;
		if (at == count) {
			calls[count].outcome = outcome;
			calls[count++].n = 0;
		}
		calls[at].n += reply_int(reply_at(stats, k + 1), 0);
	}
	char label[PLACE_NAME_SIZE];
	for (size_t i = 0; i < count; i++)
		metric_sample(m->new, CALLS, (double)calls[i].n, "campaign=\"%s\",outcome=\"%s\"", id,
		              metric_label(calls[i].outcome, label, sizeof(label)));
}

/* --- the page ------------------------------------------------------------------------------------ */

static void answer_all(struct metrics *m)
{
	while (m->waiting_count > 0)
		web_answer_text(m->waiting[--m->waiting_count], 200,
		                "text/plain; version=0.0.4; charset=utf-8", m->page);
}

/* One reply less to wait for; after the last the page is whole. */
static void answered(struct metrics *m)
{
	if (--m->asked > 0)
		return;
	web_text_free(m->page);
	m->page = web_text_new(metric_text_end(m->new));
	m->new = NULL;
	m->made_ms = clock_monotonic_ms();
	answer_all(m);
}

/* Mostly it is still where it was when it was asked for. */
static struct run *run_at(const struct daemon *d, size_t at, const char *id)
{
	return at < d->run_count && strcmp(d->runs[at]->id, id) == 0 ? d->runs[at] : run_find(d, id);
}

static void on_campaigns(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct metrics *m = q->m;
	struct daemon *d = q->d;
	metric_space(m->new, d->space);
	for (size_t i = 0; i < q->count && i < reply_count(reply); i++) {
		const struct redis_reply *one = reply_at(reply, i), *stats = reply_at(one, 4);
		int64_t queued = reply_int(reply_at(one, 0), 0);
		struct run *run = run_at(d, q->first + i, q->ids[i]);
		if (run != NULL)
			arrivals_look(&run->arrivals, reply_int(reply_field(stats, "intake"), 0), queued,
			              clock_monotonic_ms());
		metric_sample(m->new, JOBS, (double)queued, "campaign=\"%s\",where=\"queue\"", q->ids[i]);
		for (size_t k = 0; k + 1 < reply_count(stats); k += 2) {
			const char *name = reply_text(reply_at(stats, k), NULL);
			if (name != NULL)
				sample_counter(m, q->ids[i], name,
				               (double)reply_int(reply_at(stats, k + 1), 0));
		}
		sample_calls(m, q->ids[i], stats);
	}
	free(q);
	answered(m);
}

/* 0: there is none. */
static int64_t age_of(const struct daemon *d, int64_t since_ms)
{
	int64_t now_ms = turn_now(d);
	return since_ms > 0 && since_ms < now_ms ? now_ms - since_ms : 0;
}

static void on_routes(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct metrics *m = q->m;
	struct daemon *d = q->d;
	metric_space(m->new, d->space);
	struct glance g;
	for (size_t i = 0; i < q->count && glance_route(reply, i, &g); i++) {
		char label[ID_MAX + 16];
		snprintf(label, sizeof(label), "route=\"%s\"", q->ids[i]);
		metric_sample(m->new, READY, (double)g.ready, "%s", label);
		metric_sample(m->new, TAKEN, (double)g.taken, "%s", label);
		metric_sample(m->new, UNKNOWN, (double)g.unknown, "%s", label);
		metric_sample(m->new, TO_SETTLE, (double)g.to_settle, "%s", label);
		metric_sample(m->new, OLDEST_READY, seconds(age_of(d, g.oldest_ready_ms)), "%s", label);
		metric_sample(m->new, OLDEST_TAKEN, seconds(age_of(d, g.oldest_taken_ms)), "%s", label);
		if (i == 0 && strcmp(q->ids[0], d->routes[0]->id) == 0)
			metric_sample(m->new, OPPOSITIONS, (double)glance_oppositions(reply), NULL);
	}
	free(q);
	answered(m);
}

static void send_question(struct question *q, struct redis_args *a, redis_cb *cb)
{
	q->m->asked++;
	if (!redis_link_call(q->d->link, a, 0, cb, q)) {
		q->m->asked--;
		free(q);
	}
	args_done(a);
}

static void ask(struct metrics *m, struct daemon *d)
{
	struct redis_args a;
	for (size_t i = 0; i < d->run_count && health_good(d); i += CAMPAIGNS_ASKED) {
		struct question *q = mem_zero(sizeof(*q));
		catalog_look_start(d, &a);
		q->m = m;
		q->d = d;
		q->first = i;
		for (size_t k = i; k < d->run_count && q->count < CAMPAIGNS_ASKED; k++) {
			snprintf(q->ids[q->count], sizeof(q->ids[0]), "%s", d->runs[k]->id);
			args_add(&a, q->ids[q->count++]);
		}
		send_question(q, &a, on_campaigns);
	}
	for (size_t i = 0; i < d->route_count && health_good(d); i += GLANCE_ROUTES_MAX) {
		struct question *q = mem_zero(sizeof(*q));
		q->m = m;
		q->d = d;
		q->count = glance_start(d, i, &a);
		for (size_t k = 0; k < q->count; k++)
			snprintf(q->ids[k], sizeof(q->ids[0]), "%s", d->routes[i + k]->id);
		send_question(q, &a, on_routes);
	}
}

static void begin(struct metrics *m)
{
	m->new = metric_text_new();
	m->asked = 1; /* until all are sent */
	sample_process(m);
	for (size_t i = 0; i < m->served->count; i++) {
		struct daemon *d = m->served->seats[i]->d;
		metric_space(m->new, m->served->seats[i]->space);
		if (m->served->several)
			metric_sample(m->new, LED, d != NULL, NULL);
		if (d == NULL && m->served->seats[i]->led_by[0] == '\0')
			metric_sample(m->new, REDIS_UP, 0, NULL);
		if (d == NULL)
			continue;
		sample_health(m, d);
		sample_routes(m, d);
		sample_log(m, d);
		sample_lists(m, d);
		sample_places(m, d);
		sample_states(m, d);
		ask(m, d);
	}
	answered(m);
}

void metrics_answer(struct metrics *m, struct web_request *request)
{
	if (m->waiting_count == WAITING_MAX) {
		web_answer(request, 503, "text/plain", "too many ask at once\n");
		return;
	}
	m->waiting[m->waiting_count++] = request;
	if (m->asked > 0)
		return; /* it gets what the first one gets */
	if (m->page == NULL || clock_monotonic_ms() - m->made_ms >= KEEP_MS) {
		begin(m);
		return;
	}
	answer_all(m);
}

/* --- health -------------------------------------------------------------------------------------- */

/* Of the only one: as it is. Of several: what stops each that cannot move, or "ok". */
static char *health_text(const struct served *s, bool *ret_well)
{
	char buf[PROGRESS_WHY], *text = mem_copy("");
	int64_t age_ms = 0;
	*ret_well = s->unknown[0] == '\0' || s->count > 0;
	if (!*ret_well)
		text = mem_join(text, mem_format("%s\n", s->unknown));
	for (size_t i = 0; i < s->count; i++) {
		const struct seat *seat = s->seats[i];
		const char *why = seat->d != NULL           ? progress_why(seat->d, buf)
		                  : seat->led_by[0] != '\0' ? NULL
		                                            : seat_why(seat);
		if (seat->d != NULL && progress_age_ms(seat->d) > age_ms)
			age_ms = progress_age_ms(seat->d);
		if (why == NULL)
			continue;
		*ret_well = false;
		text = mem_join(text, mem_format("%s%s%s\n", seat->space, s->several ? ": " : "", why));
	}
	return mem_join(text, mem_format("%sprogress_age_ms %" PRId64 "\n", *ret_well ? "ok\n" : "", age_ms));
}

/* Not a PING: Redis answers, and what could move does. */
void metrics_health(struct metrics *m, struct web_request *request)
{
	bool well;
	char *text = health_text(m->served, &well);
	web_answer(request, well ? 200 : 503, "text/plain", text);
	free(text);
}

/* --- life ----------------------------------------------------------------------------------------- */

struct metrics *metrics_open(const struct served *served)
{
	struct metrics *m = mem_zero(sizeof(*m));
	m->served = served;
	return m;
}

void metrics_close(struct metrics *m)
{
	while (m->waiting_count > 0)
		web_answer(m->waiting[--m->waiting_count], 503, "text/plain", "stopping\n");
	if (m->new != NULL)
		free(metric_text_end(m->new));
	web_text_free(m->page);
	free(m);
}
