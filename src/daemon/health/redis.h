/* redis.h - is this Redis one on which lawful work can be done? * Version, library, clock,
 * durability and memory. What is not met is a gate (nothing moves) or is said loudly, by
 * configuration. */
#ifndef LICET_DAEMON_HEALTH_REDIS_H
#define LICET_DAEMON_HEALTH_REDIS_H

#include "daemon/daemon.h"

/* health.c */
void health_up(struct daemon *d); /* the link is up: library, version, clock, policy */
void health_turn(struct daemon *d);
void health_suspect_library(struct daemon *d);
#endif
