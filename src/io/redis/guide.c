/* guide.c - asking servers where the master is; see guide.h. */
#include "io/redis/guide.h"

#include "core/text/cluster_slot.h"
#include "io/config/address.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/cluster.h"
#include "io/redis/reply.h"
#include "io/redis/sentinel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A guide has little to do: one that is silent for so long is passed over. */
#define ANSWER_MS 1000

struct redis_target guide_target(const struct redis_target *target, size_t i, char **ret_host)
{
	struct redis_target one = { .timeout_ms =
		                        target->timeout_ms < ANSWER_MS ? target->timeout_ms : ANSWER_MS,
		                    .user = target->guide_user,
		                    .password = target->guide_password,
		                    .tls = target->tls };

	*ret_host = NULL;
	address_split(target->guides[i], ret_host, &one.port);
	one.host = *ret_host;
	return one;
}

void guide_question(const struct redis_target *target, struct redis_args *a)
{
	args_reset(a);
	if (target->prefix != NULL)
		cluster_question(a);
	else
		sentinel_question(target->master, a);
}

void guide_add_why(const struct redis_target *target, size_t i, const char *why, struct guide_answer *answer)
{
	size_t used = strlen(answer->why);

	snprintf(answer->why + used, sizeof(answer->why) - used, "%s%s: %s", used > 0 ? "; " : "",
	         target->guides[i], why);
}

/* What is wrong with the reply of a node, or NULL. */
static const char *node_read(const struct redis_target *target, size_t i, const struct redis_reply *reply,
                             struct guide_answer *answer)
{
	char *asked = NULL;
	int port;

	address_split(target->guides[i], &asked, &port);
	const char *problem = cluster_read(reply, prefix_slot(target->prefix), asked, answer);

	free(asked);
	return problem;
}

bool guide_read(const struct redis_target *target, size_t i, const struct redis_reply *reply,
                struct guide_answer *answer)
{
	const char *problem;

	if (reply == NULL)
		problem = error_pick("no reply", "aucune réponse");
	else if (reply_is_error(reply))
		problem = reply_text(reply, NULL);
	else if (target->prefix != NULL)
		problem = node_read(target, i, reply, answer);
	else
		problem = sentinel_read(reply, answer);
	if (problem != NULL) {
		answer->host[0] = '\0';
		guide_add_why(target, i, problem, answer);
		return false;
	}
	answer->who = i;
	return true;
}

const char *guide_nobody(const struct redis_target *target)
{
	return target->prefix != NULL ? error_pick("no node of the cluster", "aucun nœud de la grappe")
	                              : error_pick("no Sentinel", "aucun Sentinel");
}

bool guide_needed(const struct redis_target *target, const struct redis_reply *reply)
{
	bool of_cluster = reply_error_is(reply, "MOVED") || reply_error_is(reply, "CLUSTERDOWN");

	return (target->prefix != NULL && of_cluster) || reply_error_is(reply, "READONLY") ||
	       reply_error_is(reply, "LOADING") || reply_error_is(reply, "MASTERDOWN");
}

bool guide_redirect(const struct redis_reply *reply, const char *asked, char ret_host[GUIDE_HOST],
                    int *ret_port)
{
	const char *text = reply_error_is(reply, "MOVED") ? reply_text(reply, NULL) : "";
	const char *at = strrchr(text, ' '), *colon = at != NULL ? strrchr(at, ':') : NULL;

	if (colon == NULL)
		return false;
	size_t len = (size_t)(colon - at - 1);
	long port = strtol(colon + 1, NULL, 10);

	if (len == 0)
		snprintf(ret_host, GUIDE_HOST, "%s", asked);
	else
		snprintf(ret_host, GUIDE_HOST, "%.*s", (int)len, at + 1);
	*ret_port = (int)port;
	return port >= 1 && port <= 65535 && address_is_literal(ret_host);
}
