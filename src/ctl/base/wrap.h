/* wrap.h - text that fits a terminal of 80 columns. */
#ifndef LICET_CTL_WRAP_H
#define LICET_CTL_WRAP_H

#include <stddef.h>

/* Print words, a blank before each, and end the line. column: where the line is already; indent:
 * where the next ones begin. What is in brackets stays together where it can. */
void wrap_print(const char *text, size_t column, size_t indent);

/* Print a paragraph, filled. */
void wrap_text(const char *text);

/* Print a text of several lines. On a terminal a line that is too long is broken between words, and goes on
 * behind its own indent and two blanks more. */
void wrap_lines(const char *text);
/* The same of one line, which may be a text of others, behind that indent. */
void wrap_line(const char *indent, const char *text);

#endif
