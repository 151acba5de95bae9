/* child.c - a command with its jobs: started, listened to, ended, judged.
 *
 * Each command leads a process group of its own, so that a timeout ends all that it
 * started and Ctrl-C on the terminal reaches the bridge alone. The bridge is the
 * subreaper of what commands leave behind: it learns when the last process of a group
 * is gone, and leaves no zombies. */
#include "ctl/sender/child.h"

#include "ctl/query/taken_job.h"
#include "ctl/sender/reports.h"
#include "ctl/sender/sender.h"
#include "ctl/sender/spawn.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE 4096
#define DRAIN_MAX (1 << 20) /* what is still read of a command that is gone */
#define TOLD_MAX 20         /* bad lines of one command */

enum run_state {
	RUN_GOING,
	RUN_ENDING, /* TERM was sent; the rest of its group has its grace */
	RUN_KILLED
};

struct run {
	struct run *next;
	struct bridge *b;
	struct bridge_job *jobs;
	size_t job_count;
	pid_t pid; /* and its process group */
	enum run_state state;
	const char *why;      /* it was ended by us, or NULL */
	bool exited;          /* the command itself; others of its group may be left */
	int status;           /* of waitpid() */
	int out;              /* its standard output, or -1 */
	struct event *on_out; /* there is something to read */
	struct event *timer;  /* GOING: its time is over; ENDING: its grace is */
	char line[LINE_SIZE]; /* the line that is coming in */
	size_t line_len, line_number, told;
	bool line_long;
	char last[LINE_SIZE]; /* the last that was not empty */
	size_t last_len;
};

void bridge_job_read(const struct redis_reply *taken, struct bridge_job *ret)
{
	*ret = (struct bridge_job){ .token = mem_copy(taken_text(taken, "token")),
		                    .campaign = mem_copy(taken_text(taken, "campaign")),
		                    .id = mem_copy(taken_text(taken, "id")),
		                    .to = mem_copy(taken_text(taken, "to")) };
	phone_mask(ret->to, ret->mask);
}

void bridge_job_done(struct bridge_job *job)
{
	free(job->token);
	free(job->campaign);
	free(job->id);
	free(job->to);
}

static void job_report(struct bridge *b, struct bridge_job *job, const struct outcome *outcome)
{
	job->reported = true;
	report_add(b, job, outcome, false);
}

static void job_not_placed(struct bridge *b, struct bridge_job *job, const char *why, bool here_only)
{
	struct outcome outcome = { .name = "not-placed" };

	outcome_detail(outcome.detail, why, strlen(why));
	job->reported = true;
	report_add(b, job, &outcome, here_only);
	log_warn("not-placed", "campaign=%s id=\"%s\" to=%s why=\"%s\"", job->campaign, job->id, job->mask,
	         why);
}

/* --- what it writes ---------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void bad_line(struct run *run, const char *format, ...)
{
	char what[160];
	va_list ap;

	if (++run->told > TOLD_MAX)
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	log_warn("bad-line", "pid=%d line=%zu error=\"%s\"%s", (int)run->pid, run->line_number, what,
	         run->told == TOLD_MAX ? " action=\"no more of them are told\"" : "");
}

static struct bridge_job *job_of_token(const struct run *run, const char *token, size_t len)
{
	for (size_t i = 0; i < run->job_count; i++)
		if (strlen(run->jobs[i].token) == len && memcmp(run->jobs[i].token, token, len) == 0)
			return &run->jobs[i];
	return NULL;
}

/* "TOKEN outcome [detail]", of a batch. */
static void batch_line(struct run *run, const char *line, size_t len)
{
	char shown[SHOWN_SIZE];
	struct outcome outcome;
	size_t token = 0, from;

	while (token < len && line[token] != ' ' && line[token] != '\t')
		token++;
	for (from = token; from < len && (line[from] == ' ' || line[from] == '\t');)
		from++;
	struct bridge_job *job = job_of_token(run, line, token);

	if (run->line_long) {
		bad_line(run, "it is longer than %d bytes", LINE_SIZE);
	} else if (job == NULL) {
		bad_line(run, "it begins with no token of this batch: expected TOKEN outcome [detail]");
	} else if (!outcome_read(line + from, len - from, &outcome)) {
		size_t word = 0;

		while (from + word < len && line[from + word] != ' ' && line[from + word] != '\t')
			word++;
		const char *near = outcome_nearest(line + from, word);

		bad_line(run, "\"%s\" is no outcome%s%s%s", outcome_shown(line + from, word, shown),
		         near != NULL ? ", did you mean " : "", near != NULL ? near : "",
		         near != NULL ? "?" : "");
	} else if (job->reported && !outcome_opposes(outcome.name)) {
		bad_line(run, "a second line for a job; the first one counts");
	} else {
		job_report(run->b, job, &outcome); /* an opposition counts whenever it is told */
	}
}

static void line_end(struct run *run)
{
	size_t len = run->line_len;

	run->line_number++;
	while (len > 0 && isspace((unsigned char)run->line[len - 1]))
		len--;
	if (len > 0 && run->b->batch > 0)
		batch_line(run, run->line, len);
	else if (len > 0)
		memcpy(run->last, run->line, run->last_len = len);
	run->line_len = 0;
	run->line_long = false;
}

static void feed(struct run *run, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			line_end(run);
		else if (run->line_len < LINE_SIZE)
			run->line[run->line_len++] = bytes[i];
		else
			run->line_long = true;
	}
}

static void out_close(struct run *run)
{
	if (run->out < 0)
		return;
	event_free(run->on_out);
	close(run->out);
	run->out = -1;
}

/* Returns how many bytes were read; 0 when there is no more now, or ever. */
static size_t out_read(struct run *run)
{
	char bytes[16384];

	if (run->out < 0)
		return 0;
	ssize_t n = read(run->out, bytes, sizeof(bytes));

	if (n > 0)
		feed(run, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		out_close(run);
	return n > 0 ? (size_t)n : 0;
}

static void on_out(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;

	out_read(run);
	bridge_turn(run->b);
}

/* --- how it ends ------------------------------------------------------------------------- */

static void run_free(struct bridge *b, struct run *run)
{
	struct run **at = &b->runs;

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	b->running--;
	out_close(run);
	event_free(run->timer);
	for (size_t i = 0; i < run->job_count; i++)
		bridge_job_done(&run->jobs[i]);
	free(run->jobs);
	free(run);
}

/* A word that was meant to be an outcome must not get lost in silence. */
static void check_last_line(const struct run *run, const struct bridge_job *job)
{
	struct outcome said;
	char shown[SHOWN_SIZE];
	size_t word = 0;

	while (word < run->last_len && !isspace((unsigned char)run->last[word]))
		word++;
	const char *near = outcome_nearest(run->last, word);

	if (near != NULL && !outcome_read(run->last, run->last_len, &said))
		log_warn("no-outcome",
		         "campaign=%s id=\"%s\" to=%s said=\"%s\" meant=\"%s?\" action=\"submitted\"",
		         job->campaign, job->id, job->mask, outcome_shown(run->last, word, shown), near);
}

/* What became of the jobs that it told nothing of. */
static void run_judge(struct run *run)
{
	bool exited = WIFEXITED(run->status);
	int number = exited ? WEXITSTATUS(run->status) : WTERMSIG(run->status);
	bool explained = run->why == NULL && exited && (number == 0 || outcome_of_exit(number) != NULL);
	struct outcome outcome;
	size_t count = 0;

	outcome_judge(run->status, run->why, run->last, run->last_len, &outcome);
	for (size_t i = 0; i < run->job_count; i++) {
		struct bridge_job *job = &run->jobs[i];

		if (job->reported)
			continue;
		count++;
		job_report(run->b, job, &outcome);
		if (run->b->batch == 0 && explained && number == 0)
			check_last_line(run, job);
	}
	if (count == 0 || explained)
		return;
	char how[32];

	snprintf(how, sizeof(how), "%s %d", exited ? "exit" : "signal", number);
	log_warn("command-failed", "pid=%d campaign=%s id=\"%s\" to=%s jobs=%zu why=\"%s\" outcome=%s",
	         (int)run->pid, run->jobs[0].campaign, run->jobs[0].id, run->jobs[0].mask, count,
	         run->why != NULL ? run->why : how, outcome.name);
}

static void run_finish(struct bridge *b, struct run *run)
{
	int status = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;

	/* What it wrote before it ended. A process that it left behind can hold the pipe
	 * open, and write for ever. */
	for (size_t read = 0, n; read < DRAIN_MAX && (n = out_read(run)) > 0; read += n)
		;
	if (run->line_len > 0)
		line_end(run);
	run_judge(run);
	if (run->why == NULL &&
	    (status == EXIT_CANNOT_WORK || status == EXIT_NOT_FOUND || status == EXIT_NOT_EXECUTABLE)) {
		/* The next job would end the same way, and all that are queued behind it. */
		log_error(status == EXIT_CANNOT_WORK ? "command-cannot-work" : "command-missing",
		          "exit=%d action=\"taking no more\"", status);
		bridge_stop(b, 1);
	}
	run_free(b, run);
}

/* The group is gone when nothing can be signalled in it: who ended is reaped at once. */
static bool group_is_gone(const struct run *run)
{
	return kill(-run->pid, 0) != 0 && errno == ESRCH;
}

/* Finish it if nothing is waited for any more. */
static void run_settle(struct bridge *b, struct run *run)
{
	if (run->exited && (run->state != RUN_ENDING || group_is_gone(run)))
		run_finish(b, run);
}

void runs_reap(struct bridge *b)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct run *run = b->runs;

		while (run != NULL && (run->pid != pid || run->exited))
			run = run->next;
		if (run == NULL)
			continue; /* something that a command had left behind */
		run->exited = true;
		run->status = status;
	}
	for (struct run *run = b->runs, *next; run != NULL; run = next) {
		next = run->next;
		run_settle(b, run);
	}
}

static void run_kill(struct run *run)
{
	run->state = RUN_KILLED;
	event_del(run->timer);
	kill(-run->pid, SIGKILL);
}

static void run_end(struct run *run, const char *why, bool at_once)
{
	int64_t grace_ms = bridge_grace_ms(run->b);
	struct timeval tv = { grace_ms / 1000, grace_ms % 1000 * 1000 };

	if (run->why == NULL)
		run->why = why;
	if (at_once) {
		run_kill(run);
	} else if (run->state == RUN_GOING) {
		run->state = RUN_ENDING;
		kill(-run->pid, SIGTERM);
		event_add(run->timer, &tv);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	struct bridge *b = run->b;

	if (run->state == RUN_GOING) {
		run_end(run, "timeout", false);
	} else {
		run_kill(run);
		run_settle(b, run);
		bridge_turn(b);
	}
}

void runs_end(struct bridge *b, const char *why, bool at_once)
{
	for (struct run *run = b->runs, *next; run != NULL; run = next) {
		next = run->next;
		run_end(run, why, at_once);
		run_settle(b, run);
	}
}

void runs_abandon(struct bridge *b, const char *why)
{
	runs_end(b, why, true);
	for (struct run *run = b->runs, *next; run != NULL; run = next) {
		next = run->next;
		run_finish(b, run);
	}
}

/* --- how it begins ------------------------------------------------------------------------- */

static void run_watch(struct run *run, int64_t taken_ms)
{
	struct bridge *b = run->b;
	int64_t left_ms = taken_ms + bridge_timeout_ms(b) - clock_monotonic_ms();
	struct timeval tv = { 0, 1000 };

	if (left_ms > 0)
		tv = (struct timeval){ left_ms / 1000, left_ms % 1000 * 1000 };
	fcntl(run->out, F_SETFL, O_NONBLOCK);
	run->on_out = event_new(b->base, run->out, EV_READ | EV_PERSIST, on_out, run);
	run->timer = evtimer_new(b->base, on_timer, run);
	event_add(run->on_out, NULL);
	event_add(run->timer, &tv);
	run->next = b->runs;
	b->runs = run;
	b->running++;
}

void run_refuse(struct bridge *b, const struct redis_reply *jobs, const char *why)
{
	for (size_t i = 0; i < reply_count(jobs); i++) {
		struct bridge_job job;

		bridge_job_read(reply_at(jobs, i), &job);
		job_not_placed(b, &job, why, true);
		bridge_job_done(&job);
	}
}

void run_start(struct bridge *b, const struct redis_reply *jobs, size_t first, size_t count, int64_t taken_ms)
{
	const struct redis_reply **mine = mem_zero(count * sizeof(*mine));
	struct run *run = mem_zero(sizeof(*run));
	int64_t now_ms = bridge_now_ms(b);

	run->b = b;
	run->jobs = mem_zero(count * sizeof(*run->jobs));
	for (size_t i = 0; i < count; i++) {
		const struct redis_reply *taken = reply_at(jobs, first + i);
		struct bridge_job *job = &run->jobs[run->job_count];

		bridge_job_read(taken, job);
		if (now_ms >= reply_int(reply_field(taken, "not_after_ms"), 0)) {
			job_not_placed(b, job, "too late: not_after had passed before it could start", false);
		} else if (b->signals >= 2) {
			job_not_placed(b, job, "stopped before it could start", false);
		} else {
			mine[run->job_count++] = taken;
			continue;
		}
		bridge_job_done(job);
	}
	int error = run->job_count > 0 ? command_spawn(b, mine, run->job_count, &run->pid, &run->out) : 0;

	if (run->job_count > 0 && error == 0) {
		run_watch(run, taken_ms);
		run = NULL;
	}
	for (size_t i = 0; run != NULL && i < run->job_count; i++) {
		char why[160];

		snprintf(why, sizeof(why), "it could not be started: %s", strerror(error));
		job_not_placed(b, &run->jobs[i], why, false);
		bridge_job_done(&run->jobs[i]);
	}
	if (error != 0)
		bridge_pause(b);
	if (run != NULL)
		free(run->jobs);
	free(run);
	free(mine);
}
