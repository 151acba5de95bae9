/* paper_prove.h - the proof of one call, on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_PROVE_H
#define LICET_CTL_PAPER_PAPER_PROVE_H

#include "ctl/paper/sheet.h"

void paper_prove(const struct sheet_want *want, const json_t *all, FILE *to);

#endif
