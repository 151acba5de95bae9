/* shares.c - see shares.h. */
#include "daemon/shares.h"

#include "core/campaign/rate_share.h"
#include "daemon/base/errors.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/hashes.h"
#include "daemon/model/routes.h"
#include "io/host/clock.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 5000

struct shares {
	struct served *served;
	int64_t looked_ms; /* monotonic */
	size_t waiting;    /* replies to come */
	size_t among;
};

struct question { /* of one route */
	struct shares *s;
	char route[ID_MAX + 1];
};

/* --- one space ----------------------------------------------------------------------------------- */

static void on_put(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "HSET route");
}

static void put(struct daemon *d, const char *route, const char *share)
{
	char key[KEY_SIZE];
	struct redis_args a;
	const struct known_hash *known = catalog_hash(d, "route", route);
	const char *has = known != NULL ? fields_get(&known->fields, "rate") : NULL;

	/* One that no campaign there uses is not known. */
	if (known == NULL || known->wrong_type || !health_good(d) || (has != NULL && strcmp(has, share) == 0))
		return;
	args_init(&a);
	args_add(&a, "HSET");
	args_add(&a, key_of(d->conf.prefix, "route", route, key));
	args_add(&a, "rate");
	args_add(&a, share);
	redis_link_call(d->link, &a, 0, on_put, d);
	args_done(&a);
}

/* --- the hub -------------------------------------------------------------------------------------- */

static void on_rate(void *arg, const struct redis_reply *reply)
{
	struct question *q = arg;
	struct shares *s = q->s;
	/* Any other error is no answer; the question comes again. */
	const char *rate = reply_error_is(reply, "WRONGTYPE") ? ""
	                   : reply_is_error(reply)            ? NULL
	                                                      : reply_text(reply, NULL);
	char share[RATE_SIZE], key[KEY_SIZE], name[ID_MAX + 8];
	bool good = rate != NULL && rate_share(rate, s->among, share);

	s->waiting--;
	snprintf(name, sizeof(name), "route:%s", q->route);
	for (size_t i = 0; rate != NULL && reply != NULL && i < s->served->count; i++) {
		struct daemon *d = s->served->seats[i]->d;

		if (d == NULL || d->draining)
			continue;
		if (good)
			put(d, q->route, share);
		else
			errors_tell(
			    d, key_hub(d->conf.prefix, name, key),
			    "expected a hash with a rate such as 30/s, of which each space has at least one a day");
	}
	free(q);
}

static void ask(struct shares *s, struct hub *hub, const char *route)
{
	char name[ID_MAX + 8], key[KEY_SIZE];
	struct question *q = mem_zero(sizeof(*q));
	struct redis_args a;

	q->s = s;
	snprintf(q->route, sizeof(q->route), "%s", route);
	snprintf(name, sizeof(name), "route:%s", route);
	args_init(&a);
	args_add(&a, "HGET");
	args_add(&a, key_hub(s->served->conf.prefix, name, key));
	args_add(&a, "rate");
	if (hub_call(hub, &a, on_rate, q))
		s->waiting++;
	else
		free(q);
	args_done(&a);
}

/* Has an earlier one of those served that route too? */
static bool is_asked(const struct shares *s, size_t before, const char *route)
{
	for (size_t i = 0; i < before; i++)
		if (s->served->seats[i]->d != NULL && route_find(s->served->seats[i]->d, route) != NULL)
			return true;
	return false;
}

void shares_turn(struct shares *s, struct hub *hub, size_t among)
{
	int64_t now_ms = clock_monotonic_ms();

	if (hub == NULL || among == 0 || s->waiting > 0 || now_ms - s->looked_ms < LOOK_MS)
		return;
	s->looked_ms = now_ms;
	s->among = among;
	for (size_t i = 0; i < s->served->count; i++) {
		const struct daemon *d = s->served->seats[i]->d;

		for (size_t k = 0; d != NULL && k < d->route_count; k++)
			if (!is_asked(s, i, d->routes[k]->id))
				ask(s, hub, d->routes[k]->id);
	}
}

struct shares *shares_open(struct served *served)
{
	struct shares *s = mem_zero(sizeof(*s));

	s->served = served;
	return s;
}

void shares_close(struct shares *s)
{
	free(s);
}
