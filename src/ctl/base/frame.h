/* frame.h - lines for a terminal, made one by one and cut to the width; terminal.h shows them. */
#ifndef LICET_CTL_BASE_FRAME_H
#define LICET_CTL_BASE_FRAME_H

#include <stddef.h>

enum frame_style { STYLE_PLAIN, STYLE_BOLD, STYLE_HEAD, STYLE_ALARM, STYLE_DIM, STYLES };

struct frame_line {
	enum frame_style style;
	char *text;
};
struct frame {
	struct frame_line *list;
	size_t count, capacity;
	size_t rows, width; /* rows: how many fit; further ones are left out */
};
/* Empty, of that size; 0: without a bound. */
void frame_init(struct frame *f, size_t rows, size_t width);
void frame_done(struct frame *f);
void frame_line(struct frame *f, enum frame_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t frame_left(const struct frame *f);
/* To standard output, as text. */
void frame_print(const struct frame *f);

#endif
