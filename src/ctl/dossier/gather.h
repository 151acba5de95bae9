/* gather.h - what is on record of a number, read in one space or in all of them.
 *
 * Each space is read by a process of its own, and its part is put into the one dossier: events are told in the order of
 * time, whatever space has them, and an objection that others heard is told once. */
#ifndef LICET_CTL_DOSSIER_GATHER_H
#define LICET_CTL_DOSSIER_GATHER_H

#include "ctl/dossier/dossier.h"
#include "ctl/space/everywhere.h"

/* Read it in the space of its session. */
void dossier_gather(struct dossier *d);
/* Read it in all; which did not answer stands among the limits. prepare makes the dossier of the same number in another
 * space, from this one. */
typedef void dossier_prepare(struct dossier *d, struct ctl *there, const struct dossier *from);
void dossier_gather_everywhere(struct dossier *d, struct everywhere *e, dossier_prepare *prepare);

#endif
