/* batch.h - one batch on its way: jobs as peeked, what was decided, the commit. */
#ifndef LICET_DAEMON_COMMIT_BATCH_H
#define LICET_DAEMON_COMMIT_BATCH_H

#include "core/campaign/standing.h"
#include "core/schedule/schedule.h"
#include "daemon/daemon.h"

#define REST_MS 1000 /* after something that will not be better at once */

/* r may be released, l goes to its target unless a list stops it, x ends. */
enum job_group { GROUP_RELEASE, GROUP_LISTED, GROUP_END };

struct batch_job {
	const char *stored; /* as it stands in the source */
	size_t stored_len;
	int64_t big_len; /* of one that is too large, of which stored is how it begins; 0: it is whole */
	struct stored_job form; /* the same, taken apart */
	bool parsed;
	struct job job;
	struct fault fault;
	struct decision dec;
	int32_t date_last; /* of its view, which is gone once the batch has waited for an answer */
	enum job_group group;
	/* facts of this number and person */
	char *registry; /* text; NULL: no record */
	size_t registry_len;
	struct registry_record *record; /* the same, read; NULL: no record, or not readable */
	bool unplaced;                  /* an objection of the number waits to be placed */
	bool record_unknown;            /* there is one that is not readable */
	char *opposed; /* dated oppositions to the advertiser, as the commit told them; NULL: none */
	struct opposition_fact opposition;
	uint8_t attempts[ATTEMPTS_BYTES_MAX], person[ATTEMPTS_BYTES_MAX];
	size_t attempts_len, person_len;
};

struct batch {
	struct daemon *d;
	struct run *run;
	struct pick pick; /* what of, and how many */
	int64_t head;     /* of a held list: what its head will be counted to be at this batch */
	size_t n;
	char *bytes; /* what the jobs point into */
	struct batch_job *jobs;
	size_t group_counts[GROUP_END + 1]; /* as batch_decide() found them */
	bool facts;         /* registry and history were fetched: the commit compares with them */
	bool unsent;        /* its commit was not sent yet */
	bool moved;         /* its commit did */
	char **forms_asked; /* ids of forms that it asked for, sorted */
	size_t forms_asked_count, forms_asked_capacity;
	bool forms_lost; /* one of the questions was not answered */
	int replies_left, rounds;
	struct route_run *route; /* of its campaign; lives as long as the daemon */
	int64_t reserved;        /* release candidates counted in that route */
	int64_t released;        /* how many went out */
	int64_t now_ms, sent_us;
	int64_t peeked_ms;      /* monotonic: when its jobs were read */
	size_t commits_at_send; /* unanswered ones, this one included */
};

/* Take a peek's reply apart and parse each job. */
void batch_load(struct batch *batch, const struct redis_reply *payloads);
/* Decide every job with the facts at hand. brake: how many may be released, and why no more. */
void batch_decide(struct batch *batch, int64_t now_ms, const struct brake *brake);
/* Facts: the values of registry and history, in the order of batch_numbers(). */
void batch_registry_args(struct batch *batch, struct redis_args *a);
void batch_history_args(struct batch *batch, struct redis_args *a);
void batch_registry_store(struct batch *batch, const struct redis_reply *values);
void batch_history_store(struct batch *batch, const struct redis_reply *values);
/* The same from a commit that found others: {word, position, value, …}. */
void batch_registry_correct(struct batch *batch, const struct redis_reply *pairs);
void batch_history_correct(struct batch *batch, const struct redis_reply *pairs);
void batch_opposed_correct(struct batch *batch, const struct redis_reply *pairs);
/* The same of objections that nobody has placed: {word, position, …}. */
void batch_unplaced(struct batch *batch, const struct redis_reply *positions);
/* Does a job that is held wait in the time-ordered set rather than for its place, and until
 * when? */
bool job_waits_for_time(const struct batch_job *s, int64_t now_ms, int64_t *ret_until_ms);
/* When the last consent was given that might lift an opposition; TIME_NONE: none might. */
int64_t job_lift_ms(const struct batch_job *s);
size_t batch_group_count(const struct batch *batch, enum job_group group);
void batch_free(struct batch *batch);

/* The next job of a group; after NULL the first one; NULL: no more. */
static inline struct batch_job *group_next(const struct batch *batch, enum job_group group,
                                           struct batch_job *after)
{
	for (struct batch_job *s = after != NULL ? after + 1 : batch->jobs; s < batch->jobs + batch->n; s++)
		if (s->group == group)
			return s;
	return NULL;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): s is the name of a variable, not a value */
#define EACH(batch, s, g) \
	for (struct batch_job *s = group_next(batch, g, NULL); s != NULL; s = group_next(batch, g, s))
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
