/* paper_attest.h - an attestation, on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_ATTEST_H
#define LICET_CTL_PAPER_PAPER_ATTEST_H

#include "ctl/paper/sheet.h"

void paper_attest(const struct sheet_want *want, const json_t *all, FILE *to);

#endif
