/* alloc.h - an allocator that fails when a test says so.
 *
 * alloc.c stands before malloc of the C library, or of AddressSanitizer, for the program
 * and for every library: linked into a test, or preloaded into a program. Preloaded it is
 * told by the environment:
 *
 *   LICET_FAIL_AT=N   the N-th allocation fails; without it none does
 *   LICET_FAIL_RUN=K  and the K - 1 behind it; 0: all that follow. 1 if not said
 *   LICET_FAIL_ON=S   counted from the arrival of signal S on; at once if not said
 *
 * It says "alloc: N fails" on standard error once it does, "alloc: fell in FILE" where that
 * was more than somebody bore, and "alloc: N in all" where the program ends by itself. One
 * thread. */
#ifndef LICET_TESTS_ALLOC_H
#define LICET_TESTS_ALLOC_H

#include <stdbool.h>

/* Count from now on; the at-th fails (0: none), and run - 1 behind it (run 0: all). */
void alloc_arm(long at, long run);
/* While this is on, none is counted, fails, or is kept account of. */
void alloc_pause(bool on);
/* How many there were since; has one failed? */
long alloc_count(void);
bool alloc_failed(void);
/* From now on keep account of what the program itself asks for: how much of it is not freed
 * yet. The difference of two readings is a leak; what a library loses is not ours. */
void alloc_track(void);
long alloc_live(void);

/* In a handler of SIGSEGV or SIGABRT: the file, a library or a program, of the function that
 * fell; the C library falls for whoever called it. NULL: nobody knows. */
const char *alloc_who_fell(void);

#endif
