/* width.c - the columns that a text takes on a terminal; see width.h. */
#include "ctl/base/width.h"

#include "core/text/shown.h"
#include "io/host/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

struct character {
	size_t bytes, width;
	bool shown; /* false: a question mark stands for it */
};

static struct character character_at(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t bytes = mbrtowc(&c, text, strlen(text), &state);
	bool is_one = bytes != (size_t)-1 && bytes != (size_t)-2;
	bool plain = true;

	shown_character(text, strlen(text), &plain);
	int width = is_one && plain ? wcwidth(c) : -1;

	return (struct character){ is_one ? bytes : 1, width < 0 ? 1 : (size_t)width, width >= 0 };
}

size_t text_fit(const char *text, size_t width, size_t *ret_width)
{
	size_t at = 0, used = 0;

	while (text[at] != '\0') {
		struct character c = character_at(text + at);

		if (c.width > width - used)
			break;
		used += c.width;
		at += c.bytes;
	}
	*ret_width = used;
	return at;
}

size_t text_width(const char *text)
{
	size_t width;

	text_fit(text, SIZE_MAX, &width);
	return width;
}

char *text_shown(const char *text, size_t width)
{
	size_t used, len = text_fit(text, width, &used), kept = 0;
	char *shown = mem_alloc(len + 1);

	for (size_t at = 0; at < len;) {
		struct character c = character_at(text + at);

		memcpy(shown + kept, c.shown ? text + at : "?", c.shown ? c.bytes : 1);
		kept += c.shown ? c.bytes : 1;
		at += c.bytes;
	}
	shown[kept] = '\0';
	return shown;
}
