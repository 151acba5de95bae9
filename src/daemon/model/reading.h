/* reading.h - what is defined in Redis: campaigns and the hashes they refer to. A reading takes
 * three steps: the ids, then the campaigns, then what these refer to. Work goes on meanwhile with
 * what was known; the commit function refuses what was decided on an older definition. */
#ifndef LICET_DAEMON_MODEL_READING_H
#define LICET_DAEMON_MODEL_READING_H

#include "daemon/daemon.h"

void catalog_open(struct daemon *d);
/* When the last reading was asked for, monotonic; 0: none was. */
int64_t catalog_asked_ms(const struct daemon *d);
void catalog_read(struct daemon *d); /* start a reading; one at a time, a second follows it */
/* Read and judge one campaign, of which something is known to have changed; NULL: nothing is done. */
void catalog_look_at(struct daemon *d, struct run *run);
/* The connection was lost: what a reading under way would say is not waited for. What is known stays. */
void catalog_down(struct daemon *d);
void catalog_free(struct daemon *d);
/* Begin a call of licet_look; the ids of campaigns follow. */
void catalog_look_start(const struct daemon *d, struct redis_args *a);

#endif
