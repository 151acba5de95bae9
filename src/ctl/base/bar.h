/* bar.h - a bar of text, in eighths of a character. */
#ifndef LICET_CTL_BASE_BAR_H
#define LICET_CTL_BASE_BAR_H

#include "ctl/base/session.h"

#define BAR_SIZE 256

/* A bar of n out of most, at most width characters: eighths of a block where the terminal
 * can, else "#". Returns buf. */
char *bar_text(const struct ctl *ctl, int64_t n, int64_t most, int width, char buf[BAR_SIZE]);

#endif
