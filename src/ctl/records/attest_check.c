/* attest_check.c - does what an attestation rests on add up? See attest_check.h. */
#include "ctl/records/attest_check.h"

#include "core/campaign/balance.h"
#include "io/host/error_text.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What XINFO STREAM says of one; all 0 where it is not there. */
struct stream_facts {
	bool there, deleted; /* entries were deleted one by one */
	int64_t added, length;
};

static void take_facts(struct attest *x, const char *key, const struct redis_reply *info,
                       struct stream_facts *ret)
{
	*ret = (struct stream_facts){ .there = !reply_is_error(info) };
	if (!ret->there && !reply_error_is(info, "ERR"))
		ask_fail(x->ctl, "XINFO STREAM", key, info);
	if (ret->there) {
		const char *deleted = reply_text(reply_field(info, "max-deleted-entry-id"), NULL);

		ret->deleted = deleted != NULL && strcmp(deleted, "0-0") != 0;
		ret->added = reply_int(reply_field(info, "entries-added"), 0);
		ret->length = reply_int(reply_field(info, "length"), 0);
	}
}

static int64_t counted(const struct hash *stats, const char *head)
{
	int64_t sum = 0;

	for (size_t i = 0; i < stats->fields.count; i++)
		if (strncmp(stats->fields.names[i], head, strlen(head)) == 0)
			sum += strtoll(stats->fields.values[i], NULL, 10);
	return sum;
}

_Noreturn static void does_not_add_up(const struct attest *x, const char *why)
{
	ctl_fail(error_pick("nothing is attested of %s: %s", "rien n'est attesté de %s : %s"), x->campaign,
	         why);
}

static void check_balance(const struct attest *x, const struct hash *stats)
{
	int64_t sum = 0;
	char why[160];

	for (size_t i = 0; i < BALANCE_TERMS; i++)
		sum += hash_int(stats, balance_terms[i]);
	if (sum == hash_int(stats, "intake"))
		return;
	snprintf(why, sizeof(why),
	         error_pick("its counters do not add up: intake %" PRId64 ", but the sum is %" PRId64,
	                    "ses compteurs ne concordent pas : intake vaut %" PRId64
	                    ", mais la somme est %" PRId64),
	         hash_int(stats, "intake"), sum);
	does_not_add_up(x, why);
}

static void check_calls(const struct attest *x, const struct hash *stats, const struct stream_facts *done)
{
	int64_t calls = counted(stats, "done.") + counted(stats, "retried."),
		keep = x->ctl->conf.keep_done_days;
	char why[200];

	if (done->deleted)
		does_not_add_up(x, error_pick("records of its calls were deleted from the stream done",
		                              "des traces de ses appels ont été retirées du flux done"));
	if (calls != done->added) {
		snprintf(why, sizeof(why),
		         error_pick("%" PRId64 " calls are counted, but %" PRId64
		                    " were recorded in the stream done",
		                    "%" PRId64 " appels sont comptés, mais %" PRId64
		                    " sont inscrits dans le flux done"),
		         calls, done->added);
		does_not_add_up(x, why);
	}
	if (done->length < done->added && keep == 0)
		does_not_add_up(
		    x,
		    error_pick(
			"records of its calls are gone, though they are kept for good",
			"des traces de ses appels ont disparu, alors qu'elles sont conservées sans limite"));
}

void attest_check(struct attest *x)
{
	char done_key[KEY_SIZE], stats_key[KEY_SIZE], said_key[KEY_SIZE];
	const char *prefix = ctl_conf(x->ctl)->prefix;
	struct stream_facts done, said;
	struct hash stats;

	key_campaign(prefix, x->campaign, "done", done_key);
	key_campaign(prefix, x->campaign, "stats", stats_key);
	key_global(prefix, "oppositions", said_key);
	/* At one instant: calls go on being recorded. What is refused within is an element of the last. */
	reply_free(ask_words(x->ctl, "MULTI"));
	reply_free(ask_words(x->ctl, "HGETALL", stats_key));
	reply_free(ask_words(x->ctl, "XINFO", "STREAM", done_key));
	reply_free(ask_words(x->ctl, "XINFO", "STREAM", said_key));
	struct redis_reply *all = ask_words(x->ctl, "EXEC");

	if (reply_count(all) != 3)
		ctl_fail(error_pick("nothing is attested of %s: Redis did not answer EXEC",
		                    "rien n'est attesté de %s : Redis n'a pas répondu à EXEC"),
		         x->campaign);
	if (reply_is_error(reply_at(all, 0)))
		ask_fail(x->ctl, "HGETALL", stats_key, reply_at(all, 0));
	hash_take(&stats, reply_copy(reply_at(all, 0)));
	take_facts(x, done_key, reply_at(all, 1), &done);
	take_facts(x, said_key, reply_at(all, 2), &said);
	check_balance(x, &stats);
	check_calls(x, &stats, &done);
	if (said.deleted || said.length != said.added)
		does_not_add_up(
		    x,
		    error_pick("oppositions were deleted from the stream oppositions, which is never trimmed",
		               "des oppositions ont été retirées du flux oppositions, que rien n'élague"));
	hash_done(&stats);
	reply_free(all);
}
