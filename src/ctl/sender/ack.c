/* ack.c - see ack.h. */
#include "ctl/sender/ack.h"

#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>

bool ack_wanted(const struct bridge *b)
{
	return b->ctl->conf.wait_replicas > 0;
}

bool ack_ask(struct bridge *b, redis_cb *cb)
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

bool ack_is_short(const struct bridge *b, const struct redis_reply *reply, char why[ACK_WHY])
{
	int64_t copies = reply_int(reply, 0);

	if (reply_is_error(reply))
		snprintf(why, ACK_WHY, "WAIT: %.80s", reply_text(reply, NULL));
	else
		snprintf(why, ACK_WHY, "%" PRId64 " of %d replicas acknowledged within %d ms", copies,
		         b->ctl->conf.wait_replicas, b->ctl->conf.wait_ms);
	return copies < b->ctl->conf.wait_replicas;
}
