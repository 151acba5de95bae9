/* child.h - a command with its jobs: started, listened to, ended, judged. Each command leads a
 * process group of its own, so that a timeout ends all that it started and Ctrl-C on the terminal
 * reaches the bridge alone. The bridge is the subreaper of what commands leave behind: it learns
 * when the last process of a group is gone, and leaves no zombies. */
#ifndef LICET_CTL_SENDER_CHILD_H
#define LICET_CTL_SENDER_CHILD_H

#include "ctl/sender/bridge.h"

/* Give jobs that were taken to commands. */
void children_start(struct bridge *b, const struct redis_reply *jobs);
/* Report them all not-placed. */
void child_refuse(struct bridge *b, const struct redis_reply *jobs, const char *why);
/* Children ended. */
void children_reap(struct bridges *all);
/* TERM, and KILL after the grace; at_once: KILL. Outcome failed, why as its detail. */
void children_end(struct bridge *b, const char *why, bool at_once);
/* Wait for none of them any more: their jobs are reported failed. */
void children_abandon(struct bridge *b, const char *why);

#endif
