/* peek.c - a look at the jobs that come next, without taking them. */
#include "daemon/commit/peek.h"

#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>

#define HEAD_END 1000000000000000 /* 15 digits */
/* A job that is too large by so little is read all the same: its owner finds it whole among the invalid. */
#define WHOLE_OVER 1024

/* A part of a transaction: where the slot is on the move, EXEC does not say so. */
static void on_part(void *arg, const struct redis_reply *reply)
{
	moving_deny(arg, reply);
}

/* The list behind what was peeked and not yet committed; of a held list also where its head
 * is, as of the same moment. */
static bool peek_list(struct batch *batch, const char *list, redis_cb *cb)
{
	struct redis_link *link = batch->d->link;
	bool held = batch->pick.source == SOURCE_HELD, sent = true;
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	if (held) {
		args_add(&a, "MULTI");
		sent = redis_link_call(link, &a, 0, NULL, NULL);
		args_reset(&a);
		args_add(&a, "HGET");
		args_add(&a, key_campaign(batch->d->conf.prefix, batch->run->id, "heads", key));
		args_add(&a, batch->run->jobs.helds[batch->pick.held_at].name);
		sent = sent && redis_link_call(link, &a, 0, on_part, batch->d);
		args_reset(&a);
	}
	if (held) {
		/* What is there passed through licet_commit: none is too large. */
		args_add(&a, "LRANGE");
		args_add(&a, list);
		args_add_int(&a, batch->pick.offset);
		args_add_int(&a, batch->pick.offset + batch->pick.wanted - 1);
	} else {
		args_done(&a);
		args_fcall_ro(&a, "licet_peek", list);
		args_add_int(&a, batch->pick.offset);
		args_add_int(&a, batch->pick.wanted);
		args_add_int(&a, JOB_BYTES_MAX + WHOLE_OVER);
	}
	sent = sent && (held ? redis_link_call(link, &a, 0, on_part, batch->d)
	                     : redis_link_call(link, &a, 0, cb, batch));
	if (held) {
		args_reset(&a);
		args_add(&a, "EXEC");
		sent = sent && redis_link_call(link, &a, 0, cb, batch);
	}
	args_done(&a);
	return sent;
}

static bool peek_later(struct batch *batch, const char *later, redis_cb *cb)
{
	int64_t now_ms = turn_now(batch->d);
	char due[32];
	struct redis_args a;
	args_init(&a);
	snprintf(due, sizeof(due), "%" PRId64, now_ms);
	args_add(&a, "ZRANGEBYSCORE");
	args_add(&a, later);
	args_add(&a, "-inf");
	args_add(&a, campaign_is_over(&batch->run->sit.c, now_ms) ? "+inf" : due);
	args_add(&a, "LIMIT");
	args_add(&a, "0");
	args_add_int(&a, batch->pick.wanted);
	bool sent = redis_link_call(batch->d->link, &a, 0, cb, batch);
	args_done(&a);
	return sent;
}

bool peek_send(struct batch *batch, redis_cb *cb)
{
	const char *prefix = batch->d->conf.prefix, *id = batch->run->id;
	char key[KEY_SIZE];
	switch (batch->pick.source) {
	case SOURCE_LATER:
		return peek_later(batch, key_campaign(prefix, id, "later", key), cb);
	case SOURCE_HELD:
		return peek_list(batch,
		                 key_held(prefix, id, batch->run->jobs.helds[batch->pick.held_at].name, key),
		                 cb);
	case SOURCE_QUEUE:
		break;
	}
	return peek_list(batch, key_campaign(prefix, id, "queue", key), cb);
}

const struct redis_reply *peek_jobs(struct batch *batch, const struct redis_reply *reply,
                                    const char **ret_wrong)
{
	if (batch->pick.source != SOURCE_HELD || !reply_is_array(reply))
		return reply;
	const struct redis_reply *head = reply_at(reply, 0);
	if (head == NULL || reply_is_error(head)) {
		*ret_wrong = "heads";
		return head;
	}
	/* As head_of() of the library reads it. */
	int64_t counted = reply_int(head, 0);
	batch->head = (counted >= 0 && counted < HEAD_END ? counted : 0) + batch->pick.offset;
	return reply_at(reply, 1);
}
