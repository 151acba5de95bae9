/* reload_verdict.c - what licetd made of a reload, in a file that licetctl reload reads; see
 * reload_verdict.h. */
#include "io/host/reload_verdict.h"

#include "io/host/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool reload_verdict_write(const char *path, const struct reload_verdict *v)
{
	char *fresh = mem_format("%s.new", path);
	FILE *f = fopen(fresh, "we");
	bool written = f != NULL && fprintf(f, "%" PRId64 " %" PRId64 "\n%s\n%s\n", v->pid, v->reloads,
	                                    v->rulebook, v->error) > 0;

	if (f != NULL && fclose(f) != 0)
		written = false;
	written = written && rename(fresh, path) == 0;
	int error = errno;

	free(fresh);
	errno = error;
	return written;
}

static bool read_line(FILE *f, char *to, int size)
{
	if (fgets(to, size, f) == NULL)
		return false;
	to[strcspn(to, "\n")] = '\0';
	return true;
}

bool reload_verdict_read(const char *path, struct reload_verdict *ret)
{
	char head[64];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	bool good = read_line(f, head, sizeof(head)) &&
	            sscanf(head, "%" SCNd64 " %" SCNd64, &ret->pid, &ret->reloads) == 2 &&
	            read_line(f, ret->rulebook, sizeof(ret->rulebook)) &&
	            read_line(f, ret->error, sizeof(ret->error));

	fclose(f);
	return good;
}
