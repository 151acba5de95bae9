/* metrics.c - /metrics for Prometheus and /healthz for who watches.
 *
 * What the daemon knows is told as it is; what only Redis knows is asked when somebody asks
 * us, in few calls and at most once a second. */
#include "daemon/publish/metrics.h"

#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/reading.h"
#include "daemon/proof/tail.h"
#include "daemon/upkeep/balance.h"
#include "io/host/http.h"
#include "io/host/mem.h"
#include "io/host/version.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 16
#define KEEP_MS 1000       /* an answer is given again for so long */
#define CAMPAIGNS_ASKED 50 /* in one call */
#define SILENCE_MS 10000   /* Redis is asked for its time once a second */
#define STUCK_MS 60000     /* something could go out, and nothing moved */

enum family {
	BUILD,
	REDIS_UP,
	PROGRESS,
	CLOCK_OFFSET,
	CLOCK_DOUBT,
	POLICY,
	FULL,
	SLOW_DISK,
	REPLICAS,
	WAITS_SHORT,
	RELOAD_FAILED,
	RULEBOOK_SIGNED,
	COMMITS,
	STATE,
	SINCE,
	JOBS,
	ENDED,
	INTAKE,
	RELEASED,
	REASONS_COUNT,
	HELD,
	READY,
	BREAKER,
	LIST_AGE,
	LIST_LATE,
	UNBALANCED,
	PLACE,
	LOG_SIZE,
	LOG_CHECKPOINT_AGE,
	LOG_LAG,
	LOG_ANCHOR_AGE,
	FAMILY_COUNT
};

/* clang-format off */
static const struct {
	const char *name, *type, *help;
} families[FAMILY_COUNT] = {
	[BUILD] = { "licet_build_info", "gauge", "version and rulebook of this daemon" },
	[REDIS_UP] = { "licet_redis_up", "gauge", "connected, and the functions are loaded" },
	[PROGRESS] = { "licet_progress_age_seconds", "gauge", "since something last moved or was read" },
	[CLOCK_OFFSET] = { "licet_clock_offset_seconds", "gauge", "this clock against Redis TIME" },
	[CLOCK_DOUBT] = { "licet_clock_doubt", "gauge", "they differ too much: nothing is released" },
	[POLICY] = { "licet_redis_policy_met", "gauge", "Redis keeps what it acknowledged" },
	[FULL] = { "licet_redis_full", "gauge", "above the high-water mark: nothing is taken in" },
	[SLOW_DISK] = { "licet_redis_delayed_fsync_total", "counter", "writes of Redis that waited for its disk" },
	[REPLICAS] = { "licet_replicas_acknowledged", "gauge", "replicas that had the last release in time (wait_replicas)" },
	[WAITS_SHORT] = { "licet_waits_short_total", "counter", "times that these were too few" },
	[RELOAD_FAILED] = { "licet_reload_failed", "gauge", "the last reload was refused" },
	[RULEBOOK_SIGNED] = { "licet_rulebook_signed", "gauge", "a named person approved the rulebook" },
	[COMMITS] = { "licet_commits_total", "counter", "batches moved by this daemon" },
	[STATE] = { "licet_campaign_state", "gauge", "1 for the state that holds, and why" },
	[SINCE] = { "licet_campaign_state_seconds", "gauge", "for how long" },
	[JOBS] = { "licet_jobs", "gauge", "jobs by where they are" },
	[ENDED] = { "licet_jobs_ended_total", "counter", "jobs by how they ended" },
	[INTAKE] = { "licet_jobs_taken_in_total", "counter", "jobs taken from the queue" },
	[RELEASED] = { "licet_jobs_released_total", "counter", "releases, those that came back included" },
	[REASONS_COUNT] = { "licet_refused_total", "counter", "refused and invalid jobs by reason" },
	[HELD] = { "licet_held", "gauge", "jobs that wait for a place to open" },
	[READY] = { "licet_route_ready", "gauge", "jobs that a sender of the route may take" },
	[BREAKER] = { "licet_route_breaker", "gauge", "1: the breaker of the route is open" },
	[LIST_AGE] = { "licet_list_age_seconds", "gauge", "since a list was refreshed" },
	[LIST_LATE] = { "licet_list_late", "gauge", "1: an import failed, or one was expected and did not come" },
	[UNBALANCED] = { "licet_unbalanced", "gauge", "campaigns whose counters do not say what stands in their places; routes count as one" },
	[LOG_SIZE] = { "licet_log_lines", "gauge", "lines of the decision log" },
	[LOG_CHECKPOINT_AGE] = { "licet_log_checkpoint_age_seconds", "gauge", "since the log was signed" },
	[LOG_LAG] = { "licet_log_lag_seconds", "gauge", "how long the oldest entry waits for the log" },
	[LOG_ANCHOR_AGE] = { "licet_log_anchor_age_seconds", "gauge", "since the last checkpoint was carried out of the house" },
	[PLACE] = { "licet_place_open", "gauge", "1: a legal window is open there" },
};
/* clang-format on */

struct metrics {
	struct daemon *d;
	struct web_request *waiting[WAITING_MAX];
	size_t waiting_count;
	size_t asked; /* calls whose replies have not come */
	FILE *out[FAMILY_COUNT];
	char *text[FAMILY_COUNT];
	size_t size[FAMILY_COUNT];
	char *page; /* the last one */
	int64_t made_ms;
};

/* The campaigns of one call. */
struct question {
	struct metrics *m;
	size_t count;
	char ids[CAMPAIGNS_ASKED][ID_MAX + 1];
};

/* --- samples ------------------------------------------------------------------------------ */

__attribute__((format(printf, 4, 5))) static void sample(struct metrics *m, enum family f, double value,
                                                         const char *labels, ...)
{
	va_list ap;
	fputs(families[f].name, m->out[f]);
	if (labels != NULL) {
		fputc('{', m->out[f]);
		va_start(ap, labels);
		vfprintf(m->out[f], labels, ap);
		va_end(ap);
		fputc('}', m->out[f]);
	}
	fprintf(m->out[f], " %.15g\n", value);
}

/* In a label: a backslash, a quote and the end of a line are written as others expect. */
static const char *label_text(const char *text, char *buf, size_t size)
{
	size_t n = 0;
	for (; *text != '\0' && n + 3 < size; text++) {
		if (*text == '\\' || *text == '"' || *text == '\n')
			buf[n++] = '\\';
		buf[n++] = (char)(*text == '\n' ? 'n' : *text);
	}
	buf[n] = '\0';
	return buf;
}

static double seconds(int64_t ms)
{
	return (double)ms / 1000;
}

static void sample_daemon(struct metrics *m)
{
	struct daemon *d = m->d;
	char version[80];
	sample(m, BUILD, 1, "version=\"%s\",rulebook=\"%s\",rulebook_version=\"%s\",rulebook_hash=\"%.16s\"",
	       LICET_VERSION, d->rb->id, label_text(d->rb->version, version, sizeof(version)), d->rb->hash);
	sample(m, REDIS_UP, health_good(d), NULL);
	sample(m, PROGRESS, seconds(clock_monotonic_ms() - d->progress_ms), NULL);
	sample(m, CLOCK_OFFSET, seconds(d->clock_offset_ms), NULL);
	sample(m, CLOCK_DOUBT, d->clock_doubt, NULL);
	sample(m, POLICY, d->policy_met && *replicas_why(d) == '\0', NULL);
	sample(m, FULL, d->memory_full, NULL);
	sample(m, SLOW_DISK, (double)d->delayed_fsync, NULL);
	sample(m, REPLICAS, (double)d->replicas.acked, NULL);
	sample(m, WAITS_SHORT, (double)d->replicas.short_count, NULL);
	sample(m, RELOAD_FAILED, d->reload_error[0] != '\0', NULL);
	sample(m, RULEBOOK_SIGNED, d->rb->approved_by[0] != '\0', NULL);
	sample(m, COMMITS, (double)d->seen_commits, NULL);
	for (size_t i = 0; i < d->route_count; i++) {
		sample(m, READY, (double)d->routes[i]->load.ready, "route=\"%s\"", d->routes[i]->id);
		sample(m, BREAKER, d->routes[i]->why[0] != '\0', "route=\"%s\"", d->routes[i]->id);
	}
}

/* Nothing where no decision log is kept. */
static void sample_log(struct metrics *m)
{
	struct tail_told t;
	if (!tail_tell(m->d, &t))
		return;
	sample(m, LOG_SIZE, (double)t.size, NULL);
	if (t.sealed_age_ms >= 0)
		sample(m, LOG_CHECKPOINT_AGE, seconds(t.sealed_age_ms), NULL);
	if (t.lag_ms >= 0)
		sample(m, LOG_LAG, seconds(t.lag_ms), NULL);
	if (t.anchor_age_ms >= 0)
		sample(m, LOG_ANCHOR_AGE, seconds(t.anchor_age_ms), NULL);
}

/* Each list that some campaign asks, once. */
static void sample_lists(struct metrics *m)
{
	struct daemon *d = m->d;
	int64_t now_ms = turn_now(d);
	sample(m, UNBALANCED, (double)balance_off(d), NULL);
	for (size_t i = 0; i < d->list_count; i++) {
		const struct known_list *l = &d->lists[i];
		if (l->refreshed_ms != TIME_NONE)
			sample(m, LIST_AGE, seconds(now_ms - l->refreshed_ms), "list=\"%s\"", l->name);
		sample(m, LIST_LATE, l->late[0] != '\0', "list=\"%s\"", l->name);
	}
}

static void sample_places(struct metrics *m)
{
	char name[PLACE_NAME_SIZE];
	int64_t now_ms = turn_now(m->d);
	for (size_t i = 0; i < m->d->place_count; i++) {
		uint32_t place = m->d->places[i].place;
		sample(m, PLACE, place_view_at(&m->d->legal_views, place, now_ms)->open, "place=\"%s\"",
		       place_name(m->d->rb, place, name));
	}
}

static void sample_states(struct metrics *m)
{
	int64_t now_ms = turn_now(m->d);
	for (size_t i = 0; i < m->d->run_count; i++) {
		const struct run *run = m->d->runs[i];
		if (!run->listed || run->state[0] == '\0')
			continue;
		sample(m, STATE, 1, "campaign=\"%s\",state=\"%s\",because=\"%s\"", run->id, run->state,
		       run->because);
		sample(m, SINCE, seconds(now_ms - run->since_ms), "campaign=\"%s\"", run->id);
	}
}

/* One counter of licet:campaign:<c>:stats. */
static void sample_counter(struct metrics *m, const char *id, const char *name, double value)
{
	static const char *const where[] = { "held", "later", "ready", "taken", "unknown", "settling" };
	static const char *const ended[] = { "done", "refused", "invalid", "cancelled", "erased" };
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (strcmp(name, where[i]) == 0)
			sample(m, JOBS, value, "campaign=\"%s\",where=\"%s\"", id, name);
	for (size_t i = 0; i < sizeof(ended) / sizeof(ended[0]); i++)
		if (strcmp(name, ended[i]) == 0)
			sample(m, ENDED, value, "campaign=\"%s\",end=\"%s\"", id, name);
	char label[PLACE_NAME_SIZE];
	if (strcmp(name, "intake") == 0)
		sample(m, INTAKE, value, "campaign=\"%s\"", id);
	else if (strcmp(name, "released") == 0)
		sample(m, RELEASED, value, "campaign=\"%s\"", id);
	else if (strncmp(name, "held.", 5) == 0)
		sample(m, HELD, value, "campaign=\"%s\",place=\"%s\"", id,
		       label_text(name + 5, label, sizeof(label)));
	else if (strncmp(name, "refused.", 8) == 0 || strncmp(name, "invalid.", 8) == 0)
		sample(m, REASONS_COUNT, value, "campaign=\"%s\",reason=\"%s\"", id,
		       label_text(name + 8, label, sizeof(label)));
}

/* --- the page ------------------------------------------------------------------------------------ */

static void finish(struct metrics *m)
{
	size_t size = 1, at = 0;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		mem_stream_end(m->out[f]);
		m->out[f] = NULL;
		size += m->size[f] + 512;
	}
	free(m->page);
	m->page = mem_zero(size);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (m->size[f] > 0)
			at += (size_t)snprintf(m->page + at, size - at, "# HELP %s %s\n# TYPE %s %s\n%s",
			                       families[f].name, families[f].help, families[f].name,
			                       families[f].type, m->text[f]);
		free(m->text[f]);
		m->text[f] = NULL;
	}
	m->made_ms = clock_monotonic_ms();
	while (m->waiting_count > 0)
		web_answer(m->waiting[--m->waiting_count], 200, "text/plain; version=0.0.4; charset=utf-8",
		           m->page);
}

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct metrics *m = q->m;
	for (size_t i = 0; i < q->count && i < reply_count(reply); i++) {
		const struct redis_reply *one = reply_at(reply, i), *stats = reply_at(one, 4);
		sample(m, JOBS, (double)reply_int(reply_at(one, 0), 0), "campaign=\"%s\",where=\"queue\"",
		       q->ids[i]);
		for (size_t k = 0; k + 1 < reply_count(stats); k += 2) {
			const char *name = reply_text(reply_at(stats, k), NULL);
			if (name != NULL)
				sample_counter(m, q->ids[i], name,
				               (double)reply_int(reply_at(stats, k + 1), 0));
		}
	}
	free(q);
	if (--m->asked == 0)
		finish(m);
}

static void ask(struct metrics *m)
{
	struct daemon *d = m->d;
	m->asked = 1; /* until all are sent */
	for (size_t i = 0; i < d->run_count && health_good(d); i += CAMPAIGNS_ASKED) {
		struct question *q = mem_zero(sizeof(*q));
		struct redis_args a;
		catalog_look_start(d, &a);
		q->m = m;
		for (size_t k = i; k < d->run_count && q->count < CAMPAIGNS_ASKED; k++) {
			snprintf(q->ids[q->count], sizeof(q->ids[0]), "%s", d->runs[k]->id);
			args_add(&a, q->ids[q->count++]);
		}
		m->asked++;
		if (!redis_link_call(d->link, &a, 0, on_answer, q)) {
			m->asked--;
			free(q);
		}
		args_done(&a);
	}
	if (--m->asked == 0)
		finish(m);
}

static void begin(struct metrics *m)
{
	for (int f = 0; f < FAMILY_COUNT; f++)
		m->out[f] = mem_stream(&m->text[f], &m->size[f]);
	sample_daemon(m);
	sample_log(m);
	sample_lists(m);
	sample_places(m);
	sample_states(m);
	ask(m);
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
	web_answer(m->waiting[--m->waiting_count], 200, "text/plain; version=0.0.4; charset=utf-8", m->page);
}

/* --- health -------------------------------------------------------------------------------------- */

/* Not a PING: Redis answers, and what could move does. */
void metrics_health(struct metrics *m, struct web_request *request)
{
	struct daemon *d = m->d;
	int64_t now_ms = clock_monotonic_ms(), age_ms = now_ms - d->progress_ms;
	const char *why = NULL, *rule = "";
	struct gates gates;
	bool claims = false;
	for (size_t i = 0; i < d->run_count; i++)
		claims = claims || d->runs[i]->jobs.claims;
	if (d->draining)
		why = "stopping";
	else if (!redis_link_is_up(d->link))
		why = "no Redis";
	else if (!d->library_ok)
		why = "the functions are not loaded";
	else if (*replicas_why(d) != '\0')
		why = replicas_why(d);
	else if (now_ms - d->answered_ms > SILENCE_MS)
		why = "Redis does not answer";
	else if (gates_now(d, &gates), gates_first(&gates, &rule) != REASON_ALLOWED)
		why = rule;
	else if (claims && age_ms > STUCK_MS)
		why = "nothing moves though something could";
	char *text = mem_format("%s\nprogress_age_ms %" PRId64 "\n", why != NULL ? why : "ok", age_ms);
	web_answer(request, why != NULL ? 503 : 200, "text/plain", text);
	free(text);
}

/* --- life ----------------------------------------------------------------------------------------- */

struct metrics *metrics_open(struct daemon *d)
{
	struct metrics *m = mem_zero(sizeof(*m));
	m->d = d;
	return m;
}

void metrics_close(struct metrics *m)
{
	while (m->waiting_count > 0)
		web_answer(m->waiting[--m->waiting_count], 503, "text/plain", "stopping\n");
	free(m->page);
	free(m);
}
