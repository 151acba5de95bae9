/* waiting_jobs.h - the jobs of a campaign that wait, all of them, with what the daemon would
 * know of each.
 *
 * They are read in batches, so that memory is the same for a hundred and for a million,
 * and in the order in which the daemon looks at them: held lists, time-ordered set, queue.
 * Nothing is locked: what moves meanwhile may be seen twice or not at all. */
#ifndef LICET_CTL_QUERY_WAITING_JOBS_H
#define LICET_CTL_QUERY_WAITING_JOBS_H

#include "ctl/query/campaign_facts.h"

enum waiting_where { WAITING_HELD, WAITING_LATER, WAITING_QUEUE };

struct waiting_job {
	enum waiting_where where;
	uint32_t held_place;
	int64_t later_ms;   /* of the time-ordered set */
	const char *stored; /* as it stands there */
	size_t stored_len;
	struct stored_job form;
	bool sound; /* it could be read; else fault says why not */
	struct job job;
	struct fault fault;
	/* NULL: its number is none that may be called, and was not asked for. */
	const struct number_asked *asked;
	struct phone phone;
	bool slot_used;
	bool dated; /* to whom it objected, and when, is known */
	struct opposition_fact opposition;
};

struct waiting;
/* cf must outlive it. Heap. */
struct waiting *waiting_open(struct ctl *ctl, struct campaign_facts *cf);
void waiting_close(struct waiting *w);
/* How many there are, and the places that are held. */
int64_t waiting_count(const struct waiting *w);
size_t waiting_places(const struct waiting *w, const uint32_t **ret);

/* The next batch, or NULL after the last. Lives until the next call. */
struct waiting_job *waiting_next(struct waiting *w, size_t *ret_count);
/* Jobs that are not in Redis, as if they stood in the queue: at most NUMBERS_MAX. The texts and
 * what is returned live until the next call. */
struct waiting_job *waiting_look(struct waiting *w, const char *const *texts, const size_t *lens,
                                 size_t count);
/* How many of them there are per place, from the counters; -1 where nobody counts. */
int64_t waiting_held(const struct waiting *w, uint32_t place);

/* What decide() is to be told of it. The campaign, its lists and brakes are the caller's
 * to fill in; a duplicate or a cancelled one is not said. */
void waiting_facts(const struct waiting_job *j, struct facts *ret);

#endif
