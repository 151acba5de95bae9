/* heartbeat.h - what is published of the daemon itself: licet:daemon:<instance>, which ends by itself
 * ten seconds after the last heartbeat; its rulebook; its numbering table and its clock. */
#ifndef LICET_DAEMON_PUBLISH_HEARTBEAT_H
#define LICET_DAEMON_PUBLISH_HEARTBEAT_H

#include "daemon/daemon.h"

void heartbeat_send(struct daemon *d); /* every two seconds, and when something of it changed */
void heartbeat_gate(struct daemon *d); /* send one if another gate is the first that is closed */
void heartbeat_rulebook(
    struct daemon *d); /* the numbering table for licet_oppose, and the clock of a simulation */
void heartbeat_gone(struct daemon *d); /* delete it: the daemon ends in good order */

#endif
