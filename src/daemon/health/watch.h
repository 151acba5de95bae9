/* watch.h - learning of changes without asking for each key. A connection of its own WATCHes
 * every key that matters. Redis marks it as soon as one of them is touched, and CLIENT INFO shows
 * the mark: one command, whatever the number of campaigns, where asking each would take thousands. */
#ifndef LICET_DAEMON_HEALTH_WATCH_H
#define LICET_DAEMON_HEALTH_WATCH_H

#include "daemon/daemon.h"

void watch_open(struct daemon *d);           /* before the loop begins */
void watch_close(struct daemon *d);          /* after it ended */
void watch_turn(struct daemon *d);           /* at each look: did something change? */
void watch_up(struct daemon *d);             /* its connection stands */
void watch_down(struct daemon *d);           /* its connection is gone */
bool watch_is_blind(const struct daemon *d); /* changes go unseen: all has to be read now and then */

#endif
