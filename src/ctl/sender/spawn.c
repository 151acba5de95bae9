/* spawn.c - what a command is given: its jobs, its environment, and nothing else. */
#include "ctl/sender/spawn.h"

#include "ctl/query/taken_job.h"
#include "ctl/sender/bridge.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What is ours in the environment; whatever had these names before is not for it. */
static const char *const own_names[] = {
	"LICET_TOKEN",       "LICET_CAMPAIGN",     "LICET_ID",       "LICET_TO",      "LICET_ADVERTISER",
	"LICET_CALLER_ID",   "LICET_MESSAGE",      "LICET_DELIVERY", "LICET_OPT_OUT", "LICET_ATTEMPT",
	"LICET_RELEASED_MS", "LICET_NOT_AFTER_MS", "LICET_VARS",     "LICET_ROUTE",   "LICET_SENDER",
	"LICET_NOW_MS",      "LICET_TIMEOUT_S",    "LICET_JOBS",     "REDISCLI_AUTH", "NOTIFY_SOCKET",
	"LICET_SPACE",
};

struct environment {
	char **list;
	size_t count, capacity;
};

static void environment_take(struct environment *e, char *text)
{
	e->list = mem_grow(e->list, &e->capacity, e->count, sizeof(*e->list));
	e->list[e->count++] = text;
}

/* A short password may be a part of anything; it is then looked for as a whole. */
static bool holds_password(const char *value, const char *password)
{
	if (password == NULL)
		return false;
	return strcmp(value, password) == 0 || (strlen(password) >= 8 && strstr(value, password) != NULL);
}

static bool is_inherited(const struct bridge *b, const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (strlen(own_names[i]) == len && strncmp(own_names[i], variable, len) == 0)
			return false;
	return variable[len] != '=' || (!holds_password(variable + len + 1, b->all->passwords.redis) &&
	                                !holds_password(variable + len + 1, b->all->passwords.sentinel));
}

/* One job's fields, each under its name. */
static void environment_add_job(struct environment *e, const struct redis_reply *job)
{
	for (size_t i = 0; i + 1 < reply_count(job); i += 2) {
		const char *name = reply_text(reply_at(job, i), NULL),
			   *value = reply_text(reply_at(job, i + 1), NULL);

		if (name == NULL || value == NULL)
			continue;
		char *text = mem_format("LICET_%s=%s", name, value);

		for (char *c = text; *c != '='; c++)
			*c = (char)toupper((unsigned char)*c);
		environment_take(e, text);
	}
}

/* job: the only one, or NULL in a batch. */
static void environment_make(struct environment *e, const struct bridge *b, const struct redis_reply *job,
                             size_t count)
{
	*e = (struct environment){ 0 };
	for (char **v = environ; *v != NULL; v++)
		if (is_inherited(b, *v))
			environment_take(e, mem_copy(*v));
	environment_take(e, mem_format("LICET_ROUTE=%s", b->route));
	environment_take(e, mem_format("LICET_SENDER=%s", b->name));
	if (b->space[0] != '\0')
		environment_take(e, mem_format("LICET_SPACE=%s", b->space));
	environment_take(e, mem_format("LICET_NOW_MS=%" PRId64, bridge_now_ms(b)));
	environment_take(e, mem_format("LICET_TIMEOUT_S=%" PRId64, bridge_timeout_ms(b) / 1000));
	environment_take(e, mem_format("LICET_JOBS=%zu", count));
	if (job != NULL)
		environment_add_job(e, job);
	environment_take(e, NULL);
}

static void environment_done(struct environment *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->list[i]);
	free(e->list);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* The jobs as lines, in a file without a name: a command may read it when it likes, or
 * never, and nobody waits for a pipe. Returns a descriptor, or -1 with errno. */
static int input_make(const struct redis_reply *const *jobs, size_t count)
{
	int fd = memfd_create("jobs", MFD_CLOEXEC);
	bool ok = fd >= 0;

	for (size_t i = 0; ok && i < count; i++) {
		size_t len;
		char *line = taken_line(jobs[i], &len);

		ok = write_all(fd, line, len);
		free(line);
	}
	if (ok && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0) {
		int error = errno;

		close(fd);
		errno = error;
	}
	return -1;
}

/* Nothing of ours goes along: no descriptor but the three, no signal mask, no signal
 * that is ignored or waited for. Returns 0 or an error number. */
static int spawn_shell(const char *command, char **environment, int in, int out, pid_t *ret_pid)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	int error = posix_spawn_file_actions_init(&files);

	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attr);
	if (error == 0) {
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
		                                    POSIX_SPAWN_SETSIGDEF);
		posix_spawnattr_setpgroup(&attr, 0);
		posix_spawnattr_setsigmask(&attr, &none);
		posix_spawnattr_setsigdefault(&attr, &all);
		error = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
		if (error == 0)
			error = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		if (error == 0)
			error = posix_spawn_file_actions_addclosefrom_np(&files, 3);
		if (error == 0)
			error = posix_spawn(ret_pid, "/bin/sh", &files, &attr, argv, environment);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int command_spawn(struct bridge *b, const struct redis_reply *const *jobs, size_t count, pid_t *ret_pid,
                  int *ret_out)
{
	struct environment environment;
	int out[2] = { -1, -1 }, error = 0;
	int in = input_make(jobs, count);

	if (in < 0 || pipe2(out, O_CLOEXEC) != 0)
		error = errno;
	if (error == 0) {
		environment_make(&environment, b, b->batch > 0 ? NULL : jobs[0], count);
		error = spawn_shell(b->command, environment.list, in, out[1], ret_pid);
		environment_done(&environment);
	}
	if (in >= 0)
		close(in);
	if (out[1] >= 0)
		close(out[1]);
	if (error == 0)
		*ret_out = out[0];
	else if (out[0] >= 0)
		close(out[0]);
	return error;
}
