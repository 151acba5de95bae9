/* paper_dossier.h - the life of a number, on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_DOSSIER_H
#define LICET_CTL_PAPER_PAPER_DOSSIER_H

#include "ctl/paper/sheet.h"

void paper_dossier(const struct sheet_want *want, const json_t *all, FILE *to);

#endif
