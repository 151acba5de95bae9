/* proofs.h - proofs of consent that the rulebook keeps no longer go, once a day and some at a time. */
#ifndef LICET_DAEMON_UPKEEP_PROOFS_H
#define LICET_DAEMON_UPKEEP_PROOFS_H

#include "daemon/daemon.h"

void proofs_open(struct daemon *d);
void proofs_close(struct daemon *d);
/* Each second. */
void proofs_turn(struct daemon *d);

#endif
