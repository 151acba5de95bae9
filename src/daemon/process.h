/* process.h - running the daemon. */
#ifndef LICET_DAEMON_PROCESS_H
#define LICET_DAEMON_PROCESS_H

#include "daemon/reload.h"
#include "io/config/conf.h"

struct process_want {
	struct reload_with with;
	int64_t simulate_ms; /* the clock begins there, when the loop does */
	double speed;        /* above 0: simulated */
};

/* Run until told to stop. Takes over conf and rb, which it frees. The target is of conf, and its strings outlive this.
 * Returns the exit status. */
int process_run(const struct process_want *want, struct conf *conf, struct rulebook *rb,
                const struct redis_target *target);

/* Make a timerfd fire when somebody sets the wall clock. */
void clock_watch_arm(int fd);

#endif
