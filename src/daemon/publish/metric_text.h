/* metric_text.h - the text format of Prometheus: families in the order of a table, samples as they come.
 * It is made here, because Debian has no C library for that format. */
#ifndef LICET_DAEMON_PUBLISH_METRIC_TEXT_H
#define LICET_DAEMON_PUBLISH_METRIC_TEXT_H

#include "core/schedule/durations.h"

#include <stddef.h>

enum family {
	BUILD,
	LED,
	REDIS_UP,
	PROGRESS,
	CLOCK_OFFSET,
	CLOCK_DOUBT,
	POLICY,
	FULL,
	MEMORY,
	MEMORY_SHARE,
	SLOW_DISK,
	REPLICAS,
	WAITS_SHORT,
	RELOAD_FAILED,
	RULEBOOK_SIGNED,
	COMMITS,
	OPPOSITIONS,
	STATE,
	SINCE,
	CAMPAIGN_INFO,
	OLDEST_QUEUED,
	JOBS,
	ENDED,
	INTAKE,
	RELEASED,
	REASONS_COUNT,
	CALLS,
	HELD,
	READY,
	TAKEN,
	UNKNOWN,
	TO_SETTLE,
	OLDEST_READY,
	OLDEST_TAKEN,
	P99,
	BREAKER,
	TO_RELEASE,
	TO_TAKE,
	LIST_AGE,
	LIST_LATE,
	LIST_MEMBERS,
	UNBALANCED,
	PLACE,
	NEXT_OPEN,
	LOG_SIZE,
	LOG_CHECKPOINT_AGE,
	LOG_LAG,
	LOG_ANCHOR_AGE,
	FAMILY_COUNT
};

struct metric_text;
struct metric_text *metric_text_new(void);
/* From now on samples are of that space, and have a label that says so; "": of the process, or of the only space. */
void metric_space(struct metric_text *m, const char *space);
/* labels: as they stand between the braces, a format; NULL: none. */
void metric_sample(struct metric_text *m, enum family f, double value, const char *labels, ...)
    __attribute__((format(printf, 4, 5)));
/* All of a histogram; labels are text, and not empty. */
void metric_histogram(struct metric_text *m, enum family f, const struct durations *d, const char *labels);
/* A value of a label, as it stands between its quotes; what does not fit is cut. Returns buf. */
const char *metric_label(const char *text, char *buf, size_t size);
/* The whole text, which the caller frees; m is gone. Families without a sample are left out. */
char *metric_text_end(struct metric_text *m);

#endif
