/* redis.h - is this Redis one on which lawful work can be done?
 *
 * Version, library, clock, durability and memory. What is not met is a gate (nothing moves) or is
 * logged, as the configuration says. */
#ifndef LICET_DAEMON_HEALTH_REDIS_H
#define LICET_DAEMON_HEALTH_REDIS_H

#include "daemon/daemon.h"

void health_open(struct daemon *d);          /* before the loop begins */
void health_close(struct daemon *d);         /* after it ended */
void health_up(struct daemon *d);            /* the link is up: library, version, clock, policy */
void health_down(struct daemon *d);          /* the link is down: none of them is known */
void health_clock_stepped(struct daemon *d); /* our clock was set: it is to be checked anew */
void health_turn(struct daemon *d);          /* once a second */
/* Redis told its time in ms, asked for at asked_ms by the wall clock: is there a doubt of ours? */
void health_time(struct daemon *d, int64_t asked_ms, int64_t redis_ms);
void health_suspect_library(struct daemon *d); /* a function is gone: look for the library again */

#endif
