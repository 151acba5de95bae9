/* ack.h - WAIT: do the replicas have what was written before it on the same connection? */
#ifndef LICET_CTL_SENDER_ACK_H
#define LICET_CTL_SENDER_ACK_H

#include "ctl/sender/bridge.h"
#include "io/redis/redis.h"

#define ACK_WHY 128

/* Must replicas have what was taken and reported? */
bool ack_wanted(const struct bridge *b);
/* Ask WAIT behind what was sent. Returns false, and never calls back, if the link is down. */
bool ack_ask(struct bridge *b, redis_cb *cb);
/* Did fewer answer than there must be? why is filled in any case. */
bool ack_is_short(const struct bridge *b, const struct redis_reply *reply, char why[ACK_WHY]);

#endif
