/* erase.h - a person goes. First the consents are withdrawn: from then on nothing goes out on
 * them, whatever happens to this command. Then everything is read, and what may go is taken away,
 * each in one step with what is counted; and read again until nothing was found any more, since
 * jobs move meanwhile. What the last reading met is what is kept, and is told. */
#ifndef LICET_CTL_SUBJECT_ERASE_H
#define LICET_CTL_SUBJECT_ERASE_H

#include "ctl/subject/subject.h"

/* All but the append-only file: {erased, kept, logs, out, settling, unknown_keys, limits, notes, done}. notes: what a
 * person has to know, as lines. */
json_t *subject_erase(struct subject *s);

#endif
