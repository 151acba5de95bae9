/* campaign_state.h - what is published of campaigns and places: why each stands or runs.
 *
 * Written only when it changed: `redis-cli HGETALL licet:campaign:<c>:state` is the dashboard, and
 * since tells how long. */
#ifndef LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H
#define LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H

#include "daemon/daemon.h"

void state_turn(struct daemon *d);   /* four times a second, and when something changed */
void state_forget(struct daemon *d); /* publish everything again: this may be another Redis */

#endif
