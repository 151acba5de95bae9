/* split.c - see split.h. */
#include "daemon/health/split.h"

#include "core/text/cluster_slot.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/cluster.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS 60000
#define AGAIN_MS 1000  /* what was found is looked at twice: a move may just have ended */
#define ANSWER_MS 1000 /* a master that is silent for so long is passed over */
#define WHY_SIZE 200

struct split {
	bool asking;             /* a look is under way */
	bool found;              /* the last one found keys elsewhere */
	int64_t due_ms;          /* monotonic: the next look */
	struct node_at *masters; /* the others, of this look */
	size_t count, at;
	struct redis_link *link; /* to the one that is being asked */
	char where[WHY_SIZE];    /* those that have keys of the slot; "": none */
};

void split_open(struct daemon *d)
{
	d->split = mem_zero(sizeof(*d->split));
}

/* A look is over, or given up. */
static void look_end(struct daemon *d, int64_t next_ms)
{
	struct split *s = d->split;
	redis_link_free(s->link);
	s->link = NULL;
	free(s->masters);
	s->masters = NULL;
	s->count = s->at = 0;
	s->asking = false;
	s->due_ms = clock_monotonic_ms() + next_ms;
}

void split_close(struct daemon *d)
{
	look_end(d, 0);
	free(d->split);
	d->split = NULL;
}

void split_down(struct daemon *d)
{
	d->split->found = false;
	look_end(d, 0);
}

/* --- what was found ------------------------------------------------------------------------ */

static void on_halted(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	if (!refused(d, reply, "HSETNX"))
		turn_want(d, WANT_READING);
}

/* A halt that stands already, stands for a reason of its own. */
static void halt(struct daemon *d)
{
	char key[KEY_SIZE], text[WHY_SIZE + 200];
	struct redis_args a;
	snprintf(text, sizeof(text),
	         "keys of slot %d, which is that of the prefix, are on %s too: a move was broken off, and "
	         "everything is halted; licet-cluster(7) says how they come together again",
	         prefix_slot(d->target->prefix), d->split->where);
	errors_tell(d, "slot", text);
	args_init(&a);
	args_add(&a, "HSETNX");
	args_add(&a, key_global(d->conf.prefix, "halt", key));
	args_add(&a, "all");
	args_add(&a, "split");
	redis_link_call(d->link, &a, 0, on_halted, d);
	args_done(&a);
}

static void look_done(struct daemon *d)
{
	struct split *s = d->split;
	bool elsewhere = s->where[0] != '\0', sure = elsewhere && s->found;
	if (sure)
		halt(d);
	s->found = elsewhere;
	look_end(d, elsewhere && !sure ? AGAIN_MS : EVERY_MS);
	if (!elsewhere || sure)
		moving_end(d);
}

/* --- the other masters, one after the other ------------------------------------------------- */

static void look_next(struct daemon *d);

static void on_count(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct split *s = d->split;
	if (reply == NULL) /* told besides, as the loss of the link */
		return;
	if (!refused(d, reply, "CLUSTER COUNTKEYSINSLOT") && reply_int(reply, 0) > 0) {
		const struct node_at *m = &s->masters[s->at - 1];
		size_t used = strlen(s->where);
		snprintf(s->where + used, sizeof(s->where) - used, "%s%s:%d", used > 0 ? " and " : "",
		         m->host, m->port);
	}
	look_next(d);
}

static void on_up(void *arg)
{
	struct daemon *d = arg;
	struct redis_args a;
	args_init(&a);
	args_add(&a, "CLUSTER");
	args_add(&a, "COUNTKEYSINSLOT");
	args_add_int(&a, prefix_slot(d->target->prefix));
	redis_link_call(d->split->link, &a, 0, on_count, d);
	args_done(&a);
}

/* One that is away has nothing to say. */
static void on_down(void *arg, const char *why)
{
	look_next(arg);
}

static void look_next(struct daemon *d)
{
	const struct redis_link_hooks hooks = { .on_up = on_up, .on_down = on_down, .arg = d };
	struct split *s = d->split;
	redis_link_free(s->link);
	s->link = NULL;
	if (s->at == s->count) {
		look_done(d);
		return;
	}
	const struct redis_target one = { .host = s->masters[s->at].host,
		                          .port = s->masters[s->at].port,
		                          .user = d->target->user,
		                          .password = d->target->password,
		                          .timeout_ms = ANSWER_MS };
	s->at++;
	s->link = redis_link_new(d->base, NULL, &one, &hooks);
}

static void on_shards(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct split *s = d->split;
	char at[GUIDE_HOST + 8];
	if (reply == NULL) /* split_down() has seen to it, or will */
		return;
	s->where[0] = '\0';
	if (refused(d, reply, "CLUSTER SHARDS")) {
		look_end(d, EVERY_MS);
		moving_end(d); /* who may not ask goes on, as before */
		return;
	}
	s->masters = cluster_other_masters(reply, prefix_slot(d->target->prefix),
	                                   redis_link_at(d->link, at, sizeof(at)), &s->count);
	look_next(d);
}

void split_turn(struct daemon *d)
{
	struct split *s = d->split;
	struct redis_args a;
	if (d->target->prefix == NULL || s->asking || d->draining || !d->catalog_known || !d->library_ok ||
	    !redis_link_is_up(d->link))
		return;
	/* While the slot moves there are keys elsewhere; when it has, the look comes first. */
	if (d->moving_ms != 0 ? !d->moving_settled : clock_monotonic_ms() < s->due_ms)
		return;
	if (d->moving_ms != 0 && s->found && clock_monotonic_ms() < s->due_ms)
		return;
	args_init(&a);
	args_add(&a, "CLUSTER");
	args_add(&a, "SHARDS");
	s->asking = redis_link_call(d->link, &a, 0, on_shards, d);
	args_done(&a);
}
