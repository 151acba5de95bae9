/* stream_pages.h - entries of the streams refused, invalid and done. */
#ifndef LICET_CTL_QUERY_STREAM_PAGES_H
#define LICET_CTL_QUERY_STREAM_PAGES_H

#include "ctl/query/query.h"

#include <jansson.h>

/* When it was written. */
int64_t stream_entry_ms(const struct redis_reply *entry);
/* {"entry": id, "at": time, then every field as it is}; what is no UTF-8 is null. The time that
 * the entry says itself is left out. */
json_t *stream_entry_json(const struct redis_reply *entry);

/* Bytes that are no text, in hexadecimal; heap. */
char *stream_hex(const char *bytes, size_t len);

/* Read a stream from an entry on ("-": its beginning), in chunks; take returns whether to go on.
 * Returns how many entries there were; -1, with a line in err, if it was not read to its end. */
typedef bool stream_take(void *arg, const struct redis_reply *entry);
int64_t stream_walk(struct ctl *ctl, const char *key, const char *first, stream_take *take, void *arg,
                    char *err, size_t err_size);

#endif
