/* erase_logs.h - the lines of a person in the decision logs: each licetd that keeps one is asked to erase them in
 * its own files, and says when it has done it. */
#ifndef LICET_CTL_SUBJECT_ERASE_LOGS_H
#define LICET_CTL_SUBJECT_ERASE_LOGS_H

#include "ctl/subject/subject.h"

/* A refused or invalid job that was taken away. entries: stream -> ids, of those that their number does not tell. */
void erase_logs_note(const struct subject *s, const struct subject_hit *hit, json_t *entries);

/* Ask, and wait for those that are alive. Returns [{instance, lines, why}], lines null where it did not answer; an
 * empty one where no log is kept. ret_done: all have answered. */
json_t *erase_logs_ask(struct subject *s, const json_t *entries, bool *ret_done);

#endif
