/* reply.c - what a reply of Redis holds; see reply.h. */
#include "io/redis/reply.h"

#include "io/host/mem.h"
#include "io/redis/redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

static const redisReply *view(const struct redis_reply *r)
{
	return (const redisReply *)(const void *)r;
}

static bool reply_is(const struct redis_reply *r, int type)
{
	return r != NULL && view(r)->type == type;
}

bool reply_is_error(const struct redis_reply *r)
{
	return reply_is(r, REDIS_REPLY_ERROR);
}

bool reply_is_nil(const struct redis_reply *r)
{
	return reply_is(r, REDIS_REPLY_NIL);
}

bool reply_is_array(const struct redis_reply *r)
{
	return reply_is(r, REDIS_REPLY_ARRAY);
}

const char *reply_text(const struct redis_reply *r, size_t *ret_len)
{
	if (!reply_is(r, REDIS_REPLY_STRING) && !reply_is(r, REDIS_REPLY_STATUS) && !reply_is_error(r))
		return NULL;
	if (ret_len != NULL)
		*ret_len = view(r)->len;
	return view(r)->str;
}

int64_t reply_int(const struct redis_reply *r, int64_t fallback)
{
	if (reply_is(r, REDIS_REPLY_INTEGER))
		return view(r)->integer;
	if (!reply_is(r, REDIS_REPLY_STRING))
		return fallback;

	const char *text = view(r)->str;
	char *end;

	/* strtoll() would skip spaces and take a plus. */
	if (*text != '-' && (*text < '0' || *text > '9'))
		return fallback;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	return errno == 0 && end != text && end == text + view(r)->len ? value : fallback;
}

struct redis_reply *reply_copy(const struct redis_reply *r)
{
	if (r == NULL)
		return NULL;
	redisReply *copy = mem_zero(sizeof(*copy));

	*copy = *view(r);
	if (copy->str != NULL)
		copy->str = mem_copy_len(copy->str, (size_t)copy->len);
	if (copy->element != NULL) {
		copy->element = mem_zero((copy->elements + 1) * sizeof(*copy->element));
		for (size_t i = 0; i < copy->elements; i++)
			copy->element[i] = (redisReply *)(void *)reply_copy(reply_at(r, i));
	}
	return (struct redis_reply *)(void *)copy;
}

size_t reply_count(const struct redis_reply *r)
{
	return reply_is_array(r) ? view(r)->elements : 0;
}

const struct redis_reply *reply_at(const struct redis_reply *r, size_t i)
{
	if (i >= reply_count(r))
		return NULL;
	return (const struct redis_reply *)(const void *)view(r)->element[i];
}

bool reply_error_is(const struct redis_reply *r, const char *word)
{
	size_t len = strlen(word);

	if (!reply_is_error(r) || strncmp(view(r)->str, word, len) != 0)
		return false;
	return view(r)->str[len] == '\0' || view(r)->str[len] == ' ';
}

const struct redis_reply *reply_field(const struct redis_reply *r, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t len;
		const char *text = reply_text(reply_at(r, i), &len);

		if (text != NULL && len == name_len && memcmp(text, name, len) == 0)
			return reply_at(r, i + 1);
	}
	return NULL;
}

void reply_free(struct redis_reply *r)
{
	if (r != NULL)
		freeReplyObject(r);
}
