/* policy.h - what the text of INFO says of a Redis: which server it is, whether it keeps what it was
 * told, and whether it has room. licetd and licetctl judge it by this alone. */
#ifndef LICET_IO_REDIS_POLICY_H
#define LICET_IO_REDIS_POLICY_H

#include "io/redis/redis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis_policy {
	char server[16], version[24]; /* "redis" or what else it calls itself, and its own version */
	char role[16], maxmemory_policy[24];
	bool aof, cluster, full;
	int major;             /* of the Redis that it is compatible with */
	int64_t used, limit;   /* bytes; limit 0: none */
	int64_t delayed_fsync; /* writes that waited more than two seconds for the disk */
	char why[400];         /* what of the durability contract is not met; "" if all is */
};

/* What INFO does not tell, and CONFIG GET does; "": not known. */
struct redis_config {
	char appendfsync[16];
	char full_coverage[8]; /* cluster-require-full-coverage */
};
/* The question, and the answer to it; NULL and an error: nothing is known. */
void redis_config_question(struct redis_args *a);
void redis_config_read(const struct redis_reply *reply, struct redis_config *ret);

/* high_pct: of maxmemory, from which on it is full. failover: there may be one, and it is to lose
 * nothing. An appendfsync that is not known is not met. */
void redis_policy_read(const char *info, int high_pct, bool failover, const struct redis_config *config,
                       struct redis_policy *ret);

/* The value of a line of INFO; "" if it is not there. Returns buf. */
const char *info_value(const char *info, const char *name, char *buf, size_t size);

#endif
