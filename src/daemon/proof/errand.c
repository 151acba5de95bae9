/* errand.c - see errand.h. As far as erasing goes this is a space like any other: of what one has there is its
 * connection, its log, and no work. */
#include "daemon/proof/errand.h"

#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/health/refusal.h"
#include "daemon/proof/erasure.h"
#include "daemon/proof/tail.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide_search.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_MS 4000                   /* licetctl waits for a log that was heard of within ten seconds */
#define OPEN_MS 60000                 /* a log stays open for so long after the last request */
#define AGES_MS INT64_C(86400000)     /* between two looks at what was kept long enough, */
#define AGES_FIRST_MS INT64_C(600000) /* of which the first is then: leads move */
#define RETRY_MS 10000                /* one that could not be opened */

struct errand {
	struct daemon d;
	struct space_host host;
	struct redis_target target;
	char prefix[KEY_SIZE];
	bool asking;
	int64_t asked_ms, wanted_ms, retry_ms; /* monotonic */
	int64_t ages_ms;                       /* the next look at them */
	char error[300];                       /* the last that was told */
};

/* There is no line of status for it. */
static void on_status(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void on_up(void *arg)
{
	((struct errand *)arg)->asked_ms = 0;
}

static void on_down(void *arg, const char *why)
{
	(void)why;
	((struct errand *)arg)->asking = false;
}

struct errand *errand_open(const struct errand_want *want)
{
	const struct redis_link_hooks hooks = { on_up, on_down, NULL, &guide_finder };
	char name[SAY_LINK_SIZE];

	if (*want->conf->log_dir == '\0' || access(want->conf->log_dir, F_OK) != 0)
		return NULL;
	struct errand *e = mem_zero(sizeof(*e));
	struct daemon *d = &e->d;
	struct redis_link_hooks own = hooks;

	own.arg = e;
	e->host.status = on_status;
	snprintf(d->space, sizeof(d->space), "%s", want->space);
	conf_copy(want->conf, &d->conf);
	d->host = &e->host;
	errors_open(d);
	d->base = want->base;
	d->clock = *want->clock;
	e->ages_ms = clock_monotonic_ms() + AGES_FIRST_MS;
	d->library_ok = true; /* whoever leads it has loaded it */
	e->target = *want->target;
	snprintf(e->prefix, sizeof(e->prefix), "%s", d->conf.prefix);
	if (e->target.prefix != NULL)
		e->target.prefix = e->prefix;
	d->target = &e->target;
	d->link = redis_link_new(d->base, say_link(d, "log", name), d->target, &own);
	return e;
}

void errand_close(struct errand *e)
{
	if (e == NULL)
		return;
	redis_link_free(e->d.link);
	tail_close(&e->d);
	errors_close(&e->d);
	conf_done(&e->d.conf);
	free(e);
}

/* --- turns ---------------------------------------------------------------------------------------- */

static void open_log(struct errand *e)
{
	struct daemon *d = &e->d;
	char err[sizeof(e->error)] = "";

	if (d->tail != NULL || clock_monotonic_ms() < e->retry_ms)
		return;
	if (tail_open_to_erase(d, err, sizeof(err)))
		return;
	e->retry_ms = clock_monotonic_ms() + RETRY_MS;
	if (strcmp(err, e->error) != 0)
		say_error(d, "log-erasure", "error=\"%s\" action=\"trying again\"", err);
	memcpy(e->error, err, sizeof(err));
}

static void on_next(void *arg, const struct redis_reply *reply)
{
	struct errand *e = arg;

	e->asking = false;
	if (refused(&e->d, reply, "licet_log_next") || reply_count(reply) == 0)
		return;
	e->wanted_ms = clock_monotonic_ms();
	open_log(e);
	if (e->d.tail != NULL)
		erasure_asked(&e->d, 1);
}

static void ask(struct errand *e)
{
	struct daemon *d = &e->d;
	char key[KEY_SIZE];
	struct redis_args a;

	e->asked_ms = clock_monotonic_ms();
	d->moving_ms = 0;
	args_fcall(&a, "licet_log_next", key_global(d->conf.prefix, "log", key));
	args_add(&a, d->conf.instance);
	e->asking = redis_link_call(d->link, &a, 0, on_next, e);
	args_done(&a);
}

void errand_turn(struct errand *e, const struct rulebook *rb)
{
	if (e == NULL)
		return;
	e->d.rb = rb;
	int64_t now_ms = clock_monotonic_ms();

	if (!e->asking && redis_link_is_up(e->d.link) && (e->asked_ms == 0 || now_ms - e->asked_ms >= ASK_MS))
		ask(e);
	if (now_ms >= e->ages_ms)
		open_log(e);
	if (e->d.tail == NULL)
		return;
	erasure_turn(&e->d);
	if (!erasure_is_idle(&e->d))
		return;
	if (now_ms >= e->ages_ms && !erasure_ages_are_due(&e->d))
		e->ages_ms = now_ms + AGES_MS;
	if (now_ms < e->ages_ms && now_ms - e->wanted_ms >= OPEN_MS)
		tail_close(&e->d);
}
