/* lead.c - see lead.h. */
#include "daemon/lead.h"

#include "core/text/cluster_slot.h"
#include "core/text/fnv.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide_search.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_MS 3000
#define RENEW_MS 1300 /* one that is lost is no reason to lose it */
#define AFTER_MS 20   /* behind the end of a lead that nobody renewed */
#define LEAVE_MS 1000 /* nobody waits longer for who leaves */
#define NAME_SIZE 65

struct lead {
	struct redis_link *link;
	struct redis_target target;
	struct lead_hooks hooks;
	char space[SPACE_NAME_MAX + 1], prefix[KEY_SIZE], key[KEY_SIZE], instance[NAME_SIZE];
	enum { UNKNOWN, OURS, OTHERS } state;
	char who[NAME_SIZE];    /* OTHERS: that leads; "": nobody */
	char better[NAME_SIZE]; /* OURS: whom it suited better, when it was asked last; "": nobody */
	bool give;              /* to that one, which was there twice */
	bool decline, asked, leaving, leave_sent, left;
	int64_t failed_ms; /* monotonic: since when it could not be told; 0: it could */
	int64_t next_ms;   /* monotonic: when it is asked again */
	int64_t leave_ms;  /* monotonic: when it was left */
	int64_t asked_ms;  /* wall clock */
};

/* --- who suits a space best ----------------------------------------------------------------------- */

/* The hash of both names, stirred, as the last bytes of names differ most. */
static uint64_t suits(const char *instance, const char *space)
{
	uint64_t hash = fnv_text(fnv_text(fnv_text(FNV_START, instance), "/"), space);

	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 33;
}

/* Of those in a reply of licet_lead, from the fourth on. */
static const char *best_of(const struct lead *l, const struct redis_reply *reply)
{
	const char *best = l->instance;

	for (size_t i = 3; i < reply_count(reply); i++) {
		const char *name = reply_text(reply_at(reply, i), NULL);
		uint64_t have = suits(best, l->space), new = name != NULL ? suits(name, l->space) : 0;

		if (name != NULL && (new > have || (new == have &&strcmp(name, best) < 0)))
			best = name;
	}
	return best;
}

/* --- what is known ------------------------------------------------------------------------------------ */

static void set_state(struct lead *l, int state, const char *who)
{
	bool news = (int)l->state != state || strcmp(l->who, who) != 0;

	if (news && state == OURS)
		log_event_of(LOG_LEVEL_INFO, "lead-taken", l->space, "instance=%s", l->instance);
	else if (news && *who != '\0')
		log_event_of(LOG_LEVEL_INFO, "lead-elsewhere", l->space, "instance=%s", who);
	l->state = state;
	snprintf(l->who, sizeof(l->who), "%s", who);
	if (state != OURS) {
		l->better[0] = '\0';
		l->give = false;
	}
	if (news)
		l->hooks.changed(l->hooks.arg);
}

/* Is there another that it suits better, now and before? A moment's doubt is no reason to move. */
static void judge_better(struct lead *l, const char *best)
{
	bool same = strcmp(best, l->better) == 0;

	if (strcmp(best, l->instance) == 0)
		l->better[0] = '\0';
	else if (!same)
		snprintf(l->better, sizeof(l->better), "%s", best);
	else if (!l->give) {
		l->give = true;
		log_event_of(LOG_LEVEL_INFO, "lead-given", l->space, "to=%s", best);
		l->hooks.changed(l->hooks.arg);
	}
}

/* Perhaps nobody has loaded the functions yet. Where another leads, that is waited for as long as its lead lasts. */
static void not_told(struct lead *l)
{
	int64_t now_ms = clock_monotonic_ms();

	if (l->failed_ms == 0)
		l->failed_ms = now_ms;
	if (l->state != OTHERS || now_ms - l->failed_ms >= HOLD_MS)
		set_state(l, OURS, "");
}

static void on_lead(void *arg, const struct redis_reply *reply)
{
	struct lead *l = arg;
	const char *who = reply_text(reply_at(reply, 0), NULL);
	int64_t left_ms = reply_int(reply_at(reply, 1), 0);

	l->asked = false;
	l->next_ms = clock_monotonic_ms() + RENEW_MS;
	if (l->leaving) {
		l->left = l->leave_sent;
		l->hooks.changed(l->hooks.arg);
		return;
	}
	if (reply == NULL)
		return;
	if (reply_is_error(reply) || who == NULL) {
		not_told(l);
		return;
	}
	l->failed_ms = 0;
	l->hooks.time_told(l->hooks.arg, l->asked_ms, reply_int(reply_at(reply, 2), 0));
	if (strcmp(who, l->instance) != 0) {
		set_state(l, OTHERS, who);
		if (left_ms + AFTER_MS < RENEW_MS)
			l->next_ms = clock_monotonic_ms() + left_ms + AFTER_MS;
		return;
	}
	set_state(l, OURS, "");
	judge_better(l, best_of(l, reply));
}

/* --- asking -------------------------------------------------------------------------------------------- */

static void ask(struct lead *l, const char *how, const char *to)
{
	struct redis_args a;

	args_fcall(&a, "licet_lead", l->key);
	args_add(&a, l->instance);
	args_add_int(&a, HOLD_MS);
	args_add(&a, how);
	if (to != NULL)
		args_add(&a, to);
	l->asked_ms = clock_wall_ms();
	l->asked = redis_link_call(l->link, &a, 0, on_lead, l);
	args_done(&a);
}

void lead_turn(struct lead *l)
{
	if (l->asked || l->leaving || !redis_link_is_up(l->link) || clock_monotonic_ms() < l->next_ms)
		return;
	ask(l, l->decline ? "leave" : "take", NULL);
}

void lead_free(struct lead *l)
{
	char to[NAME_SIZE];

	if (!l->give || l->asked) /* what is under way would say that it is ours still */
		return;
	memcpy(to, l->better, sizeof(to));
	set_state(l, OTHERS, to);
	if (redis_link_is_up(l->link))
		ask(l, "give", to);
}

void lead_decline(struct lead *l, bool decline)
{
	if (l->decline == decline)
		return;
	l->decline = decline;
	l->next_ms = 0;
}

bool lead_leave(struct lead *l)
{
	if (!l->leaving)
		l->leave_ms = clock_monotonic_ms();
	l->leaving = true;
	if (!redis_link_is_up(l->link))
		l->left = true;
	if (!l->left && !l->leave_sent && !l->asked) {
		ask(l, "leave", NULL);
		l->leave_sent = true;
	}
	return l->left || clock_monotonic_ms() - l->leave_ms >= LEAVE_MS;
}

bool lead_is_known(const struct lead *l)
{
	return l->state != UNKNOWN;
}

bool lead_is_ours(const struct lead *l)
{
	return l->state == OURS && !l->give && !l->leaving;
}

const char *lead_of(const struct lead *l)
{
	return l->state == OTHERS ? l->who : "";
}

/* --- life --------------------------------------------------------------------------------------------------- */

static void on_up(void *arg)
{
	struct lead *l = arg;

	l->next_ms = 0;
	lead_turn(l);
}

/* Then whoever works there says what is wrong. */
static void on_down(void *arg, const char *why)
{
	struct lead *l = arg;

	if (l->state == UNKNOWN)
		set_state(l, OURS, "");
}

struct lead *lead_open(struct event_base *base, const struct redis_target *target, const char *space,
                       const char *prefix, const char *instance, const struct lead_hooks *hooks)
{
	struct lead *l = mem_zero(sizeof(*l));
	const struct redis_link_hooks link_hooks = { on_up, on_down, l, &guide_finder };

	l->hooks = *hooks;
	l->target = *target;
	snprintf(l->space, sizeof(l->space), "%s", space);
	snprintf(l->prefix, sizeof(l->prefix), "%s", prefix);
	snprintf(l->instance, sizeof(l->instance), "%s", instance);
	key_global(prefix, "lead", l->key);
	if (l->target.prefix != NULL)
		l->target.prefix = l->prefix;
	l->link = redis_link_new(base, NULL, &l->target, &link_hooks);
	return l;
}

void lead_close(struct lead *l)
{
	if (l == NULL)
		return;
	l->leaving = true;
	redis_link_free(l->link);
	free(l);
}
