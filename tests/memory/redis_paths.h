/* redis_paths.h - what goes to Redis and comes back, for sweep(). Their server runs. */
#ifndef LICET_TESTS_REDIS_PATHS_H
#define LICET_TESTS_REDIS_PATHS_H

#include "sweep.h"

/* A pipeline, whose replies must be those of its commands, or end in words. */
enum end path_conn(void *arg);
/* Commands on a link, each again until it was answered: by its own reply, once. */
enum end path_link(void *arg);

#endif
