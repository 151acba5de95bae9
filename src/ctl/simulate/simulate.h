/* simulate.h - the rehearsal of a campaign: a copy of what concerns it in a space of its
 * own, the real licetd there on a simulated clock, and a sender that takes at once.
 *
 * Real keys are only read. What the copy holds is removed at the end, however that comes. */
#ifndef LICET_CTL_SIMULATE_SIMULATE_H
#define LICET_CTL_SIMULATE_SIMULATE_H

#include "ctl/query/campaign_facts.h"

#include <limits.h>
#include <sys/types.h>

#define SIM_OUTCOMES_MAX 10
#define SIM_HOUR_MS INT64_C(3600000)

struct sim_mix { /* what calls end with */
	const char *name;
	int per_mille; /* up to and including those before it */
};

struct sim_hour {
	int64_t start_ms, released;
};

struct rehearsal {
	struct ctl *ctl;
	const char *campaign;
	struct campaign_facts *cf; /* as of the instant it begins with */
	char prefix[128];
	const char *licetd; /* the program */
	int64_t at_ms, until_ms;
	double speed;
	struct sim_mix mix[SIM_OUTCOMES_MAX];
	size_t mix_count;
	uint64_t chance;
	/* the copy */
	int64_t copied;
	bool was_paused, was_halted;
	/* licetd */
	pid_t pid; /* 0: none runs */
	FILE *log;
	struct clock_source clock;
	/* what came of it */
	struct hash stats; /* counters at the end */
	struct sim_hour *hours;
	size_t hour_count, hour_capacity;
	int64_t first_ms, last_ms, released, ended_ms;
	int64_t queue;    /* still queued */
	int64_t later_ms; /* when the first of those put off is due; INT64_MAX: none is */
	char stuck[96];   /* why nothing moves any more; "": it does */
};

/* For who rehearses something else: the program, beside licetctl or in ../sbin where r->licetd is NULL (ends
 * if it is nowhere; path must live as long as r); a prefix of its own; and that the functions in Redis are
 * ours, or end. */
void sim_find_licetd(struct rehearsal *r, char path[PATH_MAX]);
void sim_make_prefix(struct rehearsal *r);
void sim_check_library(struct ctl *ctl);
/* From now on the space is removed, and licetd ended, whatever ends us; NULL: no longer. */
void sim_guard(struct rehearsal *r);
/* End licetd and remove the space, if it is guarded. */
void sim_clean_up(void);

#endif
