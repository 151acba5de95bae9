/* json_pool.h - memory for jansson, kept between jobs.
 *
 * A batch of jobs is thousands of small values that live equally long; taking them
 * from lists of our own, by size, halves what parsing costs. */
#ifndef LICET_IO_HOST_JSON_POOL_H
#define LICET_IO_HOST_JSON_POOL_H

#include <jansson.h>
#include <stddef.h>

/* From now on jansson uses the pool. Call before its first use. */
void json_pool_use(void);

/* json_dumps() into memory that free() takes, which what jansson gives then is not. */
char *json_pool_text(const json_t *value, size_t flags);

#endif
