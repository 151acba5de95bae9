/* terminal.h - a terminal that a command has for itself: frames are shown on it and keys heard. It
 * is given back as it was, whatever ends the program but kill -9.
 *
 * ncurses draws: it knows the sequences of every terminal, sends what changed alone, and sees to
 * the width of characters. What is ours are the signals: they come while a key is waited for and
 * at no other time, so that none falls between a question to Redis and its answer, and the program
 * ends by the signal that told it to, which whoever started it sees. */
#ifndef LICET_CTL_BASE_TERMINAL_H
#define LICET_CTL_BASE_TERMINAL_H

#include "ctl/base/frame.h"

#include <stdbool.h>

/* The size of the terminal; 24 and 80 where nobody can tell. */
void screen_size(size_t *ret_rows, size_t *ret_width);
/* How wide what is printed may be: the terminal's width; 0, no bound, where the output is no terminal. */
size_t ctl_width(void);
/* Take the terminal over. Ends the program where it cannot show frames. */
void screen_open(bool colour);
void screen_close(void);
void screen_show(const struct frame *f);
/* Wait for a key, ms at most. Returns it, a SCREEN_ value or 0: none came. The program ends here
 * when it is told to. */
enum { SCREEN_UP = 1000, SCREEN_DOWN, SCREEN_REDRAW };
int screen_key(int ms);

#endif
