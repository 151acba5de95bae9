/* requeue: refused and invalid jobs back on the queue, through every rule again. */
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHUNK 500

/* The newest entry now: what ends again while we work is not ours. "" if there is none. */
static void newest(struct ctl *ctl, const char *key, char buf[64])
{
	struct redis_reply *reply = ask_words(ctl, "XREVRANGE", key, "+", "-", "COUNT", "1");
	const char *id = reply_text(reply_at(reply_at(reply, 0), 0), NULL);

	snprintf(buf, 64, "%s", id != NULL ? id : "");
	reply_free(reply);
}

static int64_t requeue_stream(struct ctl *ctl, const char *campaign, const char *part, const char *reason,
                              const char *id)
{
	char key[KEY_SIZE], from[80] = "-", to[64];
	int64_t done = 0;

	newest(ctl, key_campaign(ctl->conf.prefix, campaign, part, key), to);
	while (to[0] != '\0') {
		struct redis_args a;

		args_fcall(&a, "licet_requeue", key);
		args_add(&a, reason);
		args_add(&a, id);
		args_add(&a, from);
		args_add(&a, to);
		args_add_int(&a, CHUNK);
		struct redis_reply *reply = ask_call(ctl, &a);

		args_done(&a);
		if (reply_is_error(reply))
			ask_refused(reply, "requeue stopped after %" PRId64 " job%s", done,
			            done == 1 ? "" : "s");
		bool more = reply_int(reply_at(reply, 0), 0) == CHUNK;

		done += reply_int(reply_at(reply, 1), 0);
		snprintf(from, sizeof(from), "(%s", reply_text(reply_at(reply, 2), NULL));
		reply_free(reply);
		ctl_progress(campaign, done);
		if (!more)
			break;
	}
	ctl_progress("", -1);
	return done;
}

static int run_requeue(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "", *id = "";
	const struct ctl_option options[] = { { "--reason", &reason, NULL },
		                              { "--id", &id, NULL },
		                              { NULL, NULL, NULL } };
	enum reason code = REASON_ALLOWED;

	ctl_words(ctl, argc, argv, options, 1, 1);
	if (*reason != '\0' && !reason_find(reason, strlen(reason), &code))
		ctl_misuse(ctl, "%s is not a reason (licetctl reasons lists them)", reason);
	ask_campaign(ctl, argv[1]);
	int64_t refused = 0, invalid = 0;

	if (*reason == '\0' || reason_verdict(code) != VERDICT_INVALID)
		refused = requeue_stream(ctl, argv[1], "refused", reason, id);
	if (*reason == '\0' || reason_verdict(code) == VERDICT_INVALID)
		invalid = requeue_stream(ctl, argv[1], "invalid", reason, id);
	int64_t all = refused + invalid;

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:I,s:I}", "campaign", argv[1], "requeued",
		                          (json_int_t)all, "refused", (json_int_t)refused, "invalid",
		                          (json_int_t)invalid));
	else
		print("%s: %" PRId64 " back on the queue (%" PRId64 " refused, %" PRId64 " invalid)\n",
		      argv[1], refused + invalid, refused, invalid);
	return *id != '\0' && all == 0 ? 1 : 0;
}

const struct command ctl_requeue_commands[] = {
	{ .name = "requeue",
	  .usage = "CAMPAIGN",
	  .summary = "put refused and invalid jobs back, through every rule",
	  .needs_redis = true,
	  .run = run_requeue,
	  .example = "licetctl requeue acme.noel --reason campaign-ended",
	  .details = "Without an option: all of them. Exit 1 if there is no job of that id.\n" },
	{ 0 },
};
