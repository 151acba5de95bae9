/* history_read.c - see history_read.h. */
#include "ctl/query/history_read.h"

#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <string.h>

struct history *history_read(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE];
	struct history *h = mem_zero(sizeof(*h));
	struct redis_reply *reply =
	    ask_value_words(ctl, "HGETALL", key_campaign(ctl->conf.prefix, campaign, "hours", key));

	for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
		const char *field = reply_text(reply_at(reply, i), NULL);

		if (field != NULL)
			(void)history_note(h, field, reply_int(reply_at(reply, i + 1), 0));
	}
	reply_free(reply);
	return h;
}

void history_send(struct ctl *ctl, const char *campaign, int64_t now_ms, size_t hours)
{
	char key[KEY_SIZE], name[HISTORY_NAME_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HMGET");
	args_add(&a, key_campaign(ctl->conf.prefix, campaign, "hours", key));
	for (size_t i = hours; i-- > 0;)
		args_addf(&a, "%s:released", history_name(now_ms - (int64_t)i * HISTORY_HOUR_MS, name));
	ask_send(ctl, &a);
	args_done(&a);
}

void history_take(struct redis_reply *reply, size_t hours, int64_t *ret)
{
	for (size_t i = 0; i < hours; i++)
		ret[i] = reply_int(reply_at(reply, i), 0);
	reply_free(reply);
}
