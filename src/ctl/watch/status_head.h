/* status_head.h - the first lines of status where there are several spaces: who does not answer, who works where, and
 * what Redis keeps. */
#ifndef LICET_CTL_WATCH_STATUS_HEAD_H
#define LICET_CTL_WATCH_STATUS_HEAD_H

#include "core/time/zone.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much room there is; width 0: no end of it. */
struct fit {
	size_t width, campaign_rows, others, errors; /* others: rows of each of the other tables */
	bool tight;              /* no titles, no empty lines; of lists those that are not fresh */
	bool several;            /* spaces: each row has its own */
	const struct zone *zone; /* of all times; NULL: UTC */
	int64_t now_ms;
	bool french;
};

/* A line, cut to the width. */
void status_say(const struct fit *fit, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What Redis does with what it is told: it keeps it, or why it may not. redis: as status --json prints it. Heap. */
char *status_redis_kept(const json_t *redis, bool french);
/* Print them, or only count: returns how many lines it takes. all: as status --json prints it of several spaces. */
size_t status_head(const struct fit *fit, const json_t *all, bool count_only);

#endif
