/* child.c - a command with its jobs: started, listened to, ended, judged.
 *
 * Each command leads a process group of its own, so that a timeout ends all that it
 * started and Ctrl-C on the terminal reaches the bridge alone. The bridge is the
 * subreaper of what commands leave behind: it learns when the last process of a group
 * is gone, and leaves no zombies. */
#include "ctl/sender/child.h"

#include "ctl/sender/bridge.h"
#include "ctl/sender/reports.h"
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

enum child_state {
	CHILD_GOING,
	CHILD_ENDING, /* TERM was sent; the rest of its group has its grace */
	CHILD_KILLED
};

struct child {
	struct child *next;
	struct bridge *b;
	struct bridge_job *jobs;
	size_t job_count;
	pid_t pid; /* and its process group */
	enum child_state state;
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

__attribute__((format(printf, 2, 3))) static void bad_line(struct child *child, const char *format, ...)
{
	char what[160];
	va_list ap;

	if (++child->told > TOLD_MAX)
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	log_warn("bad-line", "pid=%d line=%zu error=\"%s\"%s", (int)child->pid, child->line_number, what,
	         child->told == TOLD_MAX ? " action=\"no more of them are told\"" : "");
}

static struct bridge_job *job_of_token(const struct child *child, const char *token, size_t len)
{
	for (size_t i = 0; i < child->job_count; i++)
		if (strlen(child->jobs[i].token) == len && memcmp(child->jobs[i].token, token, len) == 0)
			return &child->jobs[i];
	return NULL;
}

/* "TOKEN outcome [detail]", of a batch. */
static void batch_line(struct child *child, const char *line, size_t len)
{
	char shown[SHOWN_SIZE];
	struct outcome outcome;
	size_t token = 0, from;

	while (token < len && line[token] != ' ' && line[token] != '\t')
		token++;
	for (from = token; from < len && (line[from] == ' ' || line[from] == '\t');)
		from++;
	struct bridge_job *job = job_of_token(child, line, token);

	if (child->line_long) {
		bad_line(child, "it is longer than %d bytes", LINE_SIZE);
	} else if (job == NULL) {
		bad_line(child, "it begins with no token of this batch: expected TOKEN outcome [detail]");
	} else if (!outcome_read(line + from, len - from, &outcome)) {
		size_t word = 0;

		while (from + word < len && line[from + word] != ' ' && line[from + word] != '\t')
			word++;
		const char *near = outcome_nearest(line + from, word);

		bad_line(child, "\"%s\" is not an outcome%s%s%s", outcome_shown(line + from, word, shown),
		         near != NULL ? ", did you mean " : "", near != NULL ? near : "",
		         near != NULL ? "?" : "");
	} else if (job->reported && !outcome_opposes(outcome.name)) {
		bad_line(child, "a second line for a job; the first one counts");
	} else {
		job_report(child->b, job, &outcome); /* an opposition counts whenever it is told */
	}
}

static void line_end(struct child *child)
{
	size_t len = child->line_len;

	child->line_number++;
	while (len > 0 && isspace((unsigned char)child->line[len - 1]))
		len--;
	if (len > 0 && child->b->batch > 0)
		batch_line(child, child->line, len);
	else if (len > 0)
		memcpy(child->last, child->line, child->last_len = len);
	child->line_len = 0;
	child->line_long = false;
}

static void feed(struct child *child, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			line_end(child);
		else if (child->line_len < LINE_SIZE)
			child->line[child->line_len++] = bytes[i];
		else
			child->line_long = true;
	}
}

static void out_close(struct child *child)
{
	if (child->out < 0)
		return;
	event_free(child->on_out);
	close(child->out);
	child->out = -1;
}

/* Returns how many bytes were read; 0 when there is no more now, or ever. */
static size_t out_read(struct child *child)
{
	char bytes[16384];

	if (child->out < 0)
		return 0;
	ssize_t n = read(child->out, bytes, sizeof(bytes));

	if (n > 0)
		feed(child, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		out_close(child);
	return n > 0 ? (size_t)n : 0;
}

static void on_out(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;

	out_read(child);
	bridge_soon(child->b);
}

/* --- how it ends ------------------------------------------------------------------------- */

static void child_free(struct bridge *b, struct child *child)
{
	struct child **at = &b->children;

	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	b->running--;
	b->all->running--;
	out_close(child);
	event_free(child->timer);
	for (size_t i = 0; i < child->job_count; i++)
		bridge_job_done(&child->jobs[i]);
	free(child->jobs);
	free(child);
}

/* A word that was meant to be an outcome must not get lost in silence. */
static void check_last_line(const struct child *child, const struct bridge_job *job)
{
	struct outcome said;
	char shown[SHOWN_SIZE];
	size_t word = 0;

	while (word < child->last_len && !isspace((unsigned char)child->last[word]))
		word++;
	const char *near = outcome_nearest(child->last, word);

	if (near != NULL && !outcome_read(child->last, child->last_len, &said))
		log_warn("no-outcome",
		         "campaign=%s id=\"%s\" to=%s said=\"%s\" meant=\"%s?\" action=\"submitted\"",
		         job->campaign, job->id, job->mask, outcome_shown(child->last, word, shown), near);
}

/* What became of the jobs that it told nothing of. */
static void child_judge(struct child *child)
{
	bool exited = WIFEXITED(child->status);
	int number = exited ? WEXITSTATUS(child->status) : WTERMSIG(child->status);
	bool explained = child->why == NULL && exited && (number == 0 || outcome_of_exit(number) != NULL);
	struct outcome outcome;
	size_t count = 0;

	outcome_judge(child->status, child->why, child->last, child->last_len, &outcome);
	for (size_t i = 0; i < child->job_count; i++) {
		struct bridge_job *job = &child->jobs[i];

		if (job->reported)
			continue;
		count++;
		job_report(child->b, job, &outcome);
		if (child->b->batch == 0 && explained && number == 0)
			check_last_line(child, job);
	}
	if (count == 0 || explained)
		return;
	char how[32];

	snprintf(how, sizeof(how), "%s %d", exited ? "exit" : "signal", number);
	log_warn("command-failed", "pid=%d campaign=%s id=\"%s\" to=%s jobs=%zu why=\"%s\" outcome=%s",
	         (int)child->pid, child->jobs[0].campaign, child->jobs[0].id, child->jobs[0].mask, count,
	         child->why != NULL ? child->why : how, outcome.name);
}

static void child_finish(struct bridge *b, struct child *child)
{
	int status = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;

	/* What it wrote before it ended. A process that it left behind can hold the pipe
	 * open, and write for ever. */
	for (size_t read = 0, n; read < DRAIN_MAX && (n = out_read(child)) > 0; read += n)
		;
	if (child->line_len > 0)
		line_end(child);
	child_judge(child);
	if (child->why == NULL &&
	    (status == EXIT_CANNOT_WORK || status == EXIT_NOT_FOUND || status == EXIT_NOT_EXECUTABLE)) {
		/* The next job would end the same way, and all that are queued behind it. */
		log_error(status == EXIT_CANNOT_WORK ? "command-cannot-work" : "command-missing",
		          "exit=%d action=\"taking no more\"", status);
		bridge_stop(b, 1);
	}
	child_free(b, child);
}

/* The group is gone when nothing can be signalled in it: who ended is reaped at once. */
static bool group_is_gone(const struct child *child)
{
	return kill(-child->pid, 0) != 0 && errno == ESRCH;
}

/* Finish it if nothing is waited for any more. */
static void child_settle(struct bridge *b, struct child *child)
{
	if (child->exited && (child->state != CHILD_ENDING || group_is_gone(child)))
		child_finish(b, child);
}

static struct child *child_of(const struct bridges *all, pid_t pid)
{
	for (size_t i = 0; i < all->count; i++)
		for (struct child *child = all->list[i]->children; child != NULL; child = child->next)
			if (child->pid == pid && !child->exited)
				return child;
	return NULL;
}

void children_reap(struct bridges *all)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *child = child_of(all, pid);

		if (child == NULL)
			continue; /* something that a command had left behind */
		child->exited = true;
		child->status = status;
	}
	for (size_t i = 0; i < all->count; i++)
		for (struct child *child = all->list[i]->children, *next; child != NULL; child = next) {
			next = child->next;
			child_settle(all->list[i], child);
		}
}

static void child_kill(struct child *child)
{
	child->state = CHILD_KILLED;
	event_del(child->timer);
	kill(-child->pid, SIGKILL);
}

static void child_end(struct child *child, const char *why, bool at_once)
{
	int64_t grace_ms = bridge_grace_ms(child->b);
	struct timeval tv = { grace_ms / 1000, grace_ms % 1000 * 1000 };

	if (child->why == NULL)
		child->why = why;
	if (at_once) {
		child_kill(child);
	} else if (child->state == CHILD_GOING) {
		child->state = CHILD_ENDING;
		kill(-child->pid, SIGTERM);
		event_add(child->timer, &tv);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	struct bridge *b = child->b;

	if (child->state == CHILD_GOING) {
		child_end(child, "timeout", false);
	} else {
		child_kill(child);
		child_settle(b, child);
		bridge_soon(b);
	}
}

void children_end(struct bridge *b, const char *why, bool at_once)
{
	for (struct child *child = b->children, *next; child != NULL; child = next) {
		next = child->next;
		child_end(child, why, at_once);
		child_settle(b, child);
	}
}

void children_abandon(struct bridge *b, const char *why)
{
	children_end(b, why, true);
	for (struct child *child = b->children, *next; child != NULL; child = next) {
		next = child->next;
		child_finish(b, child);
	}
}

/* --- how it begins ------------------------------------------------------------------------- */

static void child_watch(struct child *child, int64_t taken_ms)
{
	struct bridge *b = child->b;
	int64_t left_ms = taken_ms + bridge_timeout_ms(b) - clock_monotonic_ms();
	struct timeval tv = { 0, 1000 };

	if (left_ms > 0)
		tv = (struct timeval){ left_ms / 1000, left_ms % 1000 * 1000 };
	fcntl(child->out, F_SETFL, O_NONBLOCK);
	child->on_out = event_new(b->all->base, child->out, EV_READ | EV_PERSIST, on_out, child);
	child->timer = evtimer_new(b->all->base, on_timer, child);
	event_add(child->on_out, NULL);
	event_add(child->timer, &tv);
	child->next = b->children;
	b->children = child;
	b->running++;
	b->all->running++;
}

void child_refuse(struct bridge *b, const struct redis_reply *jobs, const char *why)
{
	for (size_t i = 0; i < reply_count(jobs); i++) {
		struct bridge_job job;

		bridge_job_read(reply_at(jobs, i), &job);
		job_not_placed(b, &job, why, true);
		bridge_job_done(&job);
	}
}

/* The other space for which that number is dialled now; NULL: none. Two spaces know nothing of each other's calls. */
static const struct bridge *dialled_for(const struct bridge *b, const char *number)
{
	for (size_t i = 0; i < b->all->count; i++) {
		const struct bridge *other = b->all->list[i];

		for (const struct child *child = other->children; child != NULL && other != b;
		     child = child->next)
			for (size_t k = 0; k < child->job_count; k++)
				if (strcmp(child->jobs[k].to, number) == 0)
					return other;
	}
	return NULL;
}

/* Give jobs, count of them from first on, to one command. taken_ms is the monotonic
 * instant before which they were not taken. Jobs whose deadline has passed, and those
 * for which nothing could be started, are reported not-placed. */
static void child_start(struct bridge *b, const struct redis_reply *jobs, size_t first, size_t count,
                        int64_t taken_ms)
{
	const struct redis_reply **mine = mem_zero(count * sizeof(*mine));
	struct child *child = mem_zero(sizeof(*child));
	int64_t now_ms = bridge_now_ms(b);

	child->b = b;
	child->jobs = mem_zero(count * sizeof(*child->jobs));
	for (size_t i = 0; i < count; i++) {
		const struct redis_reply *taken = reply_at(jobs, first + i);
		struct bridge_job *job = &child->jobs[child->job_count];

		bridge_job_read(taken, job);
		if (now_ms >= reply_int(reply_field(taken, "not_after_ms"), 0)) {
			job_not_placed(b, job, "too late: not_after had passed before it could start", false);
		} else if (dialled_for(b, job->to) != NULL) {
			char why[80];

			snprintf(why, sizeof(why), "it is being dialled for space %s",
			         dialled_for(b, job->to)->space);
			job_not_placed(b, job, why, false);
		} else if (b->all->signals >= 2) {
			job_not_placed(b, job, "stopped before it could start", false);
		} else {
			mine[child->job_count++] = taken;
			continue;
		}
		bridge_job_done(job);
	}
	int error =
	    child->job_count > 0 ? command_spawn(b, mine, child->job_count, &child->pid, &child->out) : 0;

	if (child->job_count > 0 && error == 0) {
		child_watch(child, taken_ms);
		child = NULL;
	}
	for (size_t i = 0; child != NULL && i < child->job_count; i++) {
		char why[160];

		snprintf(why, sizeof(why), "it could not be started: %s", strerror(error));
		job_not_placed(b, &child->jobs[i], why, false);
		bridge_job_done(&child->jobs[i]);
	}
	if (error != 0)
		bridge_pause(b);
	if (child != NULL)
		free(child->jobs);
	free(child);
	free(mine);
}

void children_start(struct bridge *b, const struct redis_reply *jobs)
{
	size_t count = reply_count(jobs), step = b->batch > 0 ? (size_t)b->batch : 1;

	b->take_error[0] = '\0';
	if (count > 0)
		b->take_pause_ms = 0; /* before the starts, which may pause it again */
	for (size_t i = 0; i < count; i += step)
		child_start(b, jobs, i, count - i < step ? count - i : step, b->take_sent_ms);
}
