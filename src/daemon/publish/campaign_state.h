/* campaign_state.h - what is published: why each campaign stands or runs, places, the daemon. *
 * Written only when it changed: `redis-cli HGETALL licet:campaign:<c>:state` is the dashboard, and
 * since tells how long. */
#ifndef LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H
#define LICET_DAEMON_PUBLISH_CAMPAIGN_STATE_H

#include "daemon/daemon.h"

void state_turn(struct daemon *d);
void state_heartbeat(struct daemon *d);
void state_rulebook(struct daemon *d);                       /* the numbering table for licet_oppose */
void state_route(struct daemon *d, const char *route);       /* a route that licet_oppose must look at */
void state_forget(struct daemon *d);                         /* say everything anew: another Redis */
void state_gone(struct daemon *d);                           /* delete the heartbeat */
void state_mismatch(struct daemon *d, const char *instance); /* "": no more */
/* Say in licet:errors what has no campaign to go to. Repeated ones are said once a minute. */
void state_error(struct daemon *d, const char *where, const char *error);

#endif
