/* erase_text.h - what an erasure has done, for people. */
#ifndef LICET_CTL_SUBJECT_ERASE_TEXT_H
#define LICET_CTL_SUBJECT_ERASE_TEXT_H

#include "ctl/subject/subject.h"

/* What no command reaches from here: texts. aof_off: some append-only file is off. replicas: so many have files of
 * their own that were not rewritten. */
json_t *erase_unreached(bool fr, bool aof_off, int64_t replicas);
/* all: what subject erase --json prints, of one space or of several. */
void erase_print(const struct subject *s, const json_t *all);

#endif
