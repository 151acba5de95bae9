/* policy.h - what the text of INFO says of a Redis: which server it is, whether it keeps what it was
 * told, and whether it has room. licetd and licetctl judge it by this alone. */
#ifndef LICET_IO_REDIS_POLICY_H
#define LICET_IO_REDIS_POLICY_H

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
	char why[320];         /* what of the durability contract is not met; "" if all is */
};

/* high_pct: of maxmemory, from which on it is full. sentinels: there are some, and a failover is
 * to lose nothing. fsync: the value of appendfsync, which INFO does not tell; "": not known, and so not met. */
void redis_policy_read(const char *info, int high_pct, bool sentinels, const char *fsync,
                       struct redis_policy *ret);

/* The value of a line of INFO; "" if it is not there. Returns buf. */
const char *info_value(const char *info, const char *name, char *buf, size_t size);

#endif
