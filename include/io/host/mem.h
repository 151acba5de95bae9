/* mem.h - memory for the shell.
 *
 * These end the process when there is no memory left: every job is in Redis, and a
 * process that dies between two commits has changed nothing. */
#ifndef LICET_IO_HOST_MEM_H
#define LICET_IO_HOST_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* From now on jansson and libevent end it, too: half an answer would be worse, and jansson's
 * callers could not tell it from a text that is no JSON. Call before their first use. */
void mem_use(void);

void *mem_alloc(size_t size);
void *mem_zero(size_t size);
char *mem_copy(const char *text);                  /* NULL gives NULL */
char *mem_copy_len(const char *bytes, size_t len); /* NUL-terminated */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vformat(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));
/* One behind the other; both are freed. */
char *mem_join(char *text, char *more);

/* open_memstream(), and its end: afterwards *text is whole. */
FILE *mem_stream(char **text, size_t *size);
void mem_stream_end(FILE *stream);

/* Make room for one more element: doubles the array when it is full. */
void *mem_grow(void *array, size_t *capacity, size_t count, size_t element_size);

#endif
