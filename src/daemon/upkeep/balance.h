/* balance.h - once a minute the counters of each campaign, and of the routes, are compared with the places
 * themselves (src/lua/74_balance.lua). They move in one step: a difference is somebody's hand, or a fault. */
#ifndef LICET_DAEMON_UPKEEP_BALANCE_H
#define LICET_DAEMON_UPKEEP_BALANCE_H

#include "daemon/daemon.h"

void balance_open(struct daemon *d);  /* before the loop begins */
void balance_close(struct daemon *d); /* after it ended */
void balance_turn(struct daemon *d);  /* once a tick; asks Redis when it is time */
/* How many campaigns do not add up, the routes counted as one. */
size_t balance_off(const struct daemon *d);

#endif
