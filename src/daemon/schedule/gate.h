/* gate.h - may anything of a campaign move, and how many may go out just now? */
#ifndef LICET_DAEMON_SCHEDULE_GATE_H
#define LICET_DAEMON_SCHEDULE_GATE_H

#include "daemon/daemon.h"

/* Why no job of this campaign may move at all; allowed if some may. */
enum reason run_gate(const struct daemon *d, const struct run *run, const char **ret_rule);
/* Why none may be released just now, and how many may otherwise. */
enum reason run_brake(struct daemon *d, struct run *run, int64_t now_ms, const char **ret_rule,
                      int64_t *ret_until_ms, int64_t *ret_budget);
/* Find for each route the highest priority that has something to release now, and what the
 * least served of these has had. */
void routes_claim(struct daemon *d, int64_t now_ms);
/* Was it stopped, or has its end passed? */
bool run_is_over(const struct run *run, int64_t now_ms);
/* May a held list be drawn from now? */
bool held_is_open(struct daemon *d, struct run *run, const struct held_list *held, int64_t now_ms);

#endif
