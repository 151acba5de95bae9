/* standing_bench.h - a campaign that is judged, of which a test changes one thing or two. */
#ifndef LICET_TEST_STANDING_BENCH_H
#define LICET_TEST_STANDING_BENCH_H

#include "core/campaign/standing.h"
#include "definition.h"

#define BENCH_NOW "2026-11-24T10:30:00+01:00" /* a Tuesday, in the morning window of Paris */
#define BENCH_PLACES 2

/* A campaign in whose way nothing stands: ten jobs in an open place, five on the queue. */
struct bench {
	const struct rulebook *rb;
	struct definition definition;
	char changes[1024];
	size_t changes_len;
	const char *halt_name, *halt_why;
	const char *refreshed_at;
	bool list_malformed, no_law, no_queue;
	struct situation sit;
	struct gates gates;
	struct route_now route;
	struct jobs_now jobs;
	struct held_now helds[BENCH_PLACES];
	struct place_views views;
	struct standing_input in;
};

/* Nothing is in its way. */
void bench_sound(struct bench *b, const struct rulebook *rb);
/* One change, as definition.h has them. */
void bench_change(struct bench *b, const char *text);
/* What the shell does: read, meet others, give the lists, judge. */
void bench_judge(struct bench *b);

#endif
