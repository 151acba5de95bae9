/* open_jobs.h - where its jobs are: waiting, ready, with a sender, unknown, or reported and not
 * yet settled. */
#ifndef LICET_CTL_DOSSIER_OPEN_JOBS_H
#define LICET_CTL_DOSSIER_OPEN_JOBS_H

#include "ctl/dossier/dossier.h"

/* What is queued, held, ready, out, unknown or reported and not yet settled. */
void dossier_read_now(struct dossier *d);

#endif
