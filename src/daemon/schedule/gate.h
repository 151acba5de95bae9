/* gate.h - what the core's judge of standing is told of a campaign, and what its answer means here. */
#ifndef LICET_DAEMON_SCHEDULE_GATE_H
#define LICET_DAEMON_SCHEDULE_GATE_H

#include "core/campaign/standing.h"
#include "daemon/daemon.h"

/* A question to the judge, with all that it points into. */
#define STANDING_HELDS_MAX 320 /* places of one campaign; see rulebook.h */
struct standing_question {
	struct standing_input in;
	struct gates gates;
	struct route_now route;
	struct jobs_now jobs;
	struct held_now helds[STANDING_HELDS_MAX];
	size_t held_count;
};
/* Fills q and returns the input in it. */
const struct standing_input *standing_ask(const struct daemon *d, const struct run *run, int64_t now_ms,
                                          struct standing_question *q);

/* The judge's answers about one campaign; see standing.h. */
bool run_stops(const struct daemon *d, const struct run *run, enum stop_scope scope, int64_t now_ms,
               struct stop *ret);
void run_brake(const struct daemon *d, const struct run *run, int64_t now_ms, struct brake *ret);
/* Find for each route the highest priority that has something to release now, and what the
 * least served of these has had. */
void routes_claim(struct daemon *d, int64_t now_ms);
/* Was it stopped, or has its end passed? */
bool run_is_over(const struct run *run, int64_t now_ms);
/* May a held list be drawn from now? */
bool held_is_open(const struct daemon *d, const struct run *run, const struct held_list *held,
                  int64_t now_ms);

#endif
