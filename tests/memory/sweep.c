#include "sweep.h"
#include "alloc.h"
#include "chance.h"
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void __gcov_dump(void) __attribute__((weak));

/* --- one try --------------------------------------------------------------------------- */

static void on_fall(int number, siginfo_t *info, void *context)
{
	const char *who = alloc_who_fell();

	if (who != NULL && (strstr(who, "libhiredis") != NULL || strstr(who, "libconfig") != NULL))
		_exit(END_LIBRARY);
	if (number == SIGABRT)
		return; /* and it ends as it would */
	fprintf(stderr, "fell in %s\n", who != NULL ? who : "nobody knows what");
	_exit(END_CRASH);
}

/* What runs at exit(), such as the measuring of coverage, is not of the path. */
static void at_exit(void)
{
	alloc_arm(0, 0);
}

static enum outcome child_try(path_fn *path, void *arg, long at, long run)
{
	struct sigaction fall = { .sa_sigaction = on_fall, .sa_flags = SA_SIGINFO };
	long live;

	sigaction(SIGSEGV, &fall, NULL);
	sigaction(SIGBUS, &fall, NULL);
	sigaction(SIGABRT, &fall, NULL); /* an assert() of theirs */
	atexit(at_exit);
	live = alloc_live();
	alloc_arm(at, run);
	enum end end = path(arg);
	bool failed = alloc_failed();
	alloc_arm(0, 0);
	if (end == WRONG)
		return END_WRONG;
	if (alloc_live() != live) {
		fprintf(stderr, "%ld are left\n", alloc_live() - live);
		return END_LEAK;
	}
	return end == FAILED ? END_FAILED : failed ? END_RIGHT : END_WHOLE;
}

enum outcome try_once(path_fn *path, void *arg, long at, long run, char *said, size_t size)
{
	int pipes[2], status;
	size_t used = 0;
	ssize_t n;

	fflush(NULL);
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		enum outcome outcome = child_try(path, arg, at, run);
		if (__gcov_dump != NULL)
			__gcov_dump();
		_exit((int)outcome);
	}
	close(pipes[1]);
	while (used + 1 < size && (n = read(pipes[0], said + used, size - 1 - used)) > 0)
		used += (size_t)n;
	said[used] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return strstr(said, "event=out-of-memory") != NULL ? END_STOPPED : END_CRASH;
	/* The scanner of libconfig. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2 && strstr(said, "out of dynamic memory") != NULL)
		return END_STOPPED;
	/* ctl_fail(), which has to say what there was none of. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && strncmp(said, "licetctl: ", 10) == 0 &&
	    strstr(said, "memory") != NULL)
		return END_FAILED;
	return WIFEXITED(status) && WEXITSTATUS(status) >= END_WHOLE ? (enum outcome)WEXITSTATUS(status)
	                                                             : END_OTHER;
}

/* --- all of them ------------------------------------------------------------------------- */

long sweep(const char *label, path_fn *path, void *arg, long step, struct tally *t)
{
	struct chance c;
	char said[8192];
	long at = 1;

	chance_init(&c);
	*t = (struct tally){ 0 };
	assert_int_equal(path(arg), RIGHT); /* and what the C library keeps is there from now on */
	if (getenv("LICET_MEMORY") != NULL)
		step = 1;
	for (;; at += step > 1 ? chance_range(&c, 1, 2 * step - 1) : 1) {
		/* One alone, and as it is when memory is out: all that follow. */
		for (long run = 1; run >= 0; run--) {
			enum outcome outcome = try_once(path, arg, at, run, said, sizeof(said));
			if (outcome == END_WHOLE) {
				print_message("%s: about %ld allocations; %d tries were right, %d failed, %d "
				              "stopped, %d ended in a library\n",
				              label, at, t->right, t->failed, t->stopped, t->library);
				return at;
			}
			t->right += outcome == END_RIGHT;
			t->failed += outcome == END_FAILED;
			t->stopped += outcome == END_STOPPED;
			t->library += outcome == END_LIBRARY;
			if (outcome == END_RIGHT || outcome == END_FAILED || outcome == END_STOPPED ||
			    outcome == END_LIBRARY)
				continue;
			fail_msg("%s: allocation %ld%s: outcome %d\n%s", label, at,
			         run == 0 ? " and all behind it" : "", outcome, said);
		}
	}
}
