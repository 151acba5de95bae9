/* paper_explain.h - why a number is, or is not, called, on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_EXPLAIN_H
#define LICET_CTL_PAPER_PAPER_EXPLAIN_H

#include "ctl/paper/sheet.h"

void paper_explain(const struct sheet_want *want, const json_t *all, FILE *to);

#endif
