/* key_walk.h - through every key, in small chunks. */
#ifndef LICET_CTL_SUBJECT_KEY_WALK_H
#define LICET_CTL_SUBJECT_KEY_WALK_H

#include "ctl/subject/subject.h"

typedef int subject_take(void *arg, const struct subject_hit *hit);

/* Read everything. take returns how many elements it took away (so that the walk goes on where it
 * is). */
void subject_walk(struct subject *s, subject_take *take, void *arg);

#endif
