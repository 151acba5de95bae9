/* terminal.h - lines for a terminal: a frame is made line by line, cut to the width, and shown
 * whole; the terminal is given back as it was, whatever ends the program but kill -9.
 *
 * The sequences are those that every terminal of today knows, so that no library is needed. */
#ifndef LICET_CTL_BASE_TERMINAL_H
#define LICET_CTL_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum screen_style { STYLE_PLAIN, STYLE_BOLD, STYLE_HEAD, STYLE_ALARM, STYLE_DIM };

struct frame {
	char *text;
	size_t len, capacity;
	size_t lines, rows, width; /* rows: how many fit; further ones are left out */
	bool colour;
};
/* Empty, of that size; 0: without a bound. */
void frame_init(struct frame *f, size_t rows, size_t width, bool colour);
void frame_done(struct frame *f);
void frame_line(struct frame *f, enum screen_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t frame_left(const struct frame *f);

/* The size of the terminal; 24 and 80 where nobody can tell. */
void screen_size(size_t *ret_rows, size_t *ret_width);
/* Take the terminal over. */
void screen_open(void);
void screen_close(void);
void screen_show(const struct frame *f);
/* Wait for a key, ms at most. Returns it, a KEY_ value or 0: none came. The program ends here
 * when it is told to. */
enum { KEY_UP = 256, KEY_DOWN, KEY_REDRAW };
int screen_key(int ms);

#endif
