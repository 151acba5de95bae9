/* members.c - see members.h. */
#include "ctl/query/members.h"

#include "core/number/packed.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <string.h>

/* Where a number stands; what is no number stands nowhere. */
static void slot_of(const char *number, struct packed_slot *ret)
{
	uint64_t n;

	packed_slot_of(packed_number(number, &n) ? n : 0, ret);
}

static void add_question(struct redis_args *a, const char *command, const char *key, bool packed,
                         const char *const *numbers, size_t count)
{
	struct packed_slot slot;

	args_init(a);
	args_add(a, command);
	args_addf(a, "%s", key);
	for (size_t i = 0; i < count; i++) {
		if (packed)
			slot_of(numbers[i], &slot);
		args_addf(a, "%s", packed ? slot.field : numbers[i]);
	}
}

void members_send(struct ctl *ctl, const char *list, bool packed, const char *const *numbers, size_t count)
{
	char key[KEY_SIZE];
	struct redis_args a;

	add_question(&a, packed ? "HMGET" : "SMISMEMBER", key_of(ctl->conf.prefix, "list", list, key), packed,
	             numbers, count);
	ask_send(ctl, &a);
	args_done(&a);
}

bool members_on(const struct redis_reply *reply, bool packed, size_t i, const char *number)
{
	struct packed_slot slot;
	size_t len = 0;

	if (reply_is_error(reply))
		return false;
	if (!packed)
		return reply_int(reply_at(reply, i), 0) == 1;
	slot_of(number, &slot);
	const char *bucket = reply_text(reply_at(reply, i), &len);

	return packed_has(bucket, len, &slot);
}

int members_has(struct ctl *ctl, const char *list, const char *number, char **error)
{
	char key[KEY_SIZE];
	struct redis_args a;
	struct redis_reply *type = ask_words(ctl, "TYPE", key_of(ctl->conf.prefix, "list", list, key));
	bool packed = strcmp(reply_text(type, NULL), "hash") == 0;

	reply_free(type);
	/* Who writes to a list may ask it for one number only. */
	add_question(&a, packed ? "HMGET" : "SISMEMBER", key, packed, &number, 1);
	struct redis_reply *reply = error != NULL ? ask_any(ctl, &a) : ask_value(ctl, &a);

	args_done(&a);
	if (error != NULL && reply_is_error(reply))
		*error = mem_copy(reply_text(reply, NULL));
	int on = reply_is_error(reply) ? -1
	         : packed              ? members_on(reply, packed, 0, number)
	                               : reply_int(reply, 0) == 1;

	reply_free(reply);
	return on;
}

int64_t members_count(struct ctl *ctl, const char *list, const struct hash *meta)
{
	char key[KEY_SIZE];
	const char *version = hash_get(meta, "version");
	bool packed = version != NULL && *version != '\0';
	struct redis_reply *size =
	    ask_any_words(ctl, packed ? "HLEN" : "SCARD", key_of(ctl->conf.prefix, "list", list, key));
	bool wrong = reply_error_is(size, "WRONGTYPE");

	if (reply_is_error(size) && !wrong)
		ask_fail(ctl, packed ? "HLEN" : "SCARD", key, size);
	int64_t count = wrong ? COUNT_UNKNOWN : packed ? hash_int(meta, "count") : reply_int(size, 0);

	reply_free(size);
	return count;
}
