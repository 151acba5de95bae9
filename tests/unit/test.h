/* test.h - cmocka, in the order of headers that it asks for. */
#ifndef LICET_TEST_H
#define LICET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Equality in a row of a table: a failure names the row. */
static inline void same_text(const char *label, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: got %s, want %s", label, got, want);
}

static inline void same_int(const char *label, int64_t got, int64_t want)
{
	if (got != want)
		fail_msg("%s: got %lld, want %lld", label, (long long)got, (long long)want);
}

#endif
