/* loop.h - running the daemon. */
#ifndef LICET_DAEMON_LOOP_H
#define LICET_DAEMON_LOOP_H

#include "daemon/daemon.h"

/* Run until told to stop. d has conf, rb, options and, for a simulation, sim_base_ms and
 * speed; returns the exit status. */
int daemon_run(struct daemon *d, const struct redis_target *target);

/* Make a timerfd fire when somebody sets the wall clock. */
void clock_watch_arm(int fd);

#endif
