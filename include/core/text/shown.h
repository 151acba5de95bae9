/* shown.h - texts of others, as they may stand before people.
 *
 * What others wrote (ids, definitions, details, cells of files, names of keys) may hold characters that
 * move the cursor, begin a line of their own, or turn what stands around them the other way round; and
 * numbers of people. Whatever is printed, logged or told goes through one of these. */
#ifndef LICET_CORE_TEXT_SHOWN_H
#define LICET_CORE_TEXT_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at p has, of which left are there, one at least. *ret_plain: it may be
 * shown. It may not if it is a control character (C0, DEL, C1), one that changes the direction of
 * what is written (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), a separator of lines
 * (U+2028, U+2029), one that nobody sees (U+200B, U+2060 to U+2064, U+FEFF, U+FFF9 to U+FFFB, tags), or no UTF-8. */
size_t shown_character(const char *p, size_t left, bool *ret_plain);

/* Is all of it plain? */
bool shown_is_plain(const char *text, size_t len);

/* A question mark for each character that may not be shown; in place, never longer. Returns text. */
char *shown_clean(char *text);

/* The same into a buffer of size bytes, cut at a character where it is too long; and no run of digits
 * shows more than six: of eight and more the last four are dots at least, seven show three. Blanks,
 * dots, hyphens, slashes and brackets between digits end no run. Digits of other scripts are dots. A
 * date (2026-11-24, 24/11/2026) stands.
 * Returns buf. */
char *shown_masked(const char *text, size_t len, char *buf, size_t size);
#define SHOWN_TEXT 400 /* room for what an error quotes */

/* The most digits of a run that are ever shown of a text of others. */
#define SHOWN_DIGITS 6
/* The mask of a number, or of what stands where one should: as above, but letters are question marks, too, and
 * fewer than eight digits are hidden whole. most: of a run, SHOWN_DIGITS for whatever is not known to be sound. */
char *shown_number(const char *number, size_t len, size_t most, char *buf, size_t size);

/* Stars over the last digits of whatever stands in a line as a word and is written as telephone numbers are:
 * a plus and nine to fifteen digits, or a zero, another digit and eight more. For lines in which other numbers
 * must stay whole. In place. */
void shown_hide_numbers(char *line);
/* An id of a job, which its owner chose: whole, unless it is written as a number is. Returns buf. */
char *shown_id(const char *id, char *buf, size_t size);

#endif
