/* paper_subject.h - the answer to a person who asks what is held of them (article 15 GDPR), on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_SUBJECT_H
#define LICET_CTL_PAPER_PAPER_SUBJECT_H

#include "ctl/paper/sheet.h"

void paper_subject(const struct sheet_want *want, const json_t *all, FILE *to);

#endif
