/* trial.h - a first campaign tried in a space of its own, on a simulated clock: from its keys to the first job
 * that a sender has. */
#ifndef LICET_CTL_SETUP_TRIAL_H
#define LICET_CTL_SETUP_TRIAL_H

#include "ctl/setup/first_campaign.h"
#include "ctl/simulate/simulate.h"

#define TRIAL_JOBS 3

/* Find licetd, make a prefix and put it into ctl: what is written from now on is in that space. Fills
 * r->at_ms, the next instant at which the trial's numbers may be called. path must live as long as r. */
void trial_prepare(struct ctl *ctl, struct rehearsal *r, char path[PATH_MAX]);
/* The i-th made-up job, as JSON. Returns buf. */
#define TRIAL_JOB_SIZE 512
char *trial_job(const struct rehearsal *r, const struct first_campaign *f, int i, char buf[TRIAL_JOB_SIZE]);
/* The campaign's keys and jobs are written: run licetd until one job can be taken, and take it. Returns it;
 * the reply is the caller's. Ends if nothing is released. */
struct redis_reply *trial_first_job(struct rehearsal *r, const struct first_campaign *f);

#endif
