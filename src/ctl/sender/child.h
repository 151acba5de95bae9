/* child.h - a command with its jobs: started, listened to, ended, judged. Each command leads a
 * process group of its own, so that a timeout ends all that it started and Ctrl-C on the terminal
 * reaches the bridge alone. The bridge is the subreaper of what commands leave behind: it learns
 * when the last process of a group is gone, and leaves no zombies. */
#ifndef LICET_CTL_SENDER_CHILD_H
#define LICET_CTL_SENDER_CHILD_H

#include "ctl/sender/sender.h"

void bridge_job_read(const struct redis_reply *taken, struct bridge_job *ret);
void bridge_job_done(struct bridge_job *job);
/* Give jobs, count of them from first on, to one command. taken_ms is the monotonic
 * instant before which they were not taken. Jobs whose deadline has passed, and those
 * for which nothing could be started, are reported not-placed. */
void run_start(struct bridge *b, const struct redis_reply *jobs, size_t first, size_t count,
               int64_t taken_ms);
/* Report them all not-placed. */
void run_refuse(struct bridge *b, const struct redis_reply *jobs, const char *why);
/* Children ended. */
void runs_reap(struct bridge *b);
/* TERM, and KILL after the grace; at_once: KILL. Outcome failed, why as its detail. */
void runs_end(struct bridge *b, const char *why, bool at_once);
/* Wait for none of them any more: their jobs are reported failed. */
void runs_abandon(struct bridge *b, const char *why);

#endif
