/* sentinel.c - see sentinel.h. */
#include "io/redis/sentinel.h"

#include "io/config/address.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

void sentinel_question(const char *master, struct redis_args *a)
{
	args_add(a, "SENTINEL");
	args_add(a, "GET-MASTER-ADDR-BY-NAME");
	args_add(a, master);
}

const char *sentinel_read(const struct redis_reply *reply, struct guide_answer *answer)
{
	const char *host = reply_text(reply_at(reply, 0), NULL);
	int64_t port = reply_int(reply_at(reply, 1), 0);

	if (reply_is_nil(reply))
		return error_pick("knows no master of that name", "ne connaît aucun maître de ce nom");
	if (host == NULL || port < 1 || port > 65535 || strlen(host) >= GUIDE_HOST)
		return error_pick("names no address", "ne donne aucune adresse");
	if (!address_is_literal(host))
		return error_pick(
		    "names a host, where an address is expected (sentinel announce-hostnames no)",
		    "donne un nom de machine là où une adresse est attendue (sentinel announce-hostnames no)");
	snprintf(answer->host, GUIDE_HOST, "%s", host);
	answer->port = (int)port;
	return NULL;
}
