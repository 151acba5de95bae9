/* runs.h - the campaigns that the daemon looks after, and where their jobs are. */
#ifndef LICET_DAEMON_MODEL_RUNS_H
#define LICET_DAEMON_MODEL_RUNS_H

#include "daemon/daemon.h"
#include "io/redis/redis.h"

struct run *run_find(const struct daemon *d, const char *id); /* NULL: not known */
struct run *run_add(struct daemon *d, const char *id);
/* Forget those that are not listed any more, unless jobs of them are on their way. runs_schedule() is to follow. */
void runs_sweep(struct daemon *d);
void runs_close(struct daemon *d);
/* The schedule looks after the campaigns that are there now. */
void runs_schedule(struct daemon *d);
/* The list of jobs that wait for a place, by its name; NULL: the rulebook knows no such place. */
struct held_list *run_held(struct daemon *d, struct run *run, const char *name);
/* Take over the counters of licet:campaign:<c>:stats. */
void run_counters(struct daemon *d, struct run *run, const struct redis_reply *flat);

#endif
