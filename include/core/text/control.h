/* control.h - characters that steer a terminal, and stand in no text of ours. */
#ifndef LICET_CORE_TEXT_CONTROL_H
#define LICET_CORE_TEXT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

static inline bool control_is(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Is there one? */
static inline bool control_in(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (control_is(text[i]))
			return true;
	return false;
}

/* A question mark for each. Returns text. */
static inline char *control_hide(char *text)
{
	for (char *at = text; *at != '\0'; at++)
		if (control_is(*at))
			*at = '?';
	return text;
}

#endif
