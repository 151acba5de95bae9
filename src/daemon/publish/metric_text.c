/* metric_text.c - see metric_text.h. */
#include "daemon/publish/metric_text.h"

#include "core/text/cluster_slot.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *name, *type, *help;
} families[FAMILY_COUNT] = {
	[BUILD] = { "licet_build_info", "gauge", "version and rulebook of this daemon" },
	[LED] = { "licet_space_led", "gauge", "1: this process works in the space, 0: another instance does, or nobody; only with spaces" },
	[REDIS_UP] = { "licet_redis_up", "gauge", "connected, and the functions are loaded" },
	[PROGRESS] = { "licet_progress_age_seconds", "gauge", "how long nothing moved though something could, or though nothing may; 0 while all is well" },
	[CLOCK_OFFSET] = { "licet_clock_offset_seconds", "gauge", "this clock against Redis TIME" },
	[CLOCK_DOUBT] = { "licet_clock_doubt", "gauge", "they differ too much: nothing is released" },
	[POLICY] = { "licet_redis_policy_met", "gauge", "Redis keeps what it acknowledged" },
	[FULL] = { "licet_redis_full", "gauge", "above the high-water mark: nothing is taken in or released" },
	[MEMORY] = { "licet_redis_memory_bytes", "gauge", "memory that Redis uses" },
	[MEMORY_SHARE] = { "licet_redis_memory_share", "gauge", "the same, as a share of maxmemory, 0 to 1; absent where Redis has no maxmemory" },
	[SLOW_DISK] = { "licet_redis_delayed_fsync_total", "counter", "writes of Redis that waited for its disk" },
	[REPLICAS] = { "licet_replicas_acknowledged", "gauge", "replicas that had the last release in time (wait_replicas)" },
	[WAITS_SHORT] = { "licet_waits_short_total", "counter", "times that these were too few" },
	[RELOAD_FAILED] = { "licet_reload_failed", "gauge", "the last reload was refused" },
	[RULEBOOK_SIGNED] = { "licet_rulebook_signed", "gauge", "a named person approved the rulebook" },
	[COMMITS] = { "licet_commits_total", "counter", "batches moved by this daemon" },
	[OPPOSITIONS] = { "licet_oppositions_total", "counter", "oppositions that were recorded, of all advertisers and the platform" },
	[STATE] = { "licet_campaign_state", "gauge", "1 for the state that holds, and why" },
	[SINCE] = { "licet_campaign_state_seconds", "gauge", "for how long" },
	[CAMPAIGN_INFO] = { "licet_campaign_info", "gauge", "1: whose it is, and its route; only with metrics_by_advertiser" },
	[OLDEST_QUEUED] = { "licet_campaign_oldest_queued_seconds", "gauge", "how long the first job of the queue has been seen there; 0: none is queued" },
	[JOBS] = { "licet_jobs", "gauge", "jobs by where they are" },
	[ENDED] = { "licet_jobs_ended_total", "counter", "jobs by how they ended" },
	[INTAKE] = { "licet_jobs_taken_in_total", "counter", "jobs taken from the queue" },
	[RELEASED] = { "licet_jobs_released_total", "counter", "releases, those that came back included" },
	[REASONS_COUNT] = { "licet_refused_total", "counter", "refused and invalid jobs by reason" },
	[CALLS] = { "licet_calls_total", "counter", "reported calls by outcome, those that are tried again included" },
	[HELD] = { "licet_held", "gauge", "jobs that wait for a place to open" },
	[READY] = { "licet_route_ready", "gauge", "jobs that a sender of the route may take" },
	[TAKEN] = { "licet_route_taken", "gauge", "jobs that senders have" },
	[UNKNOWN] = { "licet_route_unknown", "gauge", "calls of which nobody told the outcome" },
	[TO_SETTLE] = { "licet_route_to_settle", "gauge", "reports of senders that licetd has not moved on" },
	[OLDEST_READY] = { "licet_route_oldest_ready_seconds", "gauge", "how long the job that is next has been ready; 0: none is" },
	[OLDEST_TAKEN] = { "licet_route_oldest_taken_seconds", "gauge", "how long a sender has had its job, at most; 0: none has one" },
	[P99] = { "licet_route_p99_seconds", "gauge", "within which 99 of 100 calls are reported after the take; absent: too few were" },
	[BREAKER] = { "licet_route_breaker", "gauge", "1: the breaker of the route is open" },
	[TO_RELEASE] = { "licet_push_to_release_seconds", "histogram", "jobs that went straight out, from when this daemon saw them queued; real time" },
	[TO_TAKE] = { "licet_release_to_take_seconds", "histogram", "reported calls, from their release to the take; real time" },
	[LIST_AGE] = { "licet_list_age_seconds", "gauge", "since a list was refreshed" },
	[LIST_LATE] = { "licet_list_late", "gauge", "1: an import failed, or one was expected and did not come" },
	[LIST_MEMBERS] = { "licet_list_members", "gauge", "numbers on a list that some campaign asks" },
	[UNBALANCED] = { "licet_unbalanced", "gauge", "campaigns whose counters do not say what stands in their places; routes count as one" },
	[PLACE] = { "licet_place_open", "gauge", "1: a legal window is open there" },
	[NEXT_OPEN] = { "licet_place_next_open_timestamp_seconds", "gauge", "when the next legal window opens there, in seconds since 1970; absent: not known" },
	[LOG_SIZE] = { "licet_log_lines", "gauge", "lines of the decision log" },
	[LOG_CHECKPOINT_AGE] = { "licet_log_checkpoint_age_seconds", "gauge", "since the log was signed" },
	[LOG_LAG] = { "licet_log_lag_seconds", "gauge", "how long the oldest entry waits for the log" },
	[LOG_ANCHOR_AGE] = { "licet_log_anchor_age_seconds", "gauge", "since the last checkpoint was carried out of the house" },
};
/* clang-format on */

struct metric_text {
	FILE *out[FAMILY_COUNT];
	char *text[FAMILY_COUNT];
	size_t size[FAMILY_COUNT];
	char space[SPACE_NAME_MAX + 12]; /* the label, with a comma; "": none */
};

struct metric_text *metric_text_new(void)
{
	struct metric_text *m = mem_zero(sizeof(*m));
	for (int f = 0; f < FAMILY_COUNT; f++)
		m->out[f] = mem_stream(&m->text[f], &m->size[f]);
	return m;
}

void metric_space(struct metric_text *m, const char *space)
{
	m->space[0] = '\0';
	if (*space != '\0')
		snprintf(m->space, sizeof(m->space), "space=\"%s\",", space);
}

void metric_sample(struct metric_text *m, enum family f, double value, const char *labels, ...)
{
	va_list ap;
	fputs(families[f].name, m->out[f]);
	if (labels == NULL && m->space[0] != '\0')
		fprintf(m->out[f], "{%.*s}", (int)strlen(m->space) - 1, m->space);
	if (labels != NULL) {
		fprintf(m->out[f], "{%s", m->space);
		va_start(ap, labels);
		vfprintf(m->out[f], labels, ap);
		va_end(ap);
		fputc('}', m->out[f]);
	}
	fprintf(m->out[f], " %.15g\n", value);
}

void metric_histogram(struct metric_text *m, enum family f, const struct durations *d, const char *labels)
{
	const char *name = families[f].name;
	uint64_t upto = 0;
	for (size_t i = 0; i < DURATIONS_STEPS; i++) {
		upto += d->steps[i];
		fprintf(m->out[f], "%s_bucket{%s%s,le=\"%g\"} %" PRIu64 "\n", name, m->space, labels,
		        (double)durations_limit_ms(i) / 1000, upto);
	}
	fprintf(m->out[f], "%s_bucket{%s%s,le=\"+Inf\"} %" PRIu64 "\n", name, m->space, labels, d->count);
	fprintf(m->out[f], "%s_sum{%s%s} %.15g\n", name, m->space, labels, d->sum_ms / 1000);
	fprintf(m->out[f], "%s_count{%s%s} %" PRIu64 "\n", name, m->space, labels, d->count);
}

const char *metric_label(const char *text, char *buf, size_t size)
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

char *metric_text_end(struct metric_text *m)
{
	size_t size = 1, at = 0;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		mem_stream_end(m->out[f]);
		size += m->size[f] + 512;
	}
	char *all = mem_zero(size);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (m->size[f] > 0)
			at += (size_t)snprintf(all + at, size - at, "# HELP %s %s\n# TYPE %s %s\n%s",
			                       families[f].name, families[f].help, families[f].name,
			                       families[f].type, m->text[f]);
		free(m->text[f]);
	}
	free(m);
	return all;
}
