/* fuzz.h - what the harnesses share. Each is one function that libFuzzer calls with bytes;
 * a broken promise ends the process, as a memory fault does. */
#ifndef LICET_FUZZ_H
#define LICET_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(what) \
	do { \
		if (!(what)) { \
			dprintf(2, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

struct rulebook;
/* The shipped rulebook of France, loaded once. */
const struct rulebook *fuzz_law(void);
/* The bytes as a file: a path, valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* What licetctl says of bytes is not looked at: nothing goes to stderr from now on. */
void fuzz_quiet(void);
/* Call what may end the process with exit(), as the readers of licetctl do. Returns false if
 * it did. What it holds then is lost, and no leak. */
bool fuzz_survives(void (*call)(void *arg), void *arg);

#endif
