/* taken_job.h - a job as licet_take hands it over: a flat array of fields and values. */
#ifndef LICET_CTL_QUERY_TAKEN_JOB_H
#define LICET_CTL_QUERY_TAKEN_JOB_H

#include "io/redis/redis.h"

#include <jansson.h>

/* As an object; attempt and the times are numbers, vars is text. */
json_t *taken_json(const struct redis_reply *job);
/* As one line, with its end, and vars as the object that its owner queued, to the byte
 * (spelling of numbers and order of keys included). Heap. */
char *taken_line(const struct redis_reply *job, size_t *ret_len);
/* The text of a field; "" if there is none. Not for the fields that may contain NUL. */
const char *taken_text(const struct redis_reply *job, const char *name);

#endif
