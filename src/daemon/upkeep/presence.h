/* presence.h - are the keys that licetd publishes still there? Every second one command counts them; what
 * is gone for two of them is told by its name and made anew. */
#ifndef LICET_DAEMON_UPKEEP_PRESENCE_H
#define LICET_DAEMON_UPKEEP_PRESENCE_H

#include "daemon/daemon.h"

void presence_open(struct daemon *d);
void presence_close(struct daemon *d);
void presence_turn(struct daemon *d); /* once a second */

#endif
