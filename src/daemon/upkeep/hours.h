/* hours.h - history: each minute what the counters of every campaign grew by is added to its hour
 * (src/lua/76_hours.lua). Several daemons may do so. */
#ifndef LICET_DAEMON_UPKEEP_HOURS_H
#define LICET_DAEMON_UPKEEP_HOURS_H

#include "daemon/daemon.h"

void hours_open(struct daemon *d);  /* before the loop begins */
void hours_close(struct daemon *d); /* after it ended */
/* At each tick: begin a round when the minute of the clock has changed, and go on with it. */
void hours_turn(struct daemon *d);

#endif
