/* stir.h - thousands of campaigns: which of them have something new to do?
 *
 * A connection's WATCH looks through all that it watches already: with the queues of five thousand campaigns
 * it took Redis half a second to watch them anew, and each push was a reason to. From MANY_CAMPAIGNS campaigns on
 * neither queues nor cancellations nor reports are watched: one call of licet_stir for two thousand campaigns
 * asks, at each look, which queues and settle streams are not empty. */
#ifndef LICET_DAEMON_MODEL_STIR_H
#define LICET_DAEMON_MODEL_STIR_H

#include "daemon/daemon.h"

void stir_open(struct daemon *d);  /* before the loop begins */
void stir_close(struct daemon *d); /* after it ended */
/* At each look. Does nothing where there are few campaigns. */
void stir_turn(struct daemon *d);

#endif
