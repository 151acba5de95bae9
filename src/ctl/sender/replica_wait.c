/* replica_wait.c - with wait_replicas nothing is dialled that a failover could hand over again.
 *
 * WAIT goes out right behind the take, on the same connection, as it speaks of that one only.
 * Where fewer acknowledge, the jobs are reported not-placed, and none is taken until a WAIT
 * without a take says that the replicas are back. */
#include "ctl/sender/replica_wait.h"

#include "ctl/sender/child.h"
#include "ctl/sender/sender.h"
#include "io/host/log.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>

bool bridge_waits(const struct bridge *b)
{
	return b->ctl->conf.wait_replicas > 0;
}

bool wait_ask(struct bridge *b, redis_cb *cb)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, "WAIT");
	args_add_int(&a, b->ctl->conf.wait_replicas);
	args_add_int(&a, b->ctl->conf.wait_ms);
	bool sent = redis_link_call(b->link, &a, b->ctl->conf.wait_ms, cb, b);

	args_done(&a);
	return sent;
}

bool wait_is_short(const struct bridge *b, const struct redis_reply *reply, char why[WAIT_WHY])
{
	int64_t copies = reply_int(reply, 0);

	if (reply_is_error(reply))
		snprintf(why, WAIT_WHY, "WAIT: %.80s", reply_text(reply, NULL));
	else
		snprintf(why, WAIT_WHY, "%" PRId64 " of %d replicas acknowledged within %d ms", copies,
		         b->ctl->conf.wait_replicas, b->ctl->conf.wait_ms);
	return copies < b->ctl->conf.wait_replicas;
}

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
	char why[WAIT_WHY];

	b->taking = false;
	if (reply != NULL && wait_is_short(b, reply, why))
		wait_failed(b, reply, why);
	else if (reply != NULL)
		b->has_replicas = true;
	bridge_turn(b);
}

bool wait_before_take(struct bridge *b)
{
	if (!bridge_waits(b) || b->has_replicas)
		return true;
	b->taking = wait_ask(b, on_replicas);
	return false;
}

static void on_wait(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	struct redis_reply *jobs = b->unsafe;
	char why[WAIT_WHY];

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
	} else if (wait_is_short(b, reply, why)) {
		run_refuse(b, jobs, why);
		wait_failed(b, reply, why);
	} else {
		bridge_start(b, jobs);
	}
	reply_free(jobs);
	bridge_turn(b);
}

void wait_behind_take(struct bridge *b)
{
	if (b->taking && bridge_waits(b) && !wait_ask(b, on_wait))
		b->taking = false;
}
