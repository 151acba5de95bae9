/* tongue.h - is an error French? For tests. */
#ifndef LICET_TEST_TONGUE_H
#define LICET_TEST_TONGUE_H

#include <stddef.h>

/* Fails the test unless french is another text than english without a word of English, behind the same place, the first
 * place_len bytes of both. label is named in the failure. */
void tongue_same_place(const char *label, size_t place_len, const char *english, const char *french);

#endif
