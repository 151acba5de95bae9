/* sender.c - licetctl sender: takes jobs of a route while commands are free, and ends. */
#include "ctl/base/print.h"
#include "ctl/law/vocabulary.h"
#include "ctl/query/query.h"
#include "ctl/sender/ack.h"
#include "ctl/sender/bridge.h"
#include "ctl/sender/child.h"
#include "ctl/sender/replica_wait.h"
#include "ctl/sender/reports.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/guide_search.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOOK_DEFAULT_MS 500
#define LEASE_DEFAULT_S 900 /* as licet_take has it */
#define LEASE_MIN_MS 100    /* a rehearsal at great speed */
#define FACTS_AGE_MS 10000
#define REPORTS_HIGH 1000  /* Redis does not answer as fast as commands end: take no more */
#define LAST_WORDS_MS 3000 /* for the last reports, after all has ended */

static void after(struct event *timer, int64_t delay_ms)
{
	struct timeval tv = { delay_ms / 1000, delay_ms % 1000 * 1000 };

	event_add(timer, &tv);
}

/* --- what is known of the other side ------------------------------------------------------ */

static void on_time(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	int64_t seconds = reply_int(reply_at(reply, 0), -1), micros = reply_int(reply_at(reply, 1), 0);

	if (seconds < 0)
		return;
	b->clock.redis_ms = seconds * 1000 + micros / 1000;
	b->clock.asked_ms = b->facts_ms; /* it was read later than that: never too early */
}

static void on_sim_clock(void *arg, const struct redis_reply *reply)
{
	struct clock_source *source = &((struct bridge *)arg)->clock.source;
	const char *speed_text = reply_text(reply_at(reply, 2), NULL);
	double speed = speed_text != NULL ? strtod(speed_text, NULL) : 0;

	if (reply == NULL || reply_is_error(reply))
		return;
	source->sim_base_ms = reply_int(reply_at(reply, 0), INT64_MIN);
	source->real_base_ms = reply_int(reply_at(reply, 1), INT64_MIN);
	source->simulated =
	    speed > 0 && source->sim_base_ms != INT64_MIN && source->real_base_ms != INT64_MIN;
	source->speed = source->simulated ? speed : 1;
}

/* The last of the three: the speed of the clock is known. */
static void lease_read(struct bridge *b, int64_t lease_s)
{
	int64_t before_ms = b->lease_told_ms;

	b->lease_ms = (lease_s > 0 ? lease_s : 1) * 1000;
	if (b->clock.source.simulated)
		b->lease_ms = (int64_t)((double)b->lease_ms / b->clock.source.speed);
	if (b->lease_ms < LEASE_MIN_MS)
		b->lease_ms = LEASE_MIN_MS;
	b->lease_told_ms = b->lease_ms;
	if (b->lease_ms == before_ms || b->timeout_ms <= bridge_timeout_max_ms(b))
		return;
	if (before_ms == 0)
		ctl_misuse(b->ctl,
		           "--timeout %" PRId64 " is too long: the lease of route %s is over after %g s",
		           b->timeout_ms / 1000, b->route, (double)b->lease_ms / 1000);
	log_warn("lease-shorter", "route=%s lease_s=%" PRId64 " action=\"commands get %" PRId64 " ms\"",
	         b->route, lease_s, bridge_timeout_ms(b));
}

/* The last of the three: the speed of the clock is known. */
static void on_lease(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;

	b->facts_pending = false;
	if (reply == NULL)
		return;
	lease_read(b, reply_int(reply, LEASE_DEFAULT_S));
	bridge_soon(b);
}

static void call(struct bridge *b, redis_cb *cb, const char *const *words)
{
	struct redis_args a;

	args_init(&a);
	for (; *words != NULL; words++)
		args_add(&a, *words);
	redis_link_call(b->link, &a, 0, cb, b);
	args_done(&a);
}

/* Before a take, so that the answers are there when its jobs are. */
static void ask_facts(struct bridge *b)
{
	const char *prefix = b->ctl->conf.prefix;
	bool is_simulated = prefix_is_simulated(prefix);
	char key[KEY_SIZE];
	int64_t mono_ms = clock_monotonic_ms();

	/* A rehearsal may be started anew at any time. */
	if (b->facts_pending || (!is_simulated && b->facts_ms != 0 && mono_ms - b->facts_ms < FACTS_AGE_MS))
		return;
	b->facts_pending = true;
	b->facts_ms = mono_ms;
	call(b, on_time, (const char *const[]){ "TIME", NULL });
	if (is_simulated)
		call(b, on_sim_clock,
		     (const char *const[]){ "HMGET", key_global(prefix, "clock", key), "sim_base_ms",
		                            "real_base_ms", "speed", NULL });
	call(b, on_lease,
	     (const char *const[]){ "HGET", key_of(prefix, "route", b->route, key), "lease_s", NULL });
}

/* Was it answered that our slot has another master now? */
static bool is_elsewhere(const char *why)
{
	return strncmp(why, "MOVED ", 6) == 0;
}

/* --- taking -------------------------------------------------------------------------------- */

static void on_take(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	size_t count = reply_count(reply);

	b->taking = false;
	if (reply == NULL && is_elsewhere(redis_link_why(b->link))) {
		; /* nothing was handed over */
	} else if (reply == NULL) {
		log_warn("take-lost",
		         "route=%s why=\"the connection was lost before the answer\" "
		         "action=\"what was handed over then becomes unknown with its lease\"",
		         b->route);
	} else if (reply_is_error(reply)) {
		bridge_take_failed(b, reply, reply_text(reply, NULL));
	} else {
		b->taken += (int64_t)count;
		b->may_be_more = count == (size_t)b->wanted;
		/* Empty, and no way to ask how long the list is: that is the end of it. */
		if (b->once && b->cannot_look && count == 0)
			bridge_stop(b, 0);
		else if (!b->once && !b->may_be_more)
			after(b->look, b->look_ms);
		b->taking = count > 0 && ack_wanted(b);
		if (b->taking)
			b->unsafe = reply_copy(reply);
		else
			children_start(b, reply);
	}
	bridge_soon(b);
}

static void take(struct bridge *b)
{
	struct redis_args a;

	ask_facts(b);
	if (b->lease_told_ms == 0)
		return; /* not before it is known how long a command may take */
	if (!wait_before_take(b))
		return;
	b->wanted = b->batch > 0 ? b->batch : b->jobs - b->running;
	if (b->wanted > TAKE_MAX)
		b->wanted = TAKE_MAX;
	args_fcall(&a, "licet_take", b->ready_key);
	args_add(&a, b->name);
	args_add_int(&a, b->wanted);
	b->take_sent_ms = clock_monotonic_ms();
	b->taking = redis_link_call(b->link, &a, 0, on_take, b);
	args_done(&a);
	wait_behind_take(b);
}

/* How long the list is costs Redis less than a take that finds nothing. */
static void on_look(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;

	b->taking = false;
	if (reply_error_is(reply, "NOPERM"))
		b->cannot_look = true;
	if (reply != NULL && reply_int(reply, 1) > 0)
		b->may_be_more = true; /* or an error, which the take will tell */
	else if (reply != NULL && b->once)
		bridge_stop(b, 0);
	else if (reply != NULL)
		after(b->look, b->look_ms);
	bridge_soon(b);
}

static void look(struct bridge *b)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, "LLEN");
	args_add(&a, b->ready_key);
	b->taking = redis_link_call(b->link, &a, 0, on_look, b);
	args_done(&a);
}

static void turn(struct bridge *b)
{
	/* What ended since the last turn, in one call. */
	reports_send(b);
	if (b->stopping) {
		if (b->running == 0 && !b->taking && b->report_count == 0)
			event_base_loopbreak(b->base);
		return;
	}
	/* BLPOP would wait for work without looking, and take it without asking: what it
	 * pops was not judged once more, has no lease, and is lost if we die. */
	if (b->taking || b->running >= b->jobs || !redis_link_is_up(b->link) ||
	    b->report_count >= REPORTS_HIGH || event_pending(b->look, EV_TIMEOUT, NULL) ||
	    event_pending(b->retry, EV_TIMEOUT, NULL))
		return;
	if (b->may_be_more || b->cannot_look)
		take(b);
	else
		look(b);
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_up(void *arg)
{
	struct bridge *b = arg;

	b->facts_ms = 0; /* it may be another Redis, with another clock */
	b->has_replicas = false;
	reports_send_again(b);
	turn(b);
}

static void on_down(void *arg, const char *why)
{
	struct bridge *b = arg;

	b->facts_pending = false;
	if (b->report_count > 0 || b->running > 0)
		log_warn("redis-lost",
		         "running=%d unreported=%zu action=\"they are reported when it is back\"", b->running,
		         b->report_count);
	else if (b->once && !is_elsewhere(why)) /* else it is elsewhere, and that is known */
		bridge_stop(b, 1);
	turn(b);
}

static void on_look_time(evutil_socket_t fd, short what, void *arg)
{
	turn(arg);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	turn(arg);
}

static void on_retry_time(evutil_socket_t fd, short what, void *arg)
{
	turn(arg);
}

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	children_reap(arg);
	turn(arg);
}

static void on_quit(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(((struct bridge *)arg)->base);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct bridge *b = arg;

	b->signals++;
	bridge_stop(b, 0);
	event_del(b->look);
	if (b->signals == 1) {
		log_info("stopping", "running=%d unreported=%zu action=\"%s\"", b->running, b->report_count,
		         "waiting for them; a second signal ends them");
	} else {
		log_warn("ending", "running=%d unreported=%zu", b->running, b->report_count);
		children_end(b, "stopped", b->signals > 2);
		after(b->quit, (b->running > 0 ? bridge_grace_ms(b) : 0) + LAST_WORDS_MS);
	}
	turn(b);
}

/* --- the command -------------------------------------------------------------------------------- */

static void print_summary(const struct bridge *b, size_t unreported)
{
	json_t *outcomes = json_object();

	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (b->outcomes[i] > 0)
			json_object_set_new(outcomes, vocabulary_outcomes[i], json_integer(b->outcomes[i]));
	if (b->ctl->json) {
		ctl_print_json(print_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o}", "route", b->route, "sender",
		                          b->name, "taken", (json_int_t)b->taken, "late", (json_int_t)b->late,
		                          "refused", (json_int_t)b->refused, "unreported",
		                          (json_int_t)unreported, "outcomes", outcomes));
		return;
	}
	print("%s: %" PRId64 " taken", b->route, b->taken);
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (b->outcomes[i] > 0)
			print(", %" PRId64 " %s", b->outcomes[i], vocabulary_outcomes[i]);
	if (b->late > 0)
		print("; %" PRId64 " of them late", b->late);
	if (b->refused > 0)
		print("; %" PRId64 " reports refused", b->refused);
	if (unreported > 0)
		print("; %zu not reported", unreported);
	putchar('\n');
	json_decref(outcomes);
}

static int bridge_run(struct bridge *b)
{
	struct redis_link_hooks hooks = {
		.on_up = on_up, .on_down = on_down, .arg = b, .finder = &guide_finder
	};
	struct redis_target target;
	char err[256];

	if (target_of_conf(&b->ctl->conf, &target, &b->passwords, err, sizeof(err)) != 0)
		ctl_fail("%s", err);
	b->base = event_base_new();
	b->on_term = evsignal_new(b->base, SIGTERM, on_signal, b);
	b->on_int = evsignal_new(b->base, SIGINT, on_signal, b);
	b->on_child = evsignal_new(b->base, SIGCHLD, on_child, b);
	b->look = evtimer_new(b->base, on_look_time, b);
	b->retry = evtimer_new(b->base, on_retry_time, b);
	b->soon = evtimer_new(b->base, on_soon, b);
	b->quit = evtimer_new(b->base, on_quit, b);
	event_add(b->on_term, NULL);
	event_add(b->on_int, NULL);
	event_add(b->on_child, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	b->link = redis_link_new(b->base, "sender", &target, &hooks);
	if (b->link == NULL)
		ctl_fail("out of memory");
	event_base_dispatch(b->base);

	children_abandon(b, "stopped");
	redis_link_free(b->link);
	size_t unreported = reports_give_up(b);

	event_free(b->on_term);
	event_free(b->on_int);
	event_free(b->on_child);
	event_free(b->look);
	event_free(b->retry);
	event_free(b->soon);
	event_free(b->quit);
	event_base_free(b->base);
	target_forget(&b->passwords);
	print_summary(b, unreported);
	return unreported > 0 || b->refused > 0 ? 1 : b->exit_code;
}

static int run_sender(struct ctl *ctl, int argc, char **argv)
{
	const char *jobs = "1", *batch = NULL, *timeout = NULL, *look_ms = NULL;
	struct bridge *b = mem_zero(sizeof(*b));
	const struct ctl_option options[] = {
		{ "--route", &b->route, NULL },
		{ "--exec", &b->command, NULL },
		{ "--name", &b->name, NULL },
		{ "--jobs", &jobs, NULL },
		{ "--batch", &batch, NULL },
		{ "--timeout", &timeout, NULL },
		{ "--look-ms", &look_ms, NULL },
		{ "--once", NULL, &b->once },
		{ NULL, NULL, NULL },
	};
	char host[40], *name = NULL;

	ctl_words(ctl, argc, argv, options, 0, 0);
	if (b->route == NULL || b->command == NULL || *b->command == '\0')
		ctl_misuse(ctl, "%s is missing", b->route == NULL ? "--route" : "--exec");
	ask_route(ctl, b->route);
	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	if (b->name == NULL)
		b->name = name = mem_format("%s-%d", host, (int)getpid());
	ask_sender_name(ctl, "--name", b->name);
	b->ctl = ctl;
	b->jobs = ctl_read_int(ctl, "--jobs", jobs, 1, BRIDGE_JOBS_MAX);
	b->batch = batch != NULL ? ctl_read_int(ctl, "--batch", batch, 1, TAKE_MAX) : 0;
	b->timeout_ms =
	    timeout != NULL ? ctl_read_int(ctl, "--timeout", timeout, 1, 86400) * (int64_t)1000 : 0;
	b->look_ms = look_ms != NULL ? ctl_read_int(ctl, "--look-ms", look_ms, 10, 60000) : LOOK_DEFAULT_MS;
	b->lease_ms = LEASE_DEFAULT_S * 1000;
	b->clock.source.speed = 1;
	key_ready(ctl_conf(ctl)->prefix, b->route, "", b->ready_key);
	log_set_level(ctl->conf.log_level);

	/* It showed that Redis can be reached; the loop has a connection of its own. */
	redis_conn_close(ctl->redis);
	ctl->redis = NULL;
	target_forget(&ctl->passwords);
	int code = bridge_run(b);

	free(name);
	free(b);
	return code;
}

#define EXIT_LINE(status, outcome, note) "    " EXIT_TEXT(status) "  " outcome note "\n"
#define EXIT_TEXT(status) #status

const struct command ctl_bridge_commands[] = {
	{ .name = "sender",
	  .usage = "",
	  .summary = "give a route's jobs to a command, report what it says",
	  .needs_redis = true,
	  .run = run_sender,
	  .has_page = true,
	  .example = "licetctl sender --route main --jobs 10 --once --exec 'echo answered'",
	  .details =
	      "A job is taken when a command can start at once, and not before. CMD has it in its environment, "
	      "as LICET_TOKEN, LICET_CAMPAIGN, LICET_ID, LICET_TO, LICET_ADVERTISER, LICET_CALLER_ID, "
	      "LICET_MESSAGE, LICET_DELIVERY, LICET_OPT_OUT, LICET_ATTEMPT, LICET_RELEASED_MS, "
	      "LICET_NOT_AFTER_MS and LICET_VARS, and as one line of JSON on standard input. LICET_NOW_MS is the "
	      "time by the clock that the deadline is judged by: nothing may start LICET_NOT_AFTER_MS - "
	      "LICET_NOW_MS after the start of CMD. LICET_TIMEOUT_S, LICET_ROUTE, LICET_SENDER and LICET_JOBS "
	      "(how many it has) are there too.\n"
	      "Its exit status says what became of the job, the last line on its standard output the detail:\n"
	      "     0  what its last line says, \"OUTCOME [DETAIL]\", else submitted\n" OUTCOME_EXITS(
		  EXIT_LINE) "   126, 127  no such command: failed, and no more jobs are taken\n"
	                     "   others, a signal, a timeout: failed\n"
	                     "A status that does not say whether a call was placed is never not-placed. A last line of opted-out, "
	                     "refused or never-again counts however CMD ended. What CMD leaves running in the background when it "
	                     "ends is left alone, and not heard any more.\n"
	                     "With --batch CMD gets one line of JSON for each job and writes \"TOKEN OUTCOME [DETAIL]\" for each, "
	                     "reported at once; those that it does not mention end as its exit status says. Lines that are wrong "
	                     "are told with their number and harm no other.\n"
	                     "A job whose not_after_ms passed before CMD could start is reported not-placed. While Redis is away "
	                     "outcomes are kept, and reported when it is back. SIGTERM or SIGINT: takes no more, waits for what "
	                     "runs, ends with 0; a second one ends what runs (failed), a third at once. After kill -9 what ran "
	                     "becomes unknown with its lease, for licetctl settle.\n"
	                     "With wait_replicas in licet.conf a job is dialled once so many replicas have the take, and is "
	                     "reported not-placed if they do not; a report is kept until they have it.\n"
	                     "Exit: 0 done, 1 refused by Redis or not everything reported, 2 bad use.\n" },
	{ 0 },
};
