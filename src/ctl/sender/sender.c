/* sender.c - licetctl sender: gives jobs of a route to commands, from one space or from all, and ends. */
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/law/vocabulary.h"
#include "ctl/query/query.h"
#include "ctl/sender/bridge.h"
#include "ctl/sender/child.h"
#include "ctl/sender/reports.h"
#include "ctl/sender/served.h"
#include "ctl/sender/spread.h"
#include "ctl/sender/turns.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/clock.h"
#include "io/host/error_text.h"
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
#define LAST_WORDS_MS 3000  /* for the last reports, after all has ended */

static void after(struct event *timer, int64_t delay_ms)
{
	struct timeval tv = { delay_ms / 1000, delay_ms % 1000 * 1000 };

	event_add(timer, &tv);
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	turns_go(arg);
}

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	children_reap(arg);
	turns_go(arg);
}

static void on_quit(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(((struct bridges *)arg)->base);
}

static size_t unreported(const struct bridges *all)
{
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		count += all->list[i]->report_count;
	return count;
}

static void end_what_runs(struct bridges *all)
{
	int64_t grace_ms = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct bridge *b = all->list[i];

		children_end(b, "stopped", all->signals > 2);
		if (b->running > 0 && bridge_grace_ms(b) > grace_ms)
			grace_ms = bridge_grace_ms(b);
	}
	after(all->quit, grace_ms + LAST_WORDS_MS);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct bridges *all = arg;

	all->signals++;
	bridge_stop(all->list[0], 0);
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->link != NULL)
			event_del(all->list[i]->look);
	if (all->signals == 1) {
		log_info("stopping", "running=%d unreported=%zu action=\"%s\"", all->running, unreported(all),
		         "waiting for them; a second signal ends them");
	} else {
		log_warn("ending", "running=%d unreported=%zu", all->running, unreported(all));
		end_what_runs(all);
	}
	turns_go(all);
}

/* --- the command -------------------------------------------------------------------------------- */

/* Of all spaces. */
struct sums {
	int64_t taken, late, refused, outcomes[16];
};

static struct sums sums_of(const struct bridges *all)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		const struct bridge *b = all->list[i];

		sums.taken += b->taken;
		sums.late += b->late;
		sums.refused += b->refused;
		for (size_t k = 0; vocabulary_outcomes[k] != NULL; k++)
			sums.outcomes[k] += b->outcomes[k];
	}
	return sums;
}

static void print_summary(const struct bridges *all, const struct sums *sums, size_t left)
{
	const struct bridge *b = all->list[0];
	json_t *outcomes = json_object(), *spaces = json_object();

	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (sums->outcomes[i] > 0)
			json_object_set_new(outcomes, vocabulary_outcomes[i],
			                    json_integer(sums->outcomes[i]));
	for (size_t i = 0; i < all->count && all->count > 1; i++)
		json_object_set_new(spaces, all->list[i]->space, json_integer(all->list[i]->taken));
	if (b->ctl->json) {
		json_t *said = print_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o}", "route", b->route, "sender",
		                          b->name, "taken", (json_int_t)sums->taken, "late",
		                          (json_int_t)sums->late, "refused", (json_int_t)sums->refused,
		                          "unreported", (json_int_t)left, "outcomes", outcomes);

		if (all->count > 1)
			json_object_set(said, "spaces", spaces);
		ctl_print_json(said);
		json_decref(spaces);
		return;
	}
	print(error_pick("%s: %" PRId64 " taken", "%s : %" PRId64 " prises"), b->route, sums->taken);
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (sums->outcomes[i] > 0)
			print(", %" PRId64 " %s", sums->outcomes[i], vocabulary_outcomes[i]);
	if (sums->late > 0)
		print(error_pick("; %" PRId64 " of them late", " ; dont %" PRId64 " tard"), sums->late);
	if (sums->refused > 0)
		print(error_pick("; %" PRId64 " reports refused", " ; %" PRId64 " rapports refusés"),
		      sums->refused);
	if (left > 0)
		print(error_pick("; %zu not reported", " ; %zu non rapportées"), left);
	if (all->count > 1)
		print(error_pick("; of %zu spaces", " ; de %zu espaces"), all->count);
	putchar('\n');
	json_decref(outcomes);
	json_decref(spaces);
}

/* --- all of them ------------------------------------------------------------------------------------ */

static int bridge_run(struct bridges *all, const struct everywhere *e)
{
	all->base = event_base_new();
	all->on_term = evsignal_new(all->base, SIGTERM, on_signal, all);
	all->on_int = evsignal_new(all->base, SIGINT, on_signal, all);
	all->on_child = evsignal_new(all->base, SIGCHLD, on_child, all);
	all->soon = evtimer_new(all->base, on_soon, all);
	all->quit = evtimer_new(all->base, on_quit, all);
	event_add(all->on_term, NULL);
	event_add(all->on_int, NULL);
	event_add(all->on_child, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	served_open(all, e);
	event_base_dispatch(all->base);

	/* What they say to the end may be told to each of the links. */
	for (size_t i = 0; i < all->count; i++)
		children_abandon(all->list[i], "stopped");
	size_t left = served_close(all);

	event_free(all->on_term);
	event_free(all->on_int);
	event_free(all->on_child);
	event_free(all->soon);
	event_free(all->quit);
	event_base_free(all->base);
	target_forget(&all->passwords);
	struct sums sums = sums_of(all);

	print_summary(all, &sums, left);
	return left > 0 || sums.refused > 0 ? 1 : all->exit_code;
}

static int run_all(struct ctl *ctl, struct bridge *first, int jobs)
{
	struct bridges all = { .jobs = jobs };
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	if (e.lost[0] != '\0')
		ctl_fail(
		    error_pick(
			"which spaces there are is not known, the hub does not answer: %s; --space S serves one alone",
			"on ignore quels sont les espaces, le hub ne répond pas : %s ; --space S n'en sert qu'un"),
		    e.lost);
	find_route(ctl, &e, first->route);
	served_make(&all, first, &e);
	log_set_level(ctl->conf.log_level);
	/* It showed that Redis can be reached; the loop has a connection of its own. */
	redis_conn_close(ctl->redis);
	ctl->redis = NULL;
	target_forget(&ctl->passwords);
	int code = bridge_run(&all, &e);

	served_free(&all);
	everywhere_close(&e);
	return code;
}

static int run_sender(struct ctl *ctl, int argc, char **argv)
{
	const char *jobs = "1", *batch = NULL, *timeout = NULL, *look_ms = NULL;
	struct bridge b = { 0 };
	const struct ctl_option options[] = {
		{ "--route", &b.route, NULL },
		{ "--exec", &b.command, NULL },
		{ "--name", &b.name, NULL },
		{ "--jobs", &jobs, NULL },
		{ "--batch", &batch, NULL },
		{ "--timeout", &timeout, NULL },
		{ "--look-ms", &look_ms, NULL },
		{ "--once", NULL, &b.once },
		{ NULL, NULL, NULL },
	};
	char host[40], *name = NULL;

	ctl_words(ctl, argc, argv, options);
	if (b.route == NULL || b.command == NULL || *b.command == '\0')
		ctl_misuse(ctl, error_pick("%s is missing", "il manque %s"),
		           b.route == NULL ? "--route" : "--exec");
	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	if (b.name == NULL)
		b.name = name = mem_format("%s-%d", host, (int)getpid());
	ask_sender_name(ctl, "--name", b.name);
	b.ctl = ctl;
	b.batch = batch != NULL ? ctl_read_int(ctl, "--batch", batch, 1, TAKE_MAX) : 0;
	b.timeout_ms =
	    timeout != NULL ? ctl_read_int(ctl, "--timeout", timeout, 1, 86400) * (int64_t)1000 : 0;
	b.look_ms = look_ms != NULL ? ctl_read_int(ctl, "--look-ms", look_ms, 10, 60000) : LOOK_DEFAULT_MS;
	b.lease_ms = LEASE_DEFAULT_S * 1000;
	b.clock.source.speed = 1;
	int code = run_all(ctl, &b, ctl_read_int(ctl, "--jobs", jobs, 1, BRIDGE_JOBS_MAX));

	free(name);
	return code;
}

#define EXIT_LINE(status, outcome, note) "    " EXIT_TEXT(status) "  " outcome note "\n"
#define EXIT_TEXT(status) #status

const struct command ctl_bridge_commands[] = {
	{ .name = "sender",
	  .usage = "",
	  .summary = "run a command for a route's jobs, report the outcomes",
	  .may_ask_redis = true,
	  .run = run_sender,
	  .has_page = true,
	  .example = "licetctl sender --route main --jobs 10 --once --exec 'echo answered'",
	  .details =
	      "The bridge takes a job only when CMD can start at once. CMD gets the job in its environment, as "
	      "LICET_TOKEN, LICET_CAMPAIGN, LICET_ID, LICET_TO, LICET_ADVERTISER, LICET_CALLER_ID, "
	      "LICET_MESSAGE, LICET_DELIVERY, LICET_OPT_OUT, LICET_ATTEMPT, LICET_RELEASED_MS, "
	      "LICET_NOT_AFTER_MS and LICET_VARS, and as one line of JSON on standard input. LICET_NOW_MS is the "
	      "time by the clock that judges the deadline: start no call later than LICET_NOT_AFTER_MS - "
	      "LICET_NOW_MS after the start of CMD. The environment also has LICET_TIMEOUT_S, LICET_ROUTE, "
	      "LICET_SENDER, LICET_JOBS (how many jobs CMD has), and LICET_SPACE if the bridge serves several.\n"
	      "The exit status of CMD says what became of the job. The last line of its standard output is the "
	      "detail:\n"
	      "     0  what the last line says, \"OUTCOME [DETAIL]\", else submitted\n" OUTCOME_EXITS(
		  EXIT_LINE) "   126, 127  no such command: failed, and no more jobs are taken\n"
	                     "   others, a signal, a timeout: failed\n"
	                     "A status that does not say whether a call was placed never means not-placed. A last line of opted-out, "
	                     "refused or never-again counts however CMD ended. If CMD leaves processes in the background, the "
	                     "bridge leaves them alone, and reads no more of their output.\n"
	                     "With --batch CMD gets one line of JSON for each job, and writes \"TOKEN OUTCOME [DETAIL]\" for each. "
	                     "The bridge reports each at once. Jobs that CMD does not mention end as its exit status says. A wrong "
	                     "line is reported with its number, and harms no other.\n"
	                     "If not_after_ms passed before CMD could start, the bridge reports not-placed. While Redis is away it "
	                     "keeps outcomes, and reports them later. On SIGTERM or SIGINT it takes no more jobs, waits for the "
	                     "running commands, and exits 0. A second signal ends the commands (failed), a third ends the bridge "
	                     "at once. After kill -9 the running jobs become unknown when their lease ends: see settle.\n"
	                     "With wait_replicas in licet.conf the bridge dials a job only if so many replicas have the take, and "
	                     "else reports not-placed. It keeps a report until they have it.\n"
	                     "Exit: 0 done, 1 refused by Redis or not everything reported, 2 bad use.\n" },
	{ 0 },
};
