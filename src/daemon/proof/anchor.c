/* anchor.c - carries the newest checkpoint out of the house; see anchor.h. */
#include "daemon/proof/anchor.h"

#include "core/proof/note.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/proof/tiles.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 120000 /* a command that takes longer is ended */
#define RETRY_MIN_MS 5000
#define RETRY_MAX_MS 600000

extern char **environ;

struct anchor {
	char *dir, *space;
	struct event *look;                  /* while a command runs: is it over? */
	pid_t pid;                           /* 0: none runs */
	int64_t began_ms, next_ms, pause_ms; /* monotonic */
	uint64_t size;                       /* of the checkpoint that it has */
	struct anchor_told told;
};

static void note_end(struct anchor *a, const char *why)
{
	int64_t now_ms = clock_monotonic_ms();
	a->pid = 0;
	event_del(a->look);
	if (*why == '\0') {
		a->told.taken_ms = clock_wall_ms();
		a->told.taken_size = a->size;
		a->told.why[0] = '\0';
		a->pause_ms = 0;
		log_event_of(LOG_LEVEL_INFO, "anchored", a->space, "size=%" PRIu64, a->size);
		return;
	}
	a->pause_ms = a->pause_ms == 0                 ? RETRY_MIN_MS
	              : a->pause_ms * 2 < RETRY_MAX_MS ? a->pause_ms * 2
	                                               : RETRY_MAX_MS;
	a->next_ms = now_ms + a->pause_ms;
	snprintf(a->told.why, sizeof(a->told.why), "%s", why);
	log_event_of(LOG_LEVEL_WARN, "anchor-failed", a->space,
	             "size=%" PRIu64 " why=\"%s\" action=\"again in %" PRId64 " s\"", a->size, why,
	             a->pause_ms / 1000);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct anchor *a = arg;
	int status;
	char why[80];
	pid_t ended = waitpid(a->pid, &status, WNOHANG);
	if (ended == 0) {
		if (clock_monotonic_ms() - a->began_ms > LIMIT_MS)
			kill(-a->pid, SIGKILL);
		return;
	}
	if (ended < 0)
		snprintf(why, sizeof(why), "%s", strerror(errno));
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(why, sizeof(why), "exit %d", WEXITSTATUS(status));
	else
		why[0] = '\0';
	note_end(a, why);
}

/* A pipe that holds a checkpoint: it is smaller than any pipe, so that nobody waits. */
static int pipe_with(const char *note, size_t len)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	if (write(ends[1], note, len) != (ssize_t)len) {
		close(ends[0]);
		ends[0] = -1;
	}
	close(ends[1]);
	return ends[0];
}

/* Returns 0, or an errno. */
static int spawn(struct anchor *a, const char *command, int from)
{
	char *const argv[] = { "/bin/sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, from, STDIN_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	                         POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	int failed = posix_spawn(&a->pid, argv[0], &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return failed;
}

static void start(struct anchor *a, const char *command)
{
	const struct timeval often = { 0, 100000 };
	char note[NOTE_MAX];
	int folder = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t len = folder >= 0 ? tiles_note(folder, "checkpoint", note) : -1;
	int from = len > 0 ? pipe_with(note, (size_t)len) : -1, failed = errno;
	if (folder >= 0)
		close(folder);
	a->began_ms = clock_monotonic_ms();
	if (from >= 0) {
		failed = spawn(a, command, from);
		close(from);
	}
	if (from < 0 || failed != 0)
		note_end(a, strerror(failed));
	else
		event_add(a->look, &often);
}

struct anchor *anchor_open(struct event_base *base, const char *dir, const char *space)
{
	struct anchor *a = mem_zero(sizeof(*a));
	a->dir = mem_copy(dir);
	a->space = mem_copy(space);
	a->look = event_new(base, -1, EV_PERSIST, on_look, a);
	return a;
}

void anchor_close(struct anchor *a)
{
	if (a == NULL)
		return;
	if (a->pid > 0) {
		kill(-a->pid, SIGKILL);
		waitpid(a->pid, NULL, 0);
	}
	event_free(a->look);
	free(a->dir);
	free(a->space);
	free(a);
}

void anchor_turn(struct anchor *a, const char *command, int every_s, uint64_t size)
{
	int64_t now_ms = clock_monotonic_ms();
	if (*command == '\0' || a->pid != 0 || size == 0 || size == a->told.taken_size || now_ms < a->next_ms)
		return;
	a->size = size;
	a->next_ms = now_ms + (int64_t)every_s * 1000;
	start(a, command);
}

const struct anchor_told *anchor_tell(const struct anchor *a)
{
	return &a->told;
}
