/* sentinel.h - what a Sentinel is asked, and says: where the master of a name is. */
#ifndef LICET_IO_REDIS_SENTINEL_H
#define LICET_IO_REDIS_SENTINEL_H

#include "io/redis/guide.h"

void sentinel_question(const char *master, struct redis_args *a);
/* Read the reply into answer. Returns what is wrong with it, or NULL. */
const char *sentinel_read(const struct redis_reply *reply, struct guide_answer *answer);

#endif
