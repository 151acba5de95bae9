/* split.h - are all keys of our slot on one node of the cluster? A move that somebody broke off with
 * CLUSTER SETSLOT STABLE leaves some on each, for good: a list is then shorter than it is, and no function
 * can tell. licetd asks the other masters for keys of the slot once a minute, and before it goes on behind
 * a move; what it finds halts everything, until a person has mended it. */
#ifndef LICET_DAEMON_HEALTH_SPLIT_H
#define LICET_DAEMON_HEALTH_SPLIT_H

#include "daemon/daemon.h"

void split_open(struct daemon *d);  /* before the loop begins */
void split_close(struct daemon *d); /* after it ended */
void split_turn(struct daemon *d);  /* at each tick */
void split_down(struct daemon *d);  /* the connection to our master is gone */

#endif
