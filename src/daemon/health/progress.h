/* progress.h - does what could move? */
#ifndef LICET_DAEMON_HEALTH_PROGRESS_H
#define LICET_DAEMON_HEALTH_PROGRESS_H

#include "daemon/daemon.h"

#include <stdbool.h>
#include <stdint.h>

/* At each second: note that all is well. */
void progress_turn(struct daemon *d);
/* For how long nothing moved, though something could or though a gate is closed, in ms. 0 while all is well:
 * nothing is due, or what waits waits for a time that comes by itself. */
int64_t progress_age_ms(const struct daemon *d);

/* Why nothing can move, for who watches: in buf, or what lives as long as d; NULL: what could move does. */
#define PROGRESS_WHY (ID_MAX + 120)
const char *progress_why(const struct daemon *d, char buf[PROGRESS_WHY]);

#endif
