/* subject.h - everything that Redis holds about one person.
 *
 * A person is a number, however it is written, and the person ids that stand beside it in jobs and
 * oppositions. Every key below the prefix is read, in small chunks, and what is the person's is
 * handed to whoever asked: to be shown, or to be erased. Jobs move meanwhile: keys are read in the
 * order in which they do, lists from their tails, and whoever must be sure reads again. */
#ifndef LICET_CTL_SUBJECT_SUBJECT_H
#define LICET_CTL_SUBJECT_SUBJECT_H

#include "core/campaign/company.h"
#include "core/number/phone.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"

#include <jansson.h>
#include <stdbool.h>

/* In the order in which jobs move, and then what else there is. */
enum subject_kind {
	SUBJECT_QUEUE,
	SUBJECT_HELD,
	SUBJECT_LATER,
	SUBJECT_READY,
	SUBJECT_SETTLE,
	SUBJECT_LEASE,
	SUBJECT_UNKNOWN,
	SUBJECT_REFUSED,
	SUBJECT_INVALID,
	SUBJECT_DONE,
	SUBJECT_PAST,
	SUBJECT_OUT,
	SUBJECT_RECALL,
	SUBJECT_OPPOSITION,
	SUBJECT_DATED,
	SUBJECT_LIST,
	SUBJECT_CONSENT,
	SUBJECT_ATTEMPTS,
	SUBJECT_SLOT,
	SUBJECT_SEEN,
	SUBJECT_ERROR,
	SUBJECT_OTHER, /* a key that is none of ours */
	SUBJECT_KINDS
};
extern const char *const subject_kind_names[SUBJECT_KINDS];

/* Something that was found. Texts are borrowed, and may hold any byte. */
struct subject_hit {
	enum subject_kind kind;
	const char *key;   /* as it is in Redis */
	const char *name;  /* of the campaign, route, list or advertiser; "" if there is none */
	const char *part;  /* a held list's place, the day of a past token; "" */
	const char *id;    /* field, token or entry; "" for an element */
	const char *value; /* the element, member or value; NULL for an entry of a stream */
	size_t len;
	const struct redis_reply *entry; /* of a stream */
	bool near_tail;                  /* of a list: found in its second half */
	bool tried;                      /* a job that was out before */
};

struct subject {
	struct ctl *ctl;
	const struct rulebook *rb;
	struct phone phone;
	bool french;            /* what people read; machines read English */
	const char *advertiser; /* only what is of this one, and its company; NULL: everything */
	struct company company; /* its ids; asked as the work begins */
	struct names persons;
	json_t *advertisers;             /* of what was found: id -> null */
	json_t *campaigns;               /* id -> {advertiser, family}, as far as they were asked for */
	json_t *ids;                     /* key of marks -> {job id: null}, of jobs that were out */
	json_t *limits;                  /* what could not be read */
	const struct everywhere *spaces; /* which there are; NULL: it is asked in this one */
};

#endif
