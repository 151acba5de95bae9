/* shares.h - the rate of a route that all spaces use: licet:{licet}:route:<r>, and of it each space has a part, which
 * whoever works there writes into its own licet:route:<r>.
 *
 * Each instance gives to the spaces that it works in as many equal parts as they are, by what waits there: so no
 * two instances need to agree, and all parts together are never more than the rate. */
#ifndef LICET_DAEMON_SHARES_H
#define LICET_DAEMON_SHARES_H

#include "daemon/served.h"
#include "io/redis/hub.h"

struct shares;

struct shares *shares_open(struct served *served);
void shares_close(struct shares *s); /* the hub's connection is gone */
/* At each tick; asks the hub now and then. among: how many spaces there are. */
void shares_turn(struct shares *s, struct hub *hub, size_t among);

#endif
