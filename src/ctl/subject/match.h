/* match.h - is that the person's? */
#ifndef LICET_CTL_SUBJECT_MATCH_H
#define LICET_CTL_SUBJECT_MATCH_H

#include "ctl/subject/subject.h"

bool subject_is_number(const struct subject *s, const char *text, size_t len);
bool subject_is_person(const struct subject *s, const char *text, size_t len);
/* A job as it was pushed, sound or not; *ret_person (may be NULL) is the person in it, heap, or
 * NULL. */
bool subject_owns_job(const struct subject *s, const char *job, size_t len, char **ret_person);
/* Anything that may hold the number, as people write it. */
bool subject_has_number(const struct subject *s, const char *text, size_t len);
/* Anything that may hold the number, as people write it, or a person id. */
bool subject_in_text(const struct subject *s, const char *text, size_t len);
/* The advertiser of a campaign; "" if nobody knows. Borrowed from the subject. */
const char *subject_advertiser_of(struct subject *s, const char *campaign);
/* The key of the marks of duplicates of a campaign. */
char *subject_marks_of(struct subject *s, const char *campaign, char buf[KEY_SIZE]);
/* Is what is of that campaign in question? */
bool subject_wants_campaign(struct subject *s, const char *campaign);

#endif
