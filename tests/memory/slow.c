/* slow.c - a disk that takes LICET_SLOW_MS for each sync, put before a program by LD_PRELOAD. */
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
