/* guide_search.h - guides asked one after the other, from the event loop, for links. */
#ifndef LICET_IO_REDIS_GUIDE_SEARCH_H
#define LICET_IO_REDIS_GUIDE_SEARCH_H

#include "io/redis/redis.h"

extern const struct redis_finder guide_finder;

#endif
