/* standing.h - why a campaign stands still, until when, and how many of its jobs may go.
 *
 * The one judge. licetd's gates, the state that it publishes, what it takes back from senders,
 * licetctl explain, preflight and forecast all ask here, so that none says what another denies.
 *
 *     gates            whatever the campaign: clock, memory, durability, replicas, the decision log,
 *                      spaces that are not heard, what cannot be read, instances that disagree, a law that nobody signed
 *     the campaign     faults, halts, status, end, history, lists, the breaker of its route, start, law
 *     its places       open, closed until when, or stuck for a reason of the jobs
 *     brakes           backlog, breaker and canary, priority, rates: how many may go
 *
 * What a person has to do comes before what time brings by itself, and what stops everything before
 * what stops this campaign. licetd's manual tells the same order. */
#ifndef LICET_CORE_CAMPAIGN_STANDING_H
#define LICET_CORE_CAMPAIGN_STANDING_H

#include "core/campaign/situation.h"
#include "core/law/binding.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands in the way of everything. A text is "" where nothing does, and else the rule. */
struct gates {
	enum reason told; /* what licetd said of its own gates, for who asks it; allowed: it asks itself */
	const char *told_rule;
	bool clock_doubt;       /* clock and Redis TIME differ, or were not compared yet */
	bool memory_full;       /* Redis is above the high-water mark */
	const char *policy;     /* what is not met of the durability contract, where that is asked for */
	const char *replicas;   /* too few acknowledge, or none was asked yet */
	const char *log;        /* why the decision log, where one is kept, is not written in time */
	const char *spaces;     /* which other space of the platform was not heard in time, and since when */
	const char *unreadable; /* what Redis refuses that has to be read, or "library" */
	bool mismatch;          /* an instance works by another rulebook */
	bool unsigned_law;      /* nobody signed the rulebook, and that is asked for */
};

/* The route of a campaign, now. */
struct route_now {
	const char *tripped;     /* why its breaker is open; "": it is not */
	int64_t room;            /* what breaker and canary leave; INT64_MAX: no limit */
	int64_t ready, reserved; /* jobs in its ready list, and on their way there */
	int64_t out;             /* jobs that are ready or with senders */
	int claimed;             /* the highest priority that has a job to release; -1: none */
	double pace_ms;          /* UTC: when its rate lets the next one go; 0: at once */
};

/* Jobs that wait for a place. */
struct held_now {
	uint32_t place;
	int64_t count;
	bool resting;      /* nothing of it could go lately */
	enum reason stuck; /* why, where no time will mend it; allowed: it does */
	const char *stuck_rule;
};

/* Where the jobs of a campaign are. */
struct jobs_now {
	int64_t queue, held, later, ready, taken, unknown, intake;
	int64_t later_first_ms; /* TIME_NONE: none */
	enum reason later_why;
	bool later_retry;
	double pace_ms;           /* UTC: when its own rate lets the next one go; 0: at once */
	const char *blocked;      /* why the last commit failed; "": it did not */
	const char *blocked_list; /* where that is a list nobody can ask: its name; NULL */
	const struct held_now *helds;
	size_t held_count;
};

/* The first gate that is closed, and its rule; allowed: all are open. */
enum reason gates_first(const struct gates *gates, const char **ret_rule);
struct standing_input;
/* The same, or why the last commit of the campaign failed: what does not follow from its hashes. */
enum reason standing_gate(const struct standing_input *in, const char **ret_rule);

struct standing_input {
	const struct gates *gates;
	const struct situation *sit;
	const char *wrong_key;         /* a key of a wrong type stands in its way; "": none */
	const struct route_now *route; /* NULL: not known */
	const struct jobs_now *jobs;
	struct place_views *views; /* with the campaign's own hours; may be changed */
	double pace_slack_ms;      /* see pace.h */
	int64_t now_ms;
};

/* Which of the things that stop a campaign are asked for. */
enum stop_scope {
	STOPS_INTAKE,  /* nothing moves, not even from the queue to where it waits */
	STOPS_READY,   /* what is ready comes back: it may not be handed over */
	STOPS_PERSON,  /* no time will mend it: somebody has to do something */
	STOPS_TRIES,   /* no release is to be tried; one that failed lately is */
	STOPS_RELEASE, /* any of them */
};
struct stop {
	const char *state; /* waiting, paused, stopped, ended or rejected */
	enum reason reason;
	const char *rule; /* points into the input or to static text */
	int64_t until_ms; /* TIME_NONE: nobody knows */
};
/* The first thing that stops it, whatever its places and rates. Returns false, and leaves *ret
 * alone, if nothing does. */
bool standing_stop(const struct standing_input *in, enum stop_scope scope, struct stop *ret);

/* How many of its jobs may be released now, as far as backlog, breaker, canary, priority, concurrency
 * and rates tell, and what stops the one after the last of them. */
struct brake {
	int64_t budget; /* never below 0 */
	enum reason reason;
	const char *rule;
	int64_t until_ms; /* with budget 0: when a rate lets the next one go; TIME_NONE: nobody knows */
};
void standing_brake(const struct standing_input *in, struct brake *ret);

/* May a release start in a place now? view: of the place, with the campaign's hours. The guard
 * before its close is kept. */
bool standing_is_open(const struct situation *sit, const struct place_view *view, int64_t now_ms);

/* The whole answer: what licetd publishes as the campaign's state. */
struct standing {
	const char *state; /* running, waiting, paused, stopped, ended, done or rejected */
	enum reason because;
	const char *rule;
	int64_t until_ms;
	int64_t budget; /* how many may go now; INT64_MAX: the places are not open, or nothing waits */
};
void standing_of(const struct standing_input *in, struct standing *ret);

/* What is told of a job of which a decision was made, where its campaign stands as a whole:
 * a refusal of the job itself comes first, then what stops the campaign, then why the job waits.
 * Returns true, and fills *ret, where the campaign's answer is the one. */
bool standing_overrules(const struct standing_input *in, enum reason decided, struct stop *ret);

#endif
