/* each.h - a command of one space, done in every space of the platform: what each says, under its name. */
#ifndef LICET_CTL_SPACE_EACH_H
#define LICET_CTL_SPACE_EACH_H

#include "ctl/space/everywhere.h"

/* The command in the space of that session. It prints as it would alone, and returns its exit code. */
typedef int each_run(struct ctl *there, void *arg);
/* Do it in each, and print what they said. For a machine it is one document: "ok" says whether each returned 0, and
 * "spaces" has what each printed, with its name. Returns the highest code. One that does not answer is named, and the
 * command will fail: what says what is not known then. */
int each_do(struct ctl *ctl, struct everywhere *e, each_run *run, void *arg, const char *what, bool french);

/* For what is done in one space, and not in whichever comes first: where there are several and none is named, ends the
 * process with their names. */
void each_must_be_named(struct ctl *ctl);

#endif
