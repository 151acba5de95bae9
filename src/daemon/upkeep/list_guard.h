/* list_guard.h - does an opposition list lack members that did not leave it lawfully? Every second the
 * sizes of the lists in use are compared with what they were (src/lua/06_lists.lua). What the dated
 * oppositions prove is put back at once; what cannot be put back holds all that asks the list, until a
 * named person accepts it as it is. */
#ifndef LICET_DAEMON_UPKEEP_LIST_GUARD_H
#define LICET_DAEMON_UPKEEP_LIST_GUARD_H

#include "daemon/daemon.h"

void guard_open(struct daemon *d);  /* before the loop begins */
void guard_close(struct daemon *d); /* after it ended */
void guard_turn(struct daemon *d);  /* once a tick; asks Redis when it is time */
/* A commit found that this list lacks members: what asks it stands still from now on, and it is
 * looked after at once. NULL or an unknown name: nothing but the look. */
void guard_lost(struct daemon *d, const char *name);

#endif
