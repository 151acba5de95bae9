#include "fuzz.h"

#include "io/rulebook_load.h"

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
