#include "redis_server.h"

#include "temporary.h"

#include <ftw.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 20000
#define WORDS_MAX 64

static struct {
	char folder[TEMPORARY_SIZE], socket[96], log[96];
	const char *options[WORDS_MAX];
	pid_t pid, owner;
} server;

static void die(const char *what)
{
	fprintf(stderr, "redis_server: %s\n", what);
	exit(99);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void clean_up(void)
{
	if (server.owner != getpid()) /* a child that exits leaves the server alone */
		return;
	redis_server_kill();
	nftw(server.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void redis_server_prepare(const char *const *options)
{
	if (server.owner != 0)
		die("prepared twice");
	signal(SIGPIPE, SIG_IGN); /* hiredis writes to sockets that are gone */
	if (mkdtemp(temporary_name(server.folder)) == NULL)
		die("mkdtemp failed");
	snprintf(server.socket, sizeof(server.socket), "%s/socket", server.folder);
	snprintf(server.log, sizeof(server.log), "%s/log", server.folder);
	for (size_t i = 0; options != NULL && options[i] != NULL && i < WORDS_MAX - 1; i++)
		server.options[i] = options[i];
	server.owner = getpid();
	atexit(clean_up);
}

static bool server_answers(void)
{
	struct timeval timeout = { 1, 0 };
	redisContext *ctx = redisConnectUnixWithTimeout(server.socket, timeout);
	bool answers = false;

	if (ctx != NULL && ctx->err == 0 && redisSetTimeout(ctx, timeout) == REDIS_OK) {
		redisReply *reply = redisCommand(ctx, "PING");

		/* Any answer will do, NOAUTH too, but not that it is still loading. */
		answers = reply != NULL && strncmp(reply->str, "LOADING", 7) != 0;
		if (reply != NULL)
			freeReplyObject(reply);
	}
	if (ctx != NULL)
		redisFree(ctx);
	return answers;
}

static void exec_server(void)
{
	const char *program = getenv("REDIS");
	char *argv[WORDS_MAX + 16] = { program != NULL && *program != '\0' ? (char *)program : "redis-server",
		                       "--port",
		                       "0",
		                       "--unixsocket",
		                       server.socket,
		                       "--dir",
		                       server.folder,
		                       "--logfile",
		                       server.log,
		                       "--save",
		                       "",
		                       "--daemonize",
		                       "no" };
	size_t count = 0;

	while (argv[count] != NULL)
		count++;
	for (size_t i = 0; server.options[i] != NULL; i++)
		argv[count++] = (char *)server.options[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* not left behind by a test that crashes */
	execvp(argv[0], argv);
	_exit(127);
}

void redis_server_restart(void)
{
	struct timespec tick = { 0, 5 * 1000000 };

	redis_server_kill();
	unlink(server.socket);
	server.pid = fork();
	if (server.pid < 0)
		die("fork failed");
	if (server.pid == 0)
		exec_server();
	for (int waited_ms = 0; !server_answers(); waited_ms += 5) {
		if (waitpid(server.pid, NULL, WNOHANG) == server.pid)
			die("the server ended at once; is it installed?");
		if (waited_ms > START_MS)
			die("the server does not answer");
		nanosleep(&tick, NULL);
	}
}

void redis_server_start(const char *const *options)
{
	redis_server_prepare(options);
	redis_server_restart();
}

void redis_server_kill(void)
{
	if (server.pid <= 0)
		return;
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	server.pid = 0;
}

void redis_server_freeze(void)
{
	int status;

	kill(server.pid, SIGSTOP);
	waitpid(server.pid, &status, WUNTRACED);
}

void redis_server_thaw(void)
{
	kill(server.pid, SIGCONT);
}

bool redis_server_is_running(void)
{
	return server.pid > 0;
}

const char *redis_server_socket(void)
{
	return server.socket;
}

const char *redis_server_folder(void)
{
	return server.folder;
}
