/* bridge.h - what the parts of licetctl sender share: what was asked for, what is known of the
 * other side, and how it ends.
 *
 *     sender -> served -> turns -> replica_wait -> child -> reports -> ack -> bridge
 *                                              -> spawn   -> spread
 *
 * One process, one event loop. sender.c begins and ends; served.c knows which spaces there are; turns.c takes; replica_wait.c asks for replicas;
 * child.c follows the commands, which spawn.c starts; reports.c tells Redis the outcomes, and spread.c the other
 * spaces who wants no call from anybody. Whoever changes something asks for a turn by bridge_soon(), and calls
 * nothing above it.
 * Where there are several spaces, each has a struct bridge, with a link, jobs and reports of its own; commands at once,
 * signals and the end are those of all.
 * A job is taken when a command can start with it at once, never before: what is taken
 * is leased, and what nobody reports until the lease ends becomes unknown. That is also
 * why nothing is asked of Redis to survive a kill -9 of the bridge: the leases lapse. */
#ifndef LICET_CTL_SENDER_BRIDGE_H
#define LICET_CTL_SENDER_BRIDGE_H

#include "core/number/phone.h"
#include "core/text/cluster_slot.h"
#include "ctl/base/session.h"
#include "ctl/sender/outcome.h"
#include "io/redis/keys.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TAKE_MAX 500 /* of licet_take; an HTTP voice API takes about as many in a request */
#define BRIDGE_JOBS_MAX 500

struct child;
struct report;
struct objection;

/* Who a job is, for reports and log lines. */
struct bridge_job {
	char *token, *campaign, *id, *to; /* heap */
	char mask[PHONE_MASK_SIZE];
	bool reported;
};

/* Redis TIME is what licet_take judges a deadline by. It is asked now and then and
 * carried on by the monotonic clock, so that a step of this machine's clock does
 * nothing. Where asking is not allowed, the wall clock is all there is. */
struct bridge_clock {
	struct clock_source source; /* the simulated one, on a prefix that has it */
	int64_t redis_ms, asked_ms; /* Redis TIME, and the monotonic instant of asking; 0: not known */
};

struct bridge;

/* What the spaces share. */
struct bridges {
	struct bridge **list;   /* each stays where it is, also when its space has gone */
	size_t count, capacity; /* one, where there is one space */
	struct served *served;  /* served.c */
	size_t next;            /* whose turn it is */

	int jobs;                          /* commands at once */
	int running;                       /* that many */
	struct target_passwords passwords; /* not to be found in a command's environment */
	struct event_base *base;
	struct event *on_term, *on_int, *on_child;
	struct event *soon; /* pending: a turn, as soon as the loop is free */
	struct event *quit; /* pending: then it ends, whatever is left */

	/* How it ends. */
	int signals;   /* 1: take no more; 2: end what runs; 3: at once */
	bool stopping; /* takes no more, whatever the cause */
	int exit_code;
};

struct bridge {
	struct bridges *all;
	char space[SPACE_NAME_MAX + 1]; /* of several; "": there is one */

	/* What was asked for. */
	struct ctl *ctl;
	const char *route, *command, *name;
	int batch;          /* jobs per command; 0: one, with its fields in the environment */
	int64_t timeout_ms; /* 0: from the lease */
	int look_ms;        /* between looks at an empty list */
	bool once;

	struct redis_link *link; /* NULL: its space has gone, and all is done */
	char ready_key[KEY_SIZE];
	struct event *look;  /* pending: not before then is the list looked at */
	struct event *retry; /* pending: reports were refused and wait */

	/* What is known of the other side. */
	struct bridge_clock clock;
	int64_t lease_ms;           /* of the route, in real time */
	int64_t lease_told_ms;      /* that --timeout was last compared with; 0: not known yet */
	bool facts_pending;         /* the clock and the lease were asked for */
	int64_t facts_ms;           /* when last, monotonic */
	bool taking;                /* a look or a take is on its way */
	bool has_replicas;          /* the last WAIT on this connection said so */
	struct redis_reply *unsafe; /* what was taken and waits for the replicas; NULL: nothing */
	int64_t take_sent_ms;
	int wanted;                              /* of that take */
	int reserved;                            /* commands that it may start */
	bool had;                                /* the last look or take found something */
	int empty_looks;                         /* in a row */
	bool over;                               /* nothing more is taken here */
	bool left;                               /* because the hub names its space no more */
	bool came;                               /* the hub named it after this had begun */
	bool may_be_more;                        /* the last take got all that it wanted */
	bool cannot_look;                        /* LLEN is not allowed to us: the take itself is the look */
	char take_error[192], report_error[192]; /* the last that was said; "": all is well */
	int take_pause_ms, report_pause_ms;      /* back-off after errors */

	struct child *children;
	int running;                  /* of all->running */
	struct objection *objections; /* of other spaces, that this one has not answered */
	struct report *reports, *last_report;
	size_t report_count; /* that Redis has not answered yet, or the replicas have not got */
	bool confirming;     /* they are asked */

	/* For the last line. */
	int64_t taken, late, refused; /* refused: reports that Redis does not want */
	int64_t outcomes[16];         /* in the order of the vocabulary */
};

/* Something changed: take what there is room for, or end, as soon as the loop is free. */
void bridge_soon(struct bridge *b);
/* Take no more, finish what runs, end with that code. */
void bridge_stop(struct bridge *b, int exit_code);
/* Take no more in this space; with the last of them, as bridge_stop(). */
void bridge_end(struct bridge *b, int exit_code);
/* Do not take for a while, after something failed; longer each time in a row. */
void bridge_pause(struct bridge *b);
/* A take came to nothing: the error, or NULL, and why. */
void bridge_take_failed(struct bridge *b, const struct redis_reply *error, const char *why);
/* Our slot of a cluster is on the move: nothing was done, and asked again every MOVING_MS it soon will be. */
#define MOVING_MS 250
bool bridge_is_moving(const char *error);
/* UTC ms by the clock that deadlines are judged by. */
int64_t bridge_now_ms(const struct bridge *b);
/* How long a command may take: real ms, counted from the take. And what it is given
 * between TERM and KILL. Both end before the lease does. */
int64_t bridge_timeout_ms(const struct bridge *b);
int64_t bridge_grace_ms(const struct bridge *b);
/* The longest that may be asked for. */
int64_t bridge_timeout_max_ms(const struct bridge *b);

/* What licet_take said of a job; heap, for bridge_job_done(). */
void bridge_job_read(const struct redis_reply *taken, struct bridge_job *ret);
void bridge_job_done(struct bridge_job *job);

#endif
