/* backlog.h - where the jobs of one campaign are, and what of them is on its way.
 *
 * A batch is peeked at an offset behind those that were peeked before it and are not committed
 * yet; a commit takes from the head alone:
 *
 *     head                                      tail
 *     | in a commit | in a commit | peeked | ...     count jobs in all
 *     '-------------- in_flight batches ---'
 *                                 '-unsent-'         jobs peeked, of which no commit was sent
 *
 * Where a commit does not move its batch, what was peeked behind it stands at the wrong offset:
 * resync lets all of it end before the head is looked at again. */
#ifndef LICET_CORE_SCHEDULE_BACKLOG_H
#define LICET_CORE_SCHEDULE_BACKLOG_H

#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is on its way from one list. */
struct source {
	int in_flight;  /* batches: peeks and commits */
	int64_t unsent; /* jobs peeked whose commit was not sent yet */
	bool resync;    /* a batch did not move */
};

/* Jobs that wait for a place to open. */
struct held_list {
	uint32_t place; /* 0: the rulebook knows it no more */
	char *name;
	int64_t count;
	int64_t rest_until_ms; /* nothing of it could go lately: not looked at before */
	struct source source;
	enum reason stuck; /* why nothing of it went although its place is open; allowed: it does */
	char stuck_rule[48];
};

struct backlog {
	/* As last read or counted. */
	int64_t queue_len, later_count, later_first_ms; /* TIME_NONE: none */
	int64_t held, intake, ready, taken, unknown;
	struct held_list *helds;
	size_t held_count, held_capacity;
	struct source queue, later;
	enum reason later_why;         /* why the first of those put off is */
	bool later_retry;              /* it was out before */
	double pace_ms, route_pace_ms; /* UTC: when each rate lets the next one go; 0: at once */
	int64_t rest_until_ms;         /* something stood in the way of all: not looked at before */
	/* Fair queueing. */
	double share;   /* jobs released ÷ weight: who has least comes first */
	bool claims;    /* has a job that could go out now */
	bool had_work;  /* at the last turn */
	unsigned tried; /* the turn in which nothing of it could be started */
};

#endif
