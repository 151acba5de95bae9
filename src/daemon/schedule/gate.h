/* gate.h - a campaign as the core's schedule and its judge of standing see it. */
#ifndef LICET_DAEMON_SCHEDULE_GATE_H
#define LICET_DAEMON_SCHEDULE_GATE_H

#include "core/campaign/standing.h"
#include "core/schedule/schedule.h"
#include "daemon/daemon.h"

/* Renew what the schedule sees of a campaign: before a turn, and before a question about it. */
void run_show(const struct daemon *d, struct run *run);
/* The judge's answers about one campaign; see standing.h. */
void run_standing(const struct daemon *d, struct run *run, int64_t now_ms, struct standing *ret);
bool run_stops(const struct daemon *d, struct run *run, enum stop_scope scope, int64_t now_ms,
               struct stop *ret);
void run_brake(const struct daemon *d, struct run *run, int64_t now_ms, struct brake *ret);

#endif
