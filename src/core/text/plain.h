/* plain.h - words of people without what does not tell them apart: case, accents, and which of the blanks
 * of a keyboard or a spreadsheet stands there. */
#ifndef LICET_CORE_TEXT_PLAIN_H
#define LICET_CORE_TEXT_PLAIN_H

#include <stddef.h>

/* How many bytes a blank at p has: a space, a tab, U+00A0, U+2000 to U+200A, U+202F or a mark of byte order;
 * 0: none stands there. p ends with a zero byte. */
size_t plain_blank(const char *p);

/* The character at p as one small letter without its accent, and in *ret_len how many bytes it has. 0: it is
 * no letter of ASCII nor one of U+00C0 to U+00FF that is a letter with a mark. */
char plain_letter(const char *p, size_t *ret_len);

/* Letters and digits only, small, without accents: "N° de téléphone" is "ndetelephone". Cut to size bytes
 * with its end. Returns buf. */
char *plain_name(const char *text, char *buf, size_t size);

/* Without the blanks at both ends; cuts the text in place. Returns where it begins. */
char *plain_trim(char *text);

#endif
