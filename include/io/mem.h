/* mem.h - memory for the shell.
 *
 * These end the process when there is no memory left: every job is in Redis, a
 * process that dies between two commits has changed nothing, and hiredis and
 * libevent would end it at the next step anyway. */
#ifndef LICET_IO_MEM_H
#define LICET_IO_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *mem_zero(size_t size);
char *mem_copy(const char *text);                  /* NULL gives NULL */
char *mem_copy_len(const char *bytes, size_t len); /* NUL-terminated */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vformat(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

/* Make room for one more element: doubles the array when it is full. */
void *mem_grow(void *array, size_t *capacity, size_t count, size_t element_size);

#endif
