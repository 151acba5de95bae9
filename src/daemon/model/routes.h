/* routes.h - the routes that campaigns use. A look-up makes none. */
#ifndef LICET_DAEMON_MODEL_ROUTES_H
#define LICET_DAEMON_MODEL_ROUTES_H

#include "daemon/daemon.h"

struct route_run *route_find(const struct daemon *d, const char *id); /* NULL: not known */
/* The one that is known, or a new one, of which licet_oppose and licetctl are told. Routes may move in
 * memory then. */
struct route_run *route_add(struct daemon *d, const char *id);
/* Why the breaker of a campaign's route is open; "": it is not. */
const char *route_why(const struct daemon *d, const struct run *run);
/* Look through its ready list anew: something in it may not go any more. */
void route_recall(struct daemon *d, const char *route);

#endif
