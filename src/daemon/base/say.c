/* say.c - see say.h. */
#include "daemon/base/say.h"

#include "io/host/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void say_status(struct daemon *d, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char *text = mem_vformat(format, ap);
	va_end(ap);
	d->host->status(d->host->arg, text);
	free(text);
}

const char *say_link(const struct daemon *d, const char *name, char buf[SAY_LINK_SIZE])
{
	snprintf(buf, SAY_LINK_SIZE, "%s%s%s", d->space, d->space[0] != '\0' ? "/" : "", name);
	return buf;
}
