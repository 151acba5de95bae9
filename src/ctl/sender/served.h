/* served.h - the spaces that licetctl sender serves: those there are when it begins, and those that come and go while
 * it runs, as the hub names them. One that goes is left in good order: nothing more is taken there, and what is out is
 * reported. */
#ifndef LICET_CTL_SENDER_SERVED_H
#define LICET_CTL_SENDER_SERVED_H

#include "ctl/sender/bridge.h"
#include "ctl/space/everywhere.h"

/* One bridge for each of e, or for the only space; first says what was asked for, and its session outlives them. */
void served_make(struct bridges *all, const struct bridge *first, const struct everywhere *e);
/* Connect each, and, where it goes on (not once), look for others. Ends the process where that cannot be. */
void served_open(struct bridges *all, const struct everywhere *e);
/* The connections go; returns how many reports are left. */
size_t served_close(struct bridges *all);
/* And what was made. */
void served_free(struct bridges *all);

#endif
