/* slow.c - a disk that takes LICET_SLOW_MS for each sync, and a wall clock that is LICET_AHEAD_S ahead, put before a
 * program by LD_PRELOAD. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slowly(const char *name, int fd)
{
	const char *ms = getenv("LICET_SLOW_MS");
	long n = ms != NULL ? atol(ms) : 0;
	struct timespec t = { n / 1000, n % 1000 * 1000000 };
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	nanosleep(&t, NULL);
	return real(fd);
}

int fsync(int fd)
{
	return slowly("fsync", fd);
}

int fdatasync(int fd)
{
	return slowly("fdatasync", fd);
}

int syncfs(int fd)
{
	return slowly("syncfs", fd);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *ahead = getenv("LICET_AHEAD_S");
	if (real == NULL)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int code = real(id, ret);
	if (code == 0 && ahead != NULL && id == CLOCK_REALTIME)
		ret->tv_sec += atol(ahead);
	return code;
}
