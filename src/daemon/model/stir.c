/* stir.c - see stir.h; the function is in src/lua/70_look.lua. */
#include "daemon/model/stir.h"

#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/reading.h"
#include "daemon/model/runs.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STIR_CHUNK 2000 /* of one call: a millisecond of Redis */

struct stir {
	size_t waiting; /* calls that are under way */
};

/* What was asked for: the ids, as the answer has positions and campaigns may go meanwhile. */
struct question {
	struct daemon *d;
	size_t routes, count;
	char ids[][ID_MAX + 1];
};

void stir_open(struct daemon *d)
{
	d->stir = mem_zero(sizeof(*d->stir));
}

void stir_close(struct daemon *d)
{
	free(d->stir);
	d->stir = NULL;
}

static void route_stirs(struct daemon *d, const char *id)
{
	for (size_t i = 0; i < d->route_count; i++)
		if (strcmp(d->routes[i]->id, id) == 0)
			d->routes[i]->settle_wanted = true;
}

static void on_stir(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct daemon *d = q->d;
	d->stir->waiting--;
	bool lost = refused(d, reply, "licet_stir");
	for (size_t i = 0; !lost && i < reply_count(reply); i++) {
		int64_t at = reply_int(reply_at(reply, i), 0) - 1;
		if (at < 0 || (size_t)at >= q->count)
			continue;
		if ((size_t)at < q->routes)
			route_stirs(d, q->ids[at]);
		else
			catalog_look_at(d, run_find(d, q->ids[at]));
	}
	if (reply_count(reply) > 0)
		turn_soon(d);
	free(q);
}

static struct question *question_new(struct daemon *d)
{
	struct question *q = mem_zero(sizeof(*q) + (STIR_CHUNK + d->route_count) * sizeof(q->ids[0]));
	q->d = d;
	return q;
}

static void question_add(struct question *q, const char *id)
{
	snprintf(q->ids[q->count++], sizeof(q->ids[0]), "%s", id);
}

static void question_send(struct daemon *d, struct question *q)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall_ro(&a, "licet_stir", key_global(d->conf.prefix, "campaigns", key));
	args_add_int(&a, (int64_t)q->routes);
	for (size_t i = 0; i < q->count; i++)
		args_addf(&a, "%s", q->ids[i]);
	if (redis_link_call(d->link, &a, 0, on_stir, q))
		d->stir->waiting++;
	else
		free(q);
	args_done(&a);
}

void stir_turn(struct daemon *d)
{
	if (d->run_count < MANY_CAMPAIGNS || d->stir->waiting > 0 || !d->catalog_known || !d->library_ok ||
	    !health_good(d))
		return;
	struct question *q = question_new(d);
	for (; q->routes < d->route_count; q->routes++)
		question_add(q, d->routes[q->routes]->id);
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		if (!run->listed || run->jobs.queue_len > 0)
			continue;
		question_add(q, run->id);
		if (q->count < q->routes + STIR_CHUNK)
			continue;
		question_send(d, q);
		q = question_new(d);
	}
	if (q->count > 0)
		question_send(d, q);
	else
		free(q);
}
