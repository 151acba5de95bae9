#include "alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

/* What stands behind: AddressSanitizer where the program has it, else the C library. Not
 * found by dlsym(), which allocates. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *p, size_t size) __attribute__((weak));
extern void __interceptor_free(void *p) __attribute__((weak));

static long fail_at, fail_run, count, live;
static bool failed, told, paused;

void alloc_arm(long at, long run)
{
	fail_at = at;
	fail_run = run;
	count = 0;
	failed = false;
}

void alloc_pause(bool on)
{
	paused = on;
}

long alloc_count(void)
{
	return count;
}

bool alloc_failed(void)
{
	return failed;
}

long alloc_live(void)
{
	return live;
}

static void tell(const char *what)
{
	char text[48];
	int len = snprintf(text, sizeof(text), "alloc: %ld %s\n", count, what);
	if (write(STDERR_FILENO, text, (size_t)len) < 0)
		_exit(99);
}

/* What comes behind, such as the measuring of coverage, is not of the program. */
static void end(void)
{
	tell("in all");
	paused = true;
}

static bool fails(void)
{
	static bool ends;

	if (paused)
		return false;
	if (told && !ends) { /* not before main(): what is measured is written out after that */
		ends = true;
		atexit(end);
	}
	count++;
	if (fail_at == 0 || count < fail_at || (fail_run > 0 && count >= fail_at + fail_run))
		return false;
	if (told && !failed)
		tell("fails");
	failed = true;
	errno = ENOMEM;
	return true;
}

/* --- whose it is --------------------------------------------------------------------------- */

extern char __executable_start __attribute__((weak)), etext __attribute__((weak));
#define OWN_MAX 65536
static void *own[OWN_MAX]; /* what the program asked for itself, not a library of it */
static bool tracked;

static size_t own_slot(const void *p)
{
	size_t i = ((uintptr_t)p >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 48;
	while (own[i] != NULL && own[i] != p)
		i = (i + 1) % OWN_MAX;
	return i;
}

/* by: where the call came from. */
static void *given(void *p, const void *by)
{
	if (p == NULL || !tracked || paused || (const char *)by < &__executable_start ||
	    (const char *)by >= &etext)
		return p;
	if (++live > OWN_MAX / 2)
		abort();
	own[own_slot(p)] = p;
	return p;
}

static void taken(const void *p)
{
	size_t hole = own_slot(p);
	if (p == NULL || own[hole] == NULL)
		return;
	live--;
	own[hole] = NULL;
	for (size_t i = (hole + 1) % OWN_MAX; own[i] != NULL; i = (i + 1) % OWN_MAX) {
		void *q = own[i];
		own[i] = NULL;
		own[own_slot(q)] = q;
	}
}

void alloc_track(void)
{
	tracked = true;
}

/* --- instead of malloc ------------------------------------------------------------------------ */

#define CALLER __builtin_return_address(0)

static void *malloc_for(size_t size, const void *by)
{
	if (fails())
		return NULL;
	return given(__interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size), by);
}

static void *realloc_for(void *p, size_t size, const void *by)
{
	if (p != NULL && size == 0) {
		free(p);
		return NULL;
	}
	if (fails())
		return NULL;
	void *q = __interceptor_realloc != NULL ? __interceptor_realloc(p, size) : __libc_realloc(p, size);
	if (q != NULL)
		taken(p);
	return given(q, by);
}

void *malloc(size_t size)
{
	return malloc_for(size, CALLER);
}

void *calloc(size_t n, size_t size)
{
	if (fails())
		return NULL;
	return given(__interceptor_calloc != NULL ? __interceptor_calloc(n, size) : __libc_calloc(n, size),
	             CALLER);
}

void *realloc(void *p, size_t size)
{
	return realloc_for(p, size, CALLER);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc_for(p, n * size, CALLER);
}

void free(void *p)
{
	if (tracked)
		taken(p);
	if (__interceptor_free != NULL)
		__interceptor_free(p);
	else
		__libc_free(p);
}

/* AddressSanitizer has these of its own, which would pass us by. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc_for(size, CALLER);
	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t most)
{
	size_t len = strnlen(text, most);
	char *copy = malloc_for(len + 1, CALLER);
	if (copy == NULL)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, text, len);
}

/* --- who fell -------------------------------------------------------------------------------- */

struct walk {
	bool signalled; /* behind the handler's own frames */
	const char *file;
};

/* Not backtrace(), which loads a library. */
static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *arg)
{
	struct walk *walk = arg;
	int before = 0; /* the instruction that a signal came to, not one behind a call */
	uintptr_t at = _Unwind_GetIPInfo(context, &before);
	Dl_info where;

	walk->signalled |= before != 0;
	if (!walk->signalled || dladdr((void *)(at - (before == 0)), &where) == 0 ||
	    where.dli_fname == NULL || strstr(where.dli_fname, "/libc.so") != NULL ||
	    strstr(where.dli_fname, "/libasan.so") != NULL)
		return _URC_NO_REASON;
	walk->file = where.dli_fname;
	return _URC_END_OF_STACK;
}

const char *alloc_who_fell(void)
{
	struct walk walk = { 0 };

	_Unwind_Backtrace(on_frame, &walk);
	return walk.file;
}

static void on_fall(int number)
{
	static const char said[] = "alloc: fell in ";
	const char *who = alloc_who_fell();
	ssize_t n = write(STDERR_FILENO, said, sizeof(said) - 1);

	if (who != NULL)
		n += write(STDERR_FILENO, who, strlen(who));
	n += write(STDERR_FILENO, "\n", 1);
	signal(number, SIG_DFL);
	if (n > 0 && number == SIGSEGV)
		raise(number);
}

/* --- preloaded ------------------------------------------------------------------------ */

static long env_long(const char *name, long fallback)
{
	const char *text = getenv(name);
	return text != NULL ? atol(text) : fallback;
}

static void arm_by_env(int signal_number __attribute__((unused)))
{
	alloc_arm(env_long("LICET_FAIL_AT", 0), env_long("LICET_FAIL_RUN", 1));
}

__attribute__((constructor)) static void begin(void)
{
	long on = env_long("LICET_FAIL_ON", 0);
	if (env_long("LICET_FAIL_AT", 0) == 0)
		return;
	told = true;
	signal(SIGSEGV, on_fall);
	signal(SIGABRT, on_fall);
	if (on > 0)
		signal((int)on, arm_by_env);
	else
		arm_by_env(0);
}
