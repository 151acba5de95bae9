/* routes.h - what senders reported, what must come back, what nobody finished. */
#ifndef LICET_DAEMON_UPKEEP_ROUTES_H
#define LICET_DAEMON_UPKEEP_ROUTES_H

#include "daemon/daemon.h"

void routes_turn(struct daemon *d);

#endif
