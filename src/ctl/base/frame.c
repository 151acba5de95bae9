/* frame.c - collects the lines of one picture of a terminal; see frame.h. */
#include "ctl/base/frame.h"

#include "ctl/base/width.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void frame_init(struct frame *f, size_t rows, size_t width)
{
	*f = (struct frame){ .rows = rows, .width = width };
}

void frame_done(struct frame *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->list[i].text);
	free(f->list);
	*f = (struct frame){ 0 };
}

size_t frame_left(const struct frame *f)
{
	return f->rows == 0 ? SIZE_MAX : f->rows - f->count;
}

void frame_line(struct frame *f, enum frame_style style, const char *format, ...)
{
	va_list ap;

	if (frame_left(f) == 0)
		return;
	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	f->list = mem_grow(f->list, &f->capacity, f->count, sizeof(*f->list));
	f->list[f->count++] =
	    (struct frame_line){ style, text_shown(text, f->width > 0 ? f->width : SIZE_MAX) };
	free(text);
}

void frame_print(const struct frame *f)
{
	for (size_t i = 0; i < f->count; i++)
		puts(f->list[i].text);
}
