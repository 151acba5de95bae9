/* shares.c - see shares.h. */
#include "daemon/shares.h"

#include "core/campaign/need.h"
#include "core/campaign/rate_share.h"
#include "core/text/fnv.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
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
#define SETTLED_MS 15000   /* as long as others may still have what they had before they lost a space to us */
#define HORIZON_MS 60000.0 /* what waits is wanted within that */

/* What one space wants of one route. */
struct share {
	char space[SPACE_NAME_MAX + 1], route[ID_MAX + 1];
	struct rate_want want;
	char written[RATE_SIZE]; /* last, by us; "": nothing */
};

struct shares {
	struct served *served;
	int64_t looked_ms; /* monotonic */
	size_t waiting;    /* replies to come */
	size_t among;
	struct share **list;
	size_t count, capacity;
	/* Which spaces we work in, and since when, monotonic. */
	uint64_t ours;
	int64_t ours_ms;
	size_t known; /* routes that they use */
};

struct question { /* of one route */
	struct shares *s;
	char route[ID_MAX + 1];
};

static struct share *share_of(struct shares *s, const char *space, const char *route)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i]->space, space) == 0 && strcmp(s->list[i]->route, route) == 0)
			return s->list[i];
	struct share *new = mem_zero(sizeof(*new));

	snprintf(new->space, sizeof(new->space), "%s", space);
	snprintf(new->route, sizeof(new->route), "%s", route);
	s->list = mem_grow(s->list, &s->capacity, s->count, sizeof(*s->list));
	return s->list[s->count++] = new;
}

/* --- what one space wants -------------------------------------------------------------------------- */

static int64_t waiting_of(const struct daemon *d, const struct run *run)
{
	int64_t n = run->jobs.queue_len, now_ms = turn_now(d);

	for (size_t i = 0; i < run->jobs.held_count; i++) {
		const struct held_list *held = &run->jobs.helds[i];

		if (held->place != 0 && held->count > 0 && run->views != NULL &&
		    place_view_at(run->views, held->place, now_ms)->open)
			n += held->count;
	}
	return n;
}

/* Jobs a millisecond, as far as they could go: what stands still for anything but a rate wants none. */
static double wanted(const struct daemon *d, const char *route)
{
	double sum = 0;

	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];

		if (!run->listed || strcmp(run->sit.c.route, route) != 0 ||
		    need_of(run->state, run->because) != NEED_MOVES)
			continue;
		double interval_ms = run->sit.c.interval_ms;
		double per_ms = (double)waiting_of(d, run) / HORIZON_MS;

		sum += interval_ms > 0 && per_ms > 1 / interval_ms ? 1 / interval_ms : per_ms;
	}
	return sum;
}

/* --- writing --------------------------------------------------------------------------------------- */

static void on_put(void *arg, const struct redis_reply *reply)
{
	refused(arg, reply, "HSET route");
}

static void put(struct daemon *d, struct share *share, const char *part)
{
	char key[KEY_SIZE];
	struct redis_args a;

	if (!health_good(d))
		return;
	args_init(&a);
	args_add(&a, "HSET");
	args_add(&a, key_of(d->conf.prefix, "route", share->route, key));
	args_add(&a, "rate");
	args_add(&a, part);
	if (redis_link_call(d->link, &a, 0, on_put, d))
		snprintf(share->written, sizeof(share->written), "%s", part);
	args_done(&a);
}

/* The spaces that we work in, as they share a route now. */
struct round {
	struct daemon **d;
	struct share **shares;
	const struct rate_want **wants;
	char (*parts)[RATE_SIZE];
	size_t count;
};

/* What it has, as it was last read there: a rate, "": none, which is no bound; NULL: nothing can go out by it. One that
 * no campaign there uses is not known, and has what was written last. One whose Redis is away has what it had. */
static const char *has(const struct round *r, size_t i)
{
	const struct known_hash *known = catalog_hash(r->d[i], "route", r->shares[i]->route);

	if (known == NULL)
		return r->shares[i]->written[0] != '\0' ? r->shares[i]->written : NULL;
	if (known->wrong_type)
		return NULL;
	const char *rate = fields_get(&known->fields, "rate");

	return rate != NULL ? rate : "";
}

/* First what is to be less; nobody gets more before that is read back, and before those that worked here have heard of
 * it. So all of them together never have more than there is. */
static void write_parts(const struct shares *s, const struct round *r)
{
	bool less = false, settled = clock_monotonic_ms() - s->ours_ms >= SETTLED_MS;

	for (size_t i = 0; i < r->count; i++) {
		const char *rate = has(r, i);

		if (rate == NULL || !rate_is_more(rate, r->parts[i]))
			continue;
		less = true;
		put(r->d[i], r->shares[i], r->parts[i]);
	}
	for (size_t i = 0; i < r->count && !less && settled; i++) {
		const char *rate = has(r, i);

		if (rate != NULL && strcmp(rate, r->parts[i]) != 0)
			put(r->d[i], r->shares[i], r->parts[i]);
	}
}

/* Returns false if there is no such rate to share. */
static bool share_out(struct shares *s, const char *route, const char *rate)
{
	size_t most = s->served->count + 1;
	struct round r = { mem_zero(most * sizeof(*r.d)), mem_zero(most * sizeof(*r.shares)),
		           mem_zero(most * sizeof(*r.wants)), mem_zero(most * sizeof(*r.parts)), 0 };
	size_t ours = 0, among;

	for (size_t i = 0; i < s->served->count; i++)
		ours += s->served->seats[i]->d != NULL;
	among = s->among > ours ? s->among : ours;
	double equal = rate_equal_part(rate, among > 0 ? among : 1);

	for (size_t i = 0; i < s->served->count; i++) {
		struct daemon *d = s->served->seats[i]->d;

		if (d == NULL || d->draining)
			continue;
		r.d[r.count] = d;
		r.shares[r.count] = share_of(s, s->served->seats[i]->space, route);
		rate_want(&r.shares[r.count]->want, wanted(d, route), equal, clock_monotonic_ms());
		r.wants[r.count] = &r.shares[r.count]->want;
		r.count++;
	}
	bool good = equal > 0 && r.count > 0 && rate_shares(rate, among, r.wants, r.count, r.parts);

	if (good)
		write_parts(s, &r);
	free(r.d);
	free(r.shares);
	free(r.wants);
	free(r.parts);
	return good || r.count == 0;
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
	char key[KEY_SIZE], name[ID_MAX + 8];
	bool bad = reply != NULL && rate != NULL && !share_out(s, q->route, rate);

	s->waiting--;
	snprintf(name, sizeof(name), "route:%s", q->route);
	for (size_t i = 0; bad && i < s->served->count; i++) {
		struct daemon *d = s->served->seats[i]->d;

		if (d != NULL && !d->draining)
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

/* Which spaces we work in now, and which routes they use. Returns true where there is a route that there was not: it
 * has no bound yet. */
static bool look_at_ours(struct shares *s, int64_t now_ms)
{
	uint64_t ours = FNV_START;
	size_t known = 0;

	for (size_t i = 0; i < s->served->count; i++) {
		const struct seat *seat = s->served->seats[i];

		if (seat->d == NULL || seat->d->draining)
			continue;
		ours = fnv_bytes(ours, seat->space, strlen(seat->space) + 1);
		known += seat->d->route_count;
	}
	if (ours != s->ours)
		s->ours_ms = now_ms;
	bool more = known > s->known;

	s->ours = ours;
	s->known = known;
	return more;
}

void shares_turn(struct shares *s, struct hub *hub, size_t among)
{
	int64_t now_ms = clock_monotonic_ms();
	bool news = look_at_ours(s, now_ms);

	if (news)
		s->looked_ms = 0;
	if (hub == NULL || among == 0 || s->waiting > 0 ||
	    (s->looked_ms != 0 && now_ms - s->looked_ms < LOOK_MS))
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
	for (size_t i = 0; i < s->count; i++)
		free(s->list[i]);
	free(s->list);
	free(s);
}
