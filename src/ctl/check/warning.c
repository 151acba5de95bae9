/* warning.c - see warning.h. */
#include "ctl/check/warning.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *lint_say(const struct lint *l, const char *english, const char *french)
{
	return lang_pick(l->french, english, french);
}

void lint_warn(struct lint *l, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);
	va_end(ap);
	bool said = false;

	for (size_t i = 0; i < json_array_size(l->warnings); i++)
		said |= strcmp(json_string_value(json_array_get(l->warnings, i)), text) == 0;
	if (!said)
		json_array_append_new(l->warnings, print_json_text(text));
	free(text);
}
