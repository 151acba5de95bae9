/* reload_verdict.h - what licetd made of a reload, in a file that licetctl reload reads.
 *
 * A signal has no answer, and the heartbeat in Redis is out of reach for a control command
 * of a unit, which is not given the credentials, and for everybody while Redis is away. */
#ifndef LICET_IO_HOST_RELOAD_VERDICT_H
#define LICET_IO_HOST_RELOAD_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

struct reload_verdict {
	int64_t pid;
	int64_t reloads;    /* since the start of that process */
	char rulebook[160]; /* id and version that are in use */
	char error[512];    /* why the last one was refused; "": it was not */
};

/* Replace the file as a whole. Returns false, with errno, if that fails. */
bool reload_verdict_write(const char *path, const struct reload_verdict *v);
/* Returns false if there is no such file, or it is something else. */
bool reload_verdict_read(const char *path, struct reload_verdict *ret);

#endif
