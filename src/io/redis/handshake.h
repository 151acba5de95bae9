/* handshake.h - what makes a fresh connection ours; for src/io/redis alone. */
#ifndef LICET_IO_REDIS_HANDSHAKE_H
#define LICET_IO_REDIS_HANDSHAKE_H

#include "io/redis/redis.h"

#endif
