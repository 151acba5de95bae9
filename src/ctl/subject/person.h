/* person.h - whose data is looked for: a number, the persons in its jobs, and what is found of
 * both on the way. */
#ifndef LICET_CTL_SUBJECT_PERSON_H
#define LICET_CTL_SUBJECT_PERSON_H

#include "ctl/subject/subject.h"

void subject_init(struct subject *s, struct ctl *ctl, const char *number, const char *advertiser);
void subject_done(struct subject *s);
void subject_add_person(struct subject *s, const char *person, size_t len);
/* What a hit tells of persons, advertisers and ids. */
void subject_note(struct subject *s, const struct subject_hit *hit);
/* Find the persons, the advertisers and the ids of jobs that are the number's. */
void subject_discover(struct subject *s);
/* The space that the command line names, so that others are not asked; NULL: none. And the line that says so. */
const char *subject_space(const struct subject *s);
void subject_say_alone(const struct subject *s);

#endif
