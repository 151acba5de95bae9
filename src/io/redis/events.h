/* events.h - hiredis on libevent; for src/io/redis alone.
 *
 * Its own adapter adds the read event again after every read, two system calls each
 * time; ours is persistent. */
#ifndef LICET_IO_REDIS_EVENTS_H
#define LICET_IO_REDIS_EVENTS_H

struct event_base;
struct redisAsyncContext;

/* Ends with the context. */
void redis_events_attach(struct redisAsyncContext *ac, struct event_base *base);

#endif
