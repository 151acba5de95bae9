/* watch.h - learning of changes without asking for each key. A connection of its own WATCHes
 * every key that matters. Redis marks it as soon as one of them is touched, and CLIENT INFO shows
 * the mark: one command, whatever the number of campaigns, where asking each would take thousands. */
#ifndef LICET_DAEMON_HEALTH_WATCH_H
#define LICET_DAEMON_HEALTH_WATCH_H

#include "daemon/daemon.h"

void watch_turn(struct daemon *d);
void watch_up(struct daemon *d);
void watch_down(struct daemon *d);

#endif
