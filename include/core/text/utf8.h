/* utf8.h - characters in bytes from outside, as JSON and Redis' clients understand UTF-8: no
 * surrogate, nothing above U+10FFFF, no character longer than it needs to be.
 *
 * Ours, because the bounds are those of JSON and twenty lines long; libunistring is two megabytes. */
#ifndef LICET_CORE_TEXT_UTF8_H
#define LICET_CORE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at p has, of which left are there, one at least. 0: it is none.
 * UTF8_CUT: the bytes end within what may be one. */
#define UTF8_CUT (-1)
int utf8_len(const char *p, size_t left);

/* Is all of a text UTF-8? */
bool utf8_is(const char *text, size_t len);

#endif
