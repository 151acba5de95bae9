/* cluster.h - what a node of a cluster is asked, and says: which master has a slot, and which masters there are. */
#ifndef LICET_IO_REDIS_CLUSTER_H
#define LICET_IO_REDIS_CLUSTER_H

#include "io/redis/guide.h"

void cluster_question(struct redis_args *a);
/* Read the reply of the node at asked, an address: the master of that slot goes into answer. Returns
 * what is wrong with it, or NULL. A node that announces no address is the one that answered. */
const char *cluster_read(const struct redis_reply *reply, int slot, const char *asked,
                         struct guide_answer *answer);

struct node_at {
	char host[GUIDE_HOST]; /* an address */
	int port;
};
/* Read the reply to CLUSTER SHARDS of the server at asked ("address:port"): the masters that do not have
 * that slot, those without any slot too, but for such as announce no address. The caller frees them. */
struct node_at *cluster_other_masters(const struct redis_reply *shards, int slot, const char *asked,
                                      size_t *ret_count);

#endif
