/* cluster.c - see cluster.h. */
#include "io/redis/cluster.h"

#include "core/text/cluster_slot.h"
#include "io/config/address.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

void cluster_question(struct redis_args *a)
{
	args_add(a, "CLUSTER");
	args_add(a, "SLOTS");
}

/* A node is [endpoint, port, id, [name, value, …]]. Where the endpoint is a name, the address
 * stands behind. */
bool cluster_node_host(const struct redis_reply *node, const char *asked, char ret_host[GUIDE_HOST])
{
	const char *host = reply_text(reply_at(node, 0), NULL);

	if (host == NULL || *host == '\0')
		host = asked;
	else if (!address_is_literal(host))
		host = reply_text(reply_field(reply_at(node, 3), "ip"), NULL);
	if (host == NULL || !address_is_literal(host) || strlen(host) >= GUIDE_HOST)
		return false;
	snprintf(ret_host, GUIDE_HOST, "%s", host);
	return true;
}

const char *cluster_read(const struct redis_reply *reply, int slot, const char *asked,
                         struct guide_answer *answer)
{
	const struct redis_reply *node = NULL;

	for (size_t i = 0; i < reply_count(reply) && node == NULL; i++) {
		const struct redis_reply *range = reply_at(reply, i);

		if (reply_int(reply_at(range, 0), CLUSTER_SLOTS) <= slot &&
		    slot <= reply_int(reply_at(range, 1), -1))
			node = reply_at(range, 2);
	}
	if (node == NULL)
		return "knows no master of the slot of the prefix";
	int64_t port = reply_int(reply_at(node, 1), 0);

	if (port < 1 || port > 65535)
		return "names no address";
	if (!cluster_node_host(node, asked, answer->host))
		return "names a host, where an address is expected (cluster-preferred-endpoint-type ip)";
	answer->port = (int)port;
	return NULL;
}
