/* campaign_state.h - what is published: why each campaign stands or runs, places, the daemon. *
 * Written only when it changed: `redis-cli HGETALL licet:campaign:<c>:state` is the dashboard, and
 * since tells how long. */
#ifndef LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H
#define LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H

#include "daemon/daemon.h"

void state_turn(struct daemon *d);
void state_heartbeat(struct daemon *d);
void state_rulebook(struct daemon *d); /* the numbering table for licet_oppose */
void state_forget(struct daemon *d);   /* say everything anew: another Redis */
void state_gone(struct daemon *d);
#endif
