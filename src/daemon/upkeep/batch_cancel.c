/* batch_cancel.c - see batch_cancel.h. */
#include "daemon/upkeep/batch_cancel.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/refusal.h"
#include "daemon/model/runs.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>

enum { CANCEL_OVER, CANCEL_MORE, CANCEL_WAITS };

struct cancelling {
	struct daemon *d;
	char campaign[ID_MAX + 1];
};

static void step(struct cancelling *c);

static void on_step(void *arg, const struct redis_reply *reply)
{
	struct cancelling *c = arg;
	struct run *run = run_find(c->d, c->campaign);
	bool failed = refused(c->d, reply, "licet_batch_cancel");
	int64_t more = failed ? CANCEL_WAITS : reply_int(reply_at(reply, 0), CANCEL_OVER);

	if (run != NULL && more == CANCEL_MORE && !c->d->draining) {
		step(c);
		return;
	}
	/* What was counted is read anew; and what waits is asked about at the next look. */
	if (run != NULL)
		run->batch_cancelling = run->batch_cancel = false;
	if (run != NULL && more == CANCEL_OVER)
		say_info(c->d, "batch-cancelled", "campaign=%s", c->campaign);
	if (run != NULL && !failed)
		turn_want(c->d, WANT_READING);
	free(c);
}

static void step(struct cancelling *c)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_batch_cancel", key_campaign(c->d->conf.prefix, c->campaign, "cancelling", key));
	if (!redis_link_call(c->d->link, &a, 0, on_step, c)) {
		struct run *run = run_find(c->d, c->campaign);

		if (run != NULL)
			run->batch_cancelling = false;
		free(c);
	}
	args_done(&a);
}

static void start(struct daemon *d, struct run *run)
{
	struct cancelling *c = mem_zero(sizeof(*c));

	run->batch_cancelling = true;
	c->d = d;
	snprintf(c->campaign, sizeof(c->campaign), "%s", run->id);
	step(c);
}

void batch_cancel_turn(struct daemon *d)
{
	if (!d->batch_cancels)
		return;
	d->batch_cancels = false;
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->batch_cancel && !d->runs[i]->batch_cancelling)
			start(d, d->runs[i]);
}
