/* who_is_out.h - licet:out says which numbers and persons a sender has, so that none is called by two at once.
 * Senders write it; once a minute it is made anew from the leases (src/lua/73_out.lua). */
#ifndef LICET_DAEMON_UPKEEP_WHO_IS_OUT_H
#define LICET_DAEMON_UPKEEP_WHO_IS_OUT_H

#include "daemon/daemon.h"

void out_open(struct daemon *d);  /* before the loop begins */
void out_close(struct daemon *d); /* after it ended */
void out_turn(struct daemon *d);  /* once a tick; asks Redis when it is time */

#endif
