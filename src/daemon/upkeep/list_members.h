/* list_members.h - are the members of the lists that are asked numbers at all? Whoever is on a
 * list as "06 12 34 56 78" is not found there: such a list protects nobody, and holds until it is
 * mended. Each list is sampled, and walked through a bounded number of members at a time whenever
 * its size has changed. And was it refreshed as its owner expects? */
#ifndef LICET_DAEMON_UPKEEP_LIST_MEMBERS_H
#define LICET_DAEMON_UPKEEP_LIST_MEMBERS_H

#include "daemon/daemon.h"

void lists_open(struct daemon *d);        /* before the loop begins */
void lists_close(struct daemon *d);       /* after it ended */
void lists_turn(struct daemon *d);        /* now and then: are the members of lists numbers? */
bool lists_hurry(const struct daemon *d); /* one that was mended waits: look at each tick */

#endif
