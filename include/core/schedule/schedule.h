/* schedule.h - whose batch is next.
 *
 * Start-time fair queueing by weight among the campaigns of one priority: a share is the jobs that a
 * campaign had released, divided by its weight, and who has least comes first. A campaign that had
 * nothing to do begins at the least share of those that had: idle time earns no credit. Higher
 * priorities come first on each route; a lower one goes on where a higher one has nothing that may
 * go now, for a campaign that waits for its window, its rate or a list claims nothing. So a lower
 * priority waits as long as a higher one has lawful work for all that the route takes, and no longer.
 *
 * It knows counts, rates and windows; it knows no Redis and no clock: what was found and what a
 * commit did is told to it as values. Several batches are in flight at once: while Redis moves one,
 * the next is decided. That needs no lock, for a commit whose batch is no longer the head changes
 * nothing; see backlog.h. */
#ifndef LICET_CORE_SCHEDULE_SCHEDULE_H
#define LICET_CORE_SCHEDULE_SCHEDULE_H

#include "core/campaign/situation.h"
#include "core/campaign/standing.h"
#include "core/law/binding.h"
#include "core/schedule/backlog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_IN_FLIGHT_MAX 12 /* batches of all campaigns */
#define SCHEDULE_SOURCE_MAX 8     /* of one list: a peek waits behind the commits before it */

/* What a route has, shared by the campaigns that use it. */
struct route_load {
	int64_t ready;      /* jobs in its ready list, as last told */
	int64_t reserved;   /* release candidates in flight */
	int64_t out;        /* jobs of its campaigns that are ready or with senders */
	int64_t room;       /* that breaker and canary leave; INT64_MAX: no limit */
	const char *why;    /* the breaker is open, because; "": it is not */
	int claimed;        /* the highest priority that has jobs to release; -1: none */
	double least_share; /* of those: what the least served one has had */
};

/* One campaign, as the schedule sees it. All but tended is borrowed, and stays. */
struct scheduled {
	const struct situation *sit;
	struct backlog *jobs;
	struct place_views *views;
	struct route_load *route;           /* NULL: none that is known */
	bool tended;                        /* listed and judged: it may be looked at */
	const char *wrong_key;              /* a key of a wrong type stands in its way; "": none */
	const char *blocked, *blocked_list; /* why the last commit failed; see standing.h */
};

struct schedule {
	struct scheduled **list; /* borrowed */
	size_t count;
	struct scheduled **work; /* room for as many: those that have something to do in this turn */
	size_t work_count;
	struct route_load **routes; /* borrowed */
	size_t route_count;
	const struct gates *gates; /* of this turn */
	int64_t now_ms;
	double pace_slack_ms;
	int batch_size, batch_min, batch_max; /* jobs wanted of a peek */
	size_t in_flight;                     /* batches */
	unsigned turn;
	size_t next;         /* who is looked at first: of equal shares not always the same */
	unsigned priorities; /* those that have something to do in this turn, a bit each */
};

enum source_kind { SOURCE_LATER, SOURCE_HELD, SOURCE_QUEUE };
struct pick {
	struct scheduled *of;
	struct route_load *route; /* as it was then */
	enum source_kind source;
	size_t held_at;   /* SOURCE_HELD: index in its helds */
	int64_t wanted;   /* how many to peek */
	int64_t offset;   /* where */
	int64_t expected; /* how many of them may go out at most: spoken for from now on */
};

/* A turn begins: who has work, and who claims each route. */
void schedule_begin(struct schedule *s, const struct gates *gates, int64_t now_ms);
/* The next batch of this turn to peek; it is in flight from then on. Returns false if there is none. */
bool schedule_next(struct schedule *s, struct pick *ret);
/* How long nothing will be due, if nothing happens: at least 0, at most limit_ms. */
int64_t schedule_wait_ms(const struct schedule *s, int64_t limit_ms);

/* What became of a pick. It could not be peeked at all: as if it had not been picked, and this
 * campaign is not looked at any more in this turn. */
void schedule_failed(struct schedule *s, const struct pick *p);
/* Found so many: fewer than wanted, or nothing. Returns true if a reading has to tell what is there. */
bool schedule_found(const struct pick *p, int64_t found);
/* Its commit was sent. */
void schedule_sent(const struct pick *p);
/* It has ended: moved says whether its jobs left their list, released how many went out. */
void schedule_ended(struct schedule *s, const struct pick *p, bool moved, int64_t released);

/* What a commit did, as a value. */
struct commit_result {
	int64_t jobs, released, held, ended; /* held: they went back to where jobs wait */
	int64_t ready;                       /* in the ready list of the route now */
};
/* It moved: counts, room and rates follow. */
void schedule_committed(const struct pick *p, const struct commit_result *r, int64_t now_ms);
/* A held list fed itself alone: it rests, stuck for that reason; allowed: it is only left alone. */
void schedule_rest(struct held_list *held, int64_t until_ms, enum reason stuck, const char *rule);

/* The next batches are larger or smaller: a call took us microseconds, where budget_us are what
 * another client should wait at most. full: it was as large as wanted. */
void schedule_adapt(struct schedule *s, int64_t us, int64_t budget_us, bool full);

/* While a campaign's batch is in flight on a rate-limited route, campaigns with a larger share may not
 * use up its budget. Is this one so far ahead? */
bool schedule_is_ahead(const struct scheduled *c);

struct source *pick_source(const struct pick *p);

/* A question to the judge of standing about one campaign, with all that it points into. */
#define STANDING_HELDS_MAX 320
struct standing_question {
	struct standing_input in;
	struct route_now route;
	struct jobs_now jobs;
	struct held_now helds[STANDING_HELDS_MAX];
};
const struct standing_input *scheduled_standing(const struct scheduled *c, const struct gates *gates,
                                                double pace_slack_ms, int64_t now_ms,
                                                struct standing_question *q);

#endif
