/* peek.c - a look at the jobs that come next, without taking them. */
#include "daemon/commit/peek.h"

#include "daemon/base/turn.h"
#include "daemon/schedule/gate.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>

static void on_ignored(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

/* The list behind what was peeked and not yet committed; of a held list also where its head
 * is, as of the same moment. */
static bool peek_list(struct item *item, const char *list, redis_cb *cb)
{
	struct redis_link *link = item->d->link;
	bool held = item->pick.source == SOURCE_HELD, sent = true;
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	if (held) {
		args_add(&a, "MULTI");
		sent = redis_link_call(link, &a, 0, on_ignored, NULL);
		args_reset(&a);
		args_add(&a, "HGET");
		args_add(&a, key_campaign(item->d->conf.prefix, item->run->id, "heads", key));
		args_add(&a, item->run->jobs.helds[item->pick.held_at].name);
		sent = sent && redis_link_call(link, &a, 0, on_ignored, NULL);
		args_reset(&a);
	}
	args_add(&a, "LRANGE");
	args_add(&a, list);
	args_add_int(&a, item->pick.offset);
	args_add_int(&a, item->pick.offset + item->pick.wanted - 1);
	sent = sent && redis_link_call(link, &a, 0, held ? on_ignored : cb, held ? NULL : (void *)item);
	if (held) {
		args_reset(&a);
		args_add(&a, "EXEC");
		sent = sent && redis_link_call(link, &a, 0, cb, item);
	}
	args_done(&a);
	return sent;
}

static bool peek_later(struct item *item, const char *later, redis_cb *cb)
{
	int64_t now_ms = turn_now(item->d);
	char due[32];
	struct redis_args a;
	args_init(&a);
	snprintf(due, sizeof(due), "%" PRId64, now_ms);
	args_add(&a, "ZRANGEBYSCORE");
	args_add(&a, later);
	args_add(&a, "-inf");
	args_add(&a, run_is_over(item->run, now_ms) ? "+inf" : due);
	args_add(&a, "LIMIT");
	args_add(&a, "0");
	args_add_int(&a, item->pick.wanted);
	bool sent = redis_link_call(item->d->link, &a, 0, cb, item);
	args_done(&a);
	return sent;
}

bool peek_send(struct item *item, redis_cb *cb)
{
	const char *prefix = item->d->conf.prefix, *id = item->run->id;
	char key[KEY_SIZE];
	switch (item->pick.source) {
	case SOURCE_LATER:
		return peek_later(item, key_campaign(prefix, id, "later", key), cb);
	case SOURCE_HELD:
		return peek_list(item,
		                 key_held(prefix, id, item->run->jobs.helds[item->pick.held_at].name, key),
		                 cb);
	case SOURCE_QUEUE:
		break;
	}
	return peek_list(item, key_campaign(prefix, id, "queue", key), cb);
}

const struct redis_reply *peek_jobs(struct item *item, const struct redis_reply *reply,
                                    const char **ret_wrong)
{
	if (item->pick.source != SOURCE_HELD || !reply_is_array(reply))
		return reply;
	const struct redis_reply *head = reply_at(reply, 0);
	if (head == NULL || reply_is_error(head)) {
		*ret_wrong = "heads";
		return head;
	}
	item->head = reply_int(head, 0) + item->pick.offset;
	return reply_at(reply, 1);
}
