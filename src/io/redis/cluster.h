/* cluster.h - what a node of a cluster is asked, and says: which master has a slot, and which masters there are. */
#ifndef LICET_IO_REDIS_CLUSTER_H
#define LICET_IO_REDIS_CLUSTER_H

#include "io/redis/guide.h"

void cluster_question(struct redis_args *a);
/* Read the reply of the node at asked, an address: the master of that slot goes into answer. Returns
 * what is wrong with it, or NULL. A node that announces no address is the one that answered. */
const char *cluster_read(const struct redis_reply *reply, int slot, const char *asked,
                         struct guide_answer *answer);

/* The host that a node announces, as a client reaches it: one of asked where it announces none.
 * Returns false if it announces a name alone. */
bool cluster_node_host(const struct redis_reply *node, const char *asked, char ret_host[GUIDE_HOST]);

#endif
