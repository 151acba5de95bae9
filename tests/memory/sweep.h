/* sweep.h - every allocation of a path fails once, each in a process of its own. */
#ifndef LICET_TESTS_SWEEP_H
#define LICET_TESTS_SWEEP_H

#include <stddef.h>

/* What a path says of its own end. */
enum end { RIGHT, FAILED, WRONG };
typedef enum end path_fn(void *arg);

/* And what it came to. */
enum outcome {
	END_WHOLE = 60, /* nothing failed: the path is shorter than that */
	END_RIGHT,
	END_FAILED,
	END_WRONG,
	END_LEAK,
	END_LIBRARY, /* hiredis or libconfig fell */
	END_CRASH,
	END_STOPPED, /* "out-of-memory", and abort() */
	END_OTHER
};

struct tally {
	int right, failed, stopped, library;
};

/* Run the path in a child, where the at-th allocation fails, and run - 1 behind it (0: all).
 * What it said on standard error is in said. */
enum outcome try_once(path_fn *path, void *arg, long at, long run, char *said, size_t size);

/* All of them, alone and with all that follow, or every so many (step), about; LICET_MEMORY
 * set: all. The test fails at an outcome that must not be. Returns how many there are. */
long sweep(const char *label, path_fn *path, void *arg, long step, struct tally *t);

#endif
