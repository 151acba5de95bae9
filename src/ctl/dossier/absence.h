/* absence.h - whether a call was placed between two instants, and what a "no" rests on. Records
 * that are gone prove nothing: a "no" is proven only if every record that could tell otherwise is
 * kept. */
#ifndef LICET_CTL_DOSSIER_ABSENCE_H
#define LICET_CTL_DOSSIER_ABSENCE_H

#include "ctl/dossier/dossier.h"

/* Was there a call between from and to? */
json_t *dossier_absence(struct dossier *d);

#endif
