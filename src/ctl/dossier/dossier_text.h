/* dossier_text.h - a dossier for people: what happened, in the order of time, and what stands now. */
#ifndef LICET_CTL_DOSSIER_DOSSIER_TEXT_H
#define LICET_CTL_DOSSIER_DOSSIER_TEXT_H

#include "ctl/dossier/dossier.h"

/* For people. */
void dossier_print(const struct dossier *d, const json_t *all);

#endif
