/* sweep.h - slow rounds over what nobody asks for: queues that no campaign owns, streams that were
 * kept long enough, routes of campaigns that are gone. A few commands a second at the most. */
#ifndef LICET_DAEMON_UPKEEP_SWEEP_H
#define LICET_DAEMON_UPKEEP_SWEEP_H

#include "daemon/daemon.h"

void sweep_open(struct daemon *d);   /* before the loop begins */
void sweep_close(struct daemon *d);  /* after it ended */
void sweep_turn(struct daemon *d);   /* once a second */
void sweep_routes(struct daemon *d); /* routes that had ready jobs before we started */

#endif
