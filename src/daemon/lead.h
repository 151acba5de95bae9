/* lead.h - which of several machines works in a space.
 *
 * Each process that serves a space asks there, once in a while, who leads: licet_lead. The lead ends by itself three
 * seconds after its holder is gone, and the first that asks then has it. Among those that are there each space has one
 * that suits it best, by a hash of both names, and the lead is given to that one: so they share the spaces. Nothing rests
 * on it that there is one: who cannot be told works. */
#ifndef LICET_DAEMON_LEAD_H
#define LICET_DAEMON_LEAD_H

#include "io/redis/redis.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct lead;

struct lead_hooks {
	/* Something is other than it was. */
	void (*changed)(void *arg);
	/* Redis told its time in ms, between then (wall clock, ms) and now. */
	void (*time_told)(void *arg, int64_t asked_ms, int64_t redis_ms);
	void *arg;
};

/* prefix: of the space. It is copied, and so are the names; the target's strings outlive this. */
struct lead *lead_open(struct event_base *base, const struct redis_target *target, const char *space,
                       const char *prefix, const char *instance, const struct lead_hooks *hooks);
void lead_close(struct lead *l); /* NULL: nothing */
void lead_turn(struct lead *l);  /* at each tick */

/* Has it been found out? */
bool lead_is_known(const struct lead *l);
/* Ours, and not to be given away: work there. */
bool lead_is_ours(const struct lead *l);
/* Who leads where we do not; "": nobody is known to. */
const char *lead_of(const struct lead *l);
/* We cannot work there: others may, and we are none of them; or can again. */
void lead_decline(struct lead *l, bool decline);
/* Our work there has ended: give the lead to whom it is to be given, if it is. */
void lead_free(struct lead *l);
/* Leave for good; true when that is told, or cannot be. */
bool lead_leave(struct lead *l);

#endif
