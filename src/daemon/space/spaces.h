/* spaces.h - the other spaces of the platform, as far as this one needs them.
 *
 * A space is a hash tag in the prefix; the hub, licet:{licet}:spaces, has their names. Where it names none,
 * this one is alone, and licetd says so in its peers. Where it names some, `licetctl space add` has written
 * the peers of each, and licetd hears every one of them: what it recorded for the whole platform is recorded
 * here too. See src/lua/19_spaces.lua for what is kept, and licet-operations(7) for what is final when.
 * Without a tag nothing here does anything. */
#ifndef LICET_DAEMON_SPACE_SPACES_H
#define LICET_DAEMON_SPACE_SPACES_H

#include "daemon/daemon.h"

/* Before the loop begins, with links of its own. */
void spaces_open(struct daemon *d);
void spaces_close(struct daemon *d); /* after it ended */
void spaces_turn(struct daemon *d);  /* once a tick; asks Redis when it is time */
/* The connection to Redis is lost. */
void spaces_down(struct daemon *d);
/* Redis was connected to again: nothing is known. */
void spaces_forget(struct daemon *d);

#endif
