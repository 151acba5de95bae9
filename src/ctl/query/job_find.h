/* job_find.h - where a number's job is. What is indexed comes first; lists are read in chunks, and
 * not without end. */
#ifndef LICET_CTL_QUERY_JOB_FIND_H
#define LICET_CTL_QUERY_JOB_FIND_H

#include "ctl/query/campaign_facts.h"

#define FIND_MAX 20000 /* entries that are looked at */
struct found_job {
	const char *where; /* queue, held, later, ready, taken, unknown, done, refused or none */
	char *text;        /* the job, heap; NULL: it is not kept there any more */
	size_t len;
	char id[JOB_ID_MAX + 1];
	char detail[96]; /* its place, its time, its outcome, its reason; "" */
	int attempt;     /* which one the next is */
	int32_t own_day; /* the day its own attempt counts on; INT32_MIN: none */
	size_t looked;
	bool unseen; /* it is not where this user may look; jobs of the campaign are elsewhere too */
	bool hidden; /* this user may not look where jobs are ready or out */
	bool gave_up;
};
#define FIND_ID_MAX 2000000 /* entries that are looked at: most of them are not even read */

void job_find(struct ctl *ctl, const char *campaign, const char *e164, struct found_job *ret);
/* The same, only where jobs wait: queue, held and later. */
void job_find_waiting(struct ctl *ctl, const char *campaign, const char *e164, struct found_job *ret);
/* The job of that id; released_only: if it is ready, taken or unknown. */
void job_find_id(struct ctl *ctl, const char *campaign, const char *id, bool released_only,
                 struct found_job *ret);
void found_done(struct found_job *found);

#endif
