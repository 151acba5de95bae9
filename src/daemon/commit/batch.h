/* batch.h - one batch on its way: jobs as peeked, what was decided, the commit. */
#ifndef LICET_DAEMON_COMMIT_BATCH_H
#define LICET_DAEMON_COMMIT_BATCH_H

#include "daemon/daemon.h"

#define REST_MS 1000 /* after something that will not be better at once */

enum source_kind { SOURCE_LATER, SOURCE_HELD, SOURCE_QUEUE };

/* r may be released, l goes to its target unless a list stops it, x ends. */
enum slot_group { GROUP_RELEASE, GROUP_LISTED, GROUP_END };

struct slot {
	const char *stored; /* as it stands in the source */
	size_t stored_len;
	struct stored_job form;
	bool parsed;
	struct job job;
	struct fault fault;
	struct decision dec;
	enum slot_group group;
	/* facts of this number and person */
	char *registry; /* text; NULL: no record */
	size_t registry_len;
	struct registry_record *record; /* the same, read; NULL: no record, or not readable */
	bool record_unknown;            /* there is one that is not readable */
	char *opposed; /* dated oppositions to the advertiser, as the commit told them; NULL: none */
	struct opposition_fact opposition;
	uint8_t attempts[ATTEMPTS_BYTES_MAX], person[ATTEMPTS_BYTES_MAX];
	size_t attempts_len, person_len;
};

struct item {
	struct daemon *d;
	struct run *run;
	enum source_kind kind;
	size_t held_at; /* index in run->helds */
	size_t wanted;  /* how many were asked for */
	int64_t offset; /* where in the source it was peeked */
	int64_t head;   /* of a held list: what its head will be counted to be at this batch */
	size_t n;
	char *bytes; /* what the slots point into */
	struct slot *slots;
	size_t group_counts[GROUP_END + 1]; /* as batch_decide() found them */
	bool facts;  /* registry and history were fetched: the commit compares with them */
	bool unsent; /* still counted in the source's unsent */
	bool moved;  /* its commit did */
	int replies_left, rounds;
	size_t route_at;            /* index in d->routes */
	int64_t reserved;           /* release candidates counted in that route */
	int64_t expected, released; /* how many may go out, and did */
	int64_t now_ms, sent_us;
	size_t commits_at_send; /* unanswered ones, this one included */
};

/* What is known of the list that a batch comes from. */
struct held_list *item_source(const struct item *item);
/* peek.c: ask for the jobs behind those that are in flight already; cb gets the answer and the
 * item. Returns false if there is no connection. */
bool peek_send(struct item *item, redis_cb *cb);
/* The jobs in that answer, or an error, or NULL; *ret_wrong: which key of the campaign the
 * error is about, where it is not the list. */
const struct redis_reply *peek_jobs(struct item *item, const struct redis_reply *reply,
                                    const char **ret_wrong);
/* Take a peek's reply apart and parse each job. */
void batch_load(struct item *item, const struct redis_reply *payloads);
/* Decide every job with the facts at hand. budget: how many may be released; brake: why
 * no more. */
void batch_decide(struct item *item, int64_t now_ms, enum reason brake, const char *brake_rule,
                  int64_t brake_until_ms, int64_t budget);
/* The call of licet_commit. */
void batch_commit(struct item *item, struct redis_args *a);
/* Blocks of the r group in it, as 10_commit.lua lists them: where attempts are kept, those known
 * and those to be written, of numbers and of so many persons; the ready entries, whose text is
 * valid until the next batch. */
void released_add_history(struct item *item, struct redis_args *a, size_t persons);
void released_add_entries(struct item *item, struct redis_args *a);
/* A precise time that a person asked for, as the mark that it was used, at most 40 bytes and
 * not terminated. Returns its end. */
char *released_slot(char *at, const struct slot *s);
/* Facts: the values of registry and history, in the order of batch_numbers(). */
void batch_registry_args(struct item *item, struct redis_args *a);
void batch_history_args(struct item *item, struct redis_args *a);
void batch_registry_store(struct item *item, const struct redis_reply *values);
void batch_history_store(struct item *item, const struct redis_reply *values);
/* The same from a commit that found others: {word, position, value, …}. */
void batch_registry_correct(struct item *item, const struct redis_reply *pairs);
void batch_history_correct(struct item *item, const struct redis_reply *pairs);
void batch_opposed_correct(struct item *item, const struct redis_reply *pairs);
/* Find the registered forms that consents name. Returns false if one has not been read yet:
 * it is asked for, and the batch comes again. */
bool batch_forms(struct item *item);
/* Does a job that is held wait in the time-ordered set rather than for its place, and until
 * when? */
bool slot_waits_for_time(const struct slot *s, int64_t now_ms, int64_t *ret_until_ms);
/* When the last consent was given that might lift an opposition; TIME_NONE: none might. */
int64_t slot_lift_ms(const struct slot *s);
size_t batch_group_count(const struct item *item, enum slot_group group);
/* after_commit.c: a batch that moved. progress: how many of its jobs left the list it came from. */
void batch_learn(struct item *item);
void batch_rest(const struct item *item, struct held_list *source, int64_t progress);
void batch_free(struct item *item);

/* The next slot of a group; after NULL the first one; NULL: no more. */
static inline struct slot *group_next(const struct item *item, enum slot_group group, struct slot *after)
{
	for (struct slot *s = after != NULL ? after + 1 : item->slots; s < item->slots + item->n; s++)
		if (s->group == group)
			return s;
	return NULL;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): s is the name of a variable, not a value */
#define EACH(item, s, g) \
	for (struct slot *s = group_next(item, g, NULL); s != NULL; s = group_next(item, g, s))
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
