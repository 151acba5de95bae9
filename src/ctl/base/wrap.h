/* wrap.h - text that fits a terminal of 80 columns. */
#ifndef LICET_CTL_WRAP_H
#define LICET_CTL_WRAP_H

#include <stddef.h>

/* Print words, a blank before each, and end the line. column: where the line is already; indent:
 * where the next ones begin. What is in brackets stays together where it can. */
void wrap_print(const char *text, size_t column, size_t indent);

/* Print a paragraph, filled. */
void wrap_text(const char *text);

#endif
