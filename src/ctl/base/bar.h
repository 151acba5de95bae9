/* bar.h - a bar of text, in eighths of a character. */
#ifndef LICET_CTL_BASE_BAR_H
#define LICET_CTL_BASE_BAR_H

#include "ctl/base/session.h"

#define BAR_SIZE 256

/* A bar of n out of most, at most width characters: eighths of a block where the terminal
 * can, else "#". Returns buf. */
char *bar_text(const struct ctl *ctl, int64_t n, int64_t most, int width, char buf[BAR_SIZE]);
/* A curve of so many counts, a character each, at most 60: eighths of a block by their share of the greatest, or signs
 * where the terminal cannot. What is 0 is a space. Returns buf. */
char *spark_text(const struct ctl *ctl, const int64_t *counts, size_t count, char buf[BAR_SIZE]);

#endif
