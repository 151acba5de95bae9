/* replica_wait.c - with wait_replicas nothing is dialled that a failover could hand over again.
 *
 * WAIT goes out right behind the take, on the same connection, as it speaks of that one only.
 * Where fewer acknowledge, the jobs are reported not-placed, and none is taken until a WAIT
 * without a take says that the replicas are back. */
#include "ctl/sender/replica_wait.h"

#include "ctl/sender/ack.h"
#include "ctl/sender/child.h"
#include "io/host/log.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>

/* They are not there. The same pause each time: WAIT takes long enough. */
static void wait_failed(struct bridge *b, const struct redis_reply *reply, const char *why)
{
	b->has_replicas = false;
	b->take_pause_ms = 0;
	bridge_take_failed(b, reply_is_error(reply) ? reply : NULL, why);
}

static void on_replicas(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	char why[ACK_WHY];

	b->taking = false;
	if (reply != NULL && ack_is_short(b, reply, why))
		wait_failed(b, reply, why);
	else if (reply != NULL)
		b->has_replicas = true;
	bridge_soon(b);
}

bool wait_before_take(struct bridge *b)
{
	if (!ack_wanted(b) || b->has_replicas)
		return true;
	b->taking = ack_ask(b, on_replicas);
	return false;
}

static void on_wait(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	struct redis_reply *jobs = b->unsafe;
	char why[ACK_WHY];

	if (jobs == NULL) /* nothing was taken */
		return;
	b->unsafe = NULL;
	b->taking = false;
	if (reply == NULL) {
		log_warn(
		    "take-lost",
		    "route=%s jobs=%zu why=\"the connection was lost before the replicas answered\" "
		    "action=\"none is dialled; each is handed over again or becomes unknown with its lease\"",
		    b->route, reply_count(jobs));
	} else if (ack_is_short(b, reply, why)) {
		child_refuse(b, jobs, why);
		wait_failed(b, reply, why);
	} else {
		children_start(b, jobs);
	}
	reply_free(jobs);
	bridge_soon(b);
}

void wait_behind_take(struct bridge *b)
{
	if (b->taking && ack_wanted(b) && !ack_ask(b, on_wait))
		b->taking = false;
}
