/* spawn.h - what a command is given: its jobs, its environment, and nothing else. */
#ifndef LICET_CTL_SENDER_SPAWN_H
#define LICET_CTL_SENDER_SPAWN_H

#include "ctl/sender/bridge.h"

/* Start the command with these jobs, in a process group of its own. The descriptor is of
 * its standard output, the caller's to close. Returns 0, or an error number: nothing was
 * started then. */
int command_spawn(struct bridge *b, const struct redis_reply *const *jobs, size_t count, pid_t *ret_pid,
                  int *ret_out);

#endif
