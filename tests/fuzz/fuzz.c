#include "fuzz.h"
#include "io/rulebook/load.h"

#include <sanitizer/lsan_interface.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>

/* libconfig 1.5 loses the text of the token at which a syntax error struck, and that of some
 * more that its lexer had begun. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

const struct rulebook *fuzz_law(void)
{
	static struct rulebook *rb;
	char err[256];
	if (rb == NULL)
		rb = rulebook_load("conf/rulebooks/fr.conf", "/usr/share/zoneinfo", err, sizeof(err));
	PROMISE(rb != NULL);
	return rb;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;
	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	PROMISE(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

void fuzz_quiet(void)
{
	static FILE *nowhere;
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	PROMISE(nowhere != NULL);
	stderr = nowhere;
}

/* --- exits ------------------------------------------------------------------------------- */

static jmp_buf back;
static bool trapped;

/* The linker puts it before exit(). */
void __wrap_exit(int status);
_Noreturn void __real_exit(int status);
void __wrap_exit(int status)
{
	if (trapped)
		longjmp(back, 1);
	__real_exit(status);
}

bool fuzz_survives(void (*call)(void *arg), void *arg)
{
	volatile bool survived = false;
	__lsan_disable();
	trapped = true;
	if (setjmp(back) == 0) {
		call(arg);
		survived = true;
	}
	trapped = false;
	__lsan_enable();
	return survived;
}
