/* stream_pages.c - entries of the streams refused, invalid and done; see stream_pages.h. */
#include "ctl/query/stream_pages.h"

#include "ctl/base/print.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500

int64_t stream_entry_ms(const struct redis_reply *entry)
{
	return strtoll(reply_text(reply_at(entry, 0), NULL), NULL, 10);
}

json_t *stream_entry_json(const struct redis_reply *entry)
{
	const struct redis_reply *fields = reply_at(entry, 1);
	json_t *object = json_object();
	size_t len;

	json_object_set_new(object, "entry", print_json_text(reply_text(reply_at(entry, 0), NULL)));
	json_object_set_new(object, "at", ctl_json_time(stream_entry_ms(entry)));
	for (size_t i = 0; i + 1 < reply_count(fields); i += 2) {
		const char *name = reply_text(reply_at(fields, i), NULL),
			   *text = reply_text(reply_at(fields, i + 1), &len);
		json_t *value = json_stringn(text, len);

		if (strcmp(name, "at") != 0)
			json_object_set_new(object, name, value != NULL ? value : json_null());
		else
			json_decref(value);
	}
	return object;
}

char *stream_hex(const char *bytes, size_t len)
{
	char *hex = mem_zero(2 * len + 1);

	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
	return hex;
}

int64_t stream_walk(struct ctl *ctl, const char *key, const char *first, stream_take *take, void *arg,
                    char *err, size_t err_size)
{
	char from[64], count_text[24];
	int64_t read = 0;

	snprintf(from, sizeof(from), "%s", first);
	snprintf(count_text, sizeof(count_text), "%d", CHUNK);
	for (;;) {
		struct redis_reply *reply = ask_any_words(ctl, "XRANGE", key, from, "+", "COUNT", count_text);
		size_t count = reply_count(reply);

		if (reply_is_error(reply)) {
			ask_why(ctl, "XRANGE", key, reply, err, err_size);
			reply_free(reply);
			return -1;
		}
		bool more = true;

		for (size_t i = 0; i < count && more; i++)
			more = take(arg, reply_at(reply, i));
		if (!more) {
			snprintf(err, err_size, "stopped");
			reply_free(reply);
			return -1;
		}
		if (count > 0)
			snprintf(from, sizeof(from), "(%s",
			         reply_text(reply_at(reply_at(reply, count - 1), 0), NULL));
		read += (int64_t)count;
		reply_free(reply);
		if (count < CHUNK)
			return read;
		ctl_progress(key, read);
	}
}
