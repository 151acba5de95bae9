/* in_spaces.h - a person's right is against the whole platform: what is held in every space, shown or erased.
 *
 * A person id that one space knows beside the number is looked for in all of them. */
#ifndef LICET_CTL_SUBJECT_IN_SPACES_H
#define LICET_CTL_SUBJECT_IN_SPACES_H

#include "ctl/space/everywhere.h"
#include "ctl/subject/subject.h"

/* As subject_document(), of all of them: what is held has a member "space", and "spaces" names them. One that did not
 * answer stands among the limits. */
json_t *subject_show_in_spaces(struct subject *s, struct everywhere *e);
/* Erase in all of them, and rewrite the append-only file of each master, and of each replica that can be reached. Prints
 * it. Returns the exit code. */
int subject_erase_in_spaces(struct subject *s, struct everywhere *e);
/* Erase in one, in the same way. */
int subject_erase_here(struct subject *s);

#endif
