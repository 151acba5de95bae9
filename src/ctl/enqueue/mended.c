/* mended.c - see mended.h. */
#include "ctl/enqueue/mended.h"

#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int by_line(const void *a, const void *b)
{
	const uint64_t *p = a, *q = b;

	return *p < *q ? -1 : *p > *q;
}

static void add_line(struct intake *in, uint64_t line)
{
	in->put = mem_grow(in->put, &in->put_capacity, in->put_count, sizeof(*in->put));
	in->put[in->put_count++] = line;
	in->put_max = line > in->put_max ? line : in->put_max;
}

void mended_find(struct intake *in)
{
	char name[ORIGIN_SIZE + 8], key[KEY_SIZE];

	snprintf(name, sizeof(name), "%.12s-put", in->origin);
	key_enqueued(in->ctl->conf.prefix, in->campaign, name, key);
	struct redis_reply *reply = ask_words(in->ctl, "SMEMBERS", key);

	for (size_t i = 0; i < reply_count(reply); i++) {
		const char *text = reply_text(reply_at(reply, i), NULL);

		add_line(in, text != NULL ? strtoull(text, NULL, 10) : 0);
	}
	reply_free(reply);
	if (in->put_count > 0)
		qsort(in->put, in->put_count, sizeof(*in->put), by_line);
	in->put_max = 0;
	in->put_before = in->put_sent = in->known_count = in->put_count;
}

bool mended_has(const struct intake *in, uint64_t line)
{
	if (in->put_before > 0 && bsearch(&line, in->put, in->put_before, sizeof(*in->put), by_line) != NULL)
		return true;
	/* Lines mostly come in order. */
	for (size_t i = in->put_before; line <= in->put_max && i < in->put_count; i++)
		if (in->put[i] == line)
			return true;
	return false;
}

void mended_add(struct intake *in)
{
	add_line(in, in->origin_line);
}

size_t mended_take(struct intake *in, const char *command, struct redis_args *ret)
{
	size_t count = in->put_count - in->put_sent;
	char line[24];

	args_init(ret);
	args_add(ret, command);
	args_add(ret, in->position_key);
	for (; in->put_sent < in->put_count; in->put_sent++) {
		int len = snprintf(line, sizeof(line), "%" PRIu64, in->put[in->put_sent]);

		args_own(ret, mem_copy(line), (size_t)len);
	}
	return count;
}
