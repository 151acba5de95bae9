/* mem.c - memory for the shell; see mem.h. */
#include "io/host/mem.h"

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *mem_check(void *p)
{
	if (p == NULL) {
		fputs("level=fatal event=out-of-memory\n", stderr);
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return mem_check(malloc(size));
}

static void *alloc_again(void *p, size_t size)
{
	return mem_check(realloc(p, size));
}

void mem_use(void)
{
	json_set_alloc_funcs(mem_alloc, free);
	event_set_mem_functions(mem_alloc, alloc_again, free);
}

char *mem_join(char *text, char *more)
{
	char *both = mem_format("%s%s", text, more);

	free(text);
	free(more);
	return both;
}

FILE *mem_stream(char **text, size_t *size)
{
	return mem_check(open_memstream(text, size));
}

void mem_stream_end(FILE *stream)
{
	bool whole = !ferror(stream);

	if (fclose(stream) != 0 || !whole)
		mem_check(NULL);
}

void *mem_zero(size_t size)
{
	return mem_check(calloc(1, size));
}

char *mem_copy(const char *text)
{
	return text == NULL ? NULL : mem_check(strdup(text));
}

char *mem_copy_len(const char *bytes, size_t len)
{
	char *copy = mem_alloc(len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *mem_vformat(const char *format, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	return mem_check(text);
}

char *mem_format(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);
	va_end(ap);
	return text;
}

void *mem_grow(void *array, size_t *capacity, size_t count, size_t element_size)
{
	if (count < *capacity)
		return array;
	size_t wanted = *capacity < 8 ? 8 : *capacity * 2;

	if (wanted > SIZE_MAX / element_size)
		return mem_check(NULL);
	array = mem_check(realloc(array, wanted * element_size));
	*capacity = wanted;
	return array;
}
