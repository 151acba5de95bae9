/* nearest.h - what was probably meant by a word that nobody knows.
 *
 * Ours, because no C library of Debian does it, and it is short. */
#ifndef LICET_CORE_TEXT_NEAREST_H
#define LICET_CORE_TEXT_NEAREST_H

#include <stddef.h>

/* The known name with the fewest edits (insert, delete, replace, swap of two
 * neighbours) from a word: at most 1 edit for short words, at most a third of
 * the longer word's letters, never more than 4. The first of equals. Returns
 * NULL if none is that close. */
const char *nearest_name(const char *word, size_t len, const char *const *names, size_t count);

#endif
