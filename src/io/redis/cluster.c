/* cluster.c - see cluster.h. */
#include "io/redis/cluster.h"

#include "core/text/cluster_slot.h"
#include "io/config/address.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cluster_question(struct redis_args *a)
{
	args_add(a, "CLUSTER");
	args_add(a, "SLOTS");
}

/* The address of a node: its endpoint, or where that is a name, ip. One that announces none is where
 * the server is that was asked. */
static bool host_of(const char *endpoint, const char *ip, const char *asked, char ret_host[GUIDE_HOST])
{
	const char *host = endpoint;

	if (host == NULL || *host == '\0')
		host = asked;
	else if (!address_is_literal(host))
		host = ip;
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
		return error_pick("knows no master of the slot of the prefix",
		                  "ne connaît aucun maître du slot du préfixe");
	int64_t port = reply_int(reply_at(node, 1), 0);

	if (port < 1 || port > 65535)
		return error_pick("names no address", "ne donne aucune adresse");
	/* A node is [endpoint, port, id, [name, value, …]]. */
	if (!host_of(reply_text(reply_at(node, 0), NULL),
	             reply_text(reply_field(reply_at(node, 3), "ip"), NULL), asked, answer->host))
		return error_pick(
		    "names a host, where an address is expected (cluster-preferred-endpoint-type ip)",
		    "donne un nom de machine là où une adresse est attendue (cluster-preferred-endpoint-type ip)");
	answer->port = (int)port;
	return NULL;
}

/* --- the masters -------------------------------------------------------------------- */

static bool has_slot(const struct redis_reply *shard, int slot)
{
	const struct redis_reply *slots = reply_field(shard, "slots");

	for (size_t i = 0; i + 1 < reply_count(slots); i += 2)
		if (reply_int(reply_at(slots, i), CLUSTER_SLOTS) <= slot &&
		    slot <= reply_int(reply_at(slots, i + 1), -1))
			return true;
	return false;
}

/* Over TLS a node has another port: by_tls where that is how it was asked. */
static int64_t port_of(const struct redis_reply *node, bool by_tls)
{
	const struct redis_reply *port = reply_field(node, "port"), *tls = reply_field(node, "tls-port");

	return reply_int(by_tls || port == NULL ? tls : port, 0);
}

static bool asked_by_tls(const struct redis_reply *shards, int port)
{
	for (size_t i = 0; i < reply_count(shards); i++) {
		const struct redis_reply *nodes = reply_field(reply_at(shards, i), "nodes");

		for (size_t k = 0; k < reply_count(nodes); k++)
			if (reply_int(reply_field(reply_at(nodes, k), "tls-port"), 0) == port)
				return true;
	}
	return false;
}

struct node_at *cluster_other_masters(const struct redis_reply *shards, int slot, const char *asked,
                                      size_t *ret_count)
{
	struct node_at *found = NULL;
	size_t count = 0, capacity = 0;
	char *host = NULL;
	int port = 0;

	address_split(asked, &host, &port);
	bool by_tls = asked_by_tls(shards, port);

	for (size_t i = 0; i < reply_count(shards); i++) {
		const struct redis_reply *shard = reply_at(shards, i), *nodes = reply_field(shard, "nodes");

		for (size_t k = 0; !has_slot(shard, slot) && k < reply_count(nodes); k++) {
			const struct redis_reply *node = reply_at(nodes, k);
			const char *role = reply_text(reply_field(node, "role"), NULL);
			int64_t at = port_of(node, by_tls);

			if (role == NULL || strcmp(role, "master") != 0 || at < 1 || at > 65535)
				continue;
			found = mem_grow(found, &capacity, count, sizeof(*found));
			if (!host_of(reply_text(reply_field(node, "endpoint"), NULL),
			             reply_text(reply_field(node, "ip"), NULL), host, found[count].host))
				continue;
			found[count++].port = (int)at;
		}
	}
	free(host);
	*ret_count = count;
	return found;
}
