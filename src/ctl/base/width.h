/* width.h - how many columns of a terminal a text takes: none for an accent of its own, two for a
 * wide character. Text is UTF-8; LC_CTYPE must say so, as main() of licetctl sees to. */
#ifndef LICET_CTL_BASE_WIDTH_H
#define LICET_CTL_BASE_WIDTH_H

#include <stddef.h>

size_t text_width(const char *text);

/* How many bytes from the start fit into so many columns. *ret_width: what those take. */
size_t text_fit(const char *text, size_t width, size_t *ret_width);

/* What fits into so many columns, as a copy for free(). What would steer the terminal, and bytes
 * that are no character, are question marks in it. */
char *text_shown(const char *text, size_t width);

#endif
