/* requeue: refused and invalid jobs back on the queue, through every rule again. */
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/input/id_lines.h"
#include "ctl/query/query.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500
#define IDS_AT_ONCE 1000

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
			ask_refused(reply,
			            error_pick("requeue stopped after %" PRId64 " job%s",
			                       "la remise en file s'est arrêtée après %" PRId64 " tâche%s"),
			            done, done == 1 ? "" : "s");
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

struct requeued {
	int64_t refused, invalid;
};

/* id: one, several with line breaks between them, or "": all. */
static void requeue_both(struct ctl *ctl, const char *campaign, const char *reason, enum reason code,
                         const char *id, struct requeued *done)
{
	if (*reason == '\0' || reason_verdict(code) != VERDICT_INVALID)
		done->refused += requeue_stream(ctl, campaign, "refused", reason, id);
	if (*reason == '\0' || reason_verdict(code) == VERDICT_INVALID)
		done->invalid += requeue_stream(ctl, campaign, "invalid", reason, id);
}

/* Those of a file, some at a time. Returns how many ids it has. */
static size_t requeue_ids(struct ctl *ctl, const char *campaign, const char *reason, enum reason code,
                          const char *path, struct requeued *done)
{
	struct id_lines ids;
	size_t count, size;

	id_lines_read(path, NULL, &ids);
	count = ids.count;
	for (size_t from = 0; from < count; from += IDS_AT_ONCE) {
		char *text;
		FILE *list = mem_stream(&text, &size);

		for (size_t i = from; i < count && i < from + IDS_AT_ONCE; i++) {
			fputs(ids.list[i].id, list);
			putc('\n', list);
		}
		mem_stream_end(list);
		requeue_both(ctl, campaign, reason, code, text, done);
		free(text);
	}
	id_lines_done(&ids);
	return count;
}

static int run_requeue(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "", *id = "", *path = NULL;
	const struct ctl_option options[] = { { "--reason", &reason, NULL },
		                              { "--id", &id, NULL },
		                              { "--ids", &path, NULL },
		                              { NULL, NULL, NULL } };
	enum reason code = REASON_ALLOWED;

	ctl_words(ctl, argc, argv, options);
	if (*reason != '\0' && !reason_find(reason, strlen(reason), &code))
		ctl_misuse(ctl,
		           error_pick("%s is not a reason (licetctl reasons lists them)",
		                      "%s n'est pas un motif (licetctl reasons les énumère)"),
		           reason);
	find_campaign(ctl, argv[1]);
	ask_campaign(ctl, argv[1]);
	if (path != NULL && *id != '\0')
		ctl_misuse(ctl, error_pick("either --id or --ids", "soit --id, soit --ids"));
	struct requeued done = { 0 };
	size_t wanted = *id != '\0';

	if (path != NULL)
		wanted = requeue_ids(ctl, argv[1], reason, code, path, &done);
	else
		requeue_both(ctl, argv[1], reason, code, id, &done);
	int64_t refused = done.refused, invalid = done.invalid;
	int64_t all = refused + invalid;

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:I,s:I}", "campaign", argv[1], "requeued",
		                          (json_int_t)all, "refused", (json_int_t)refused, "invalid",
		                          (json_int_t)invalid));
	else
		print(error_pick("%s: %" PRId64 " back on the queue (%" PRId64 " refused, %" PRId64
		                 " invalid)\n",
		                 "%s : %" PRId64 " remises en file (%" PRId64 " refusées, %" PRId64
		                 " invalides)\n"),
		      argv[1], refused + invalid, refused, invalid);
	return all < (int64_t)wanted ? 1 : 0;
}

const struct command ctl_requeue_commands[] = {
	{ .name = "requeue",
	  .usage = "CAMPAIGN",
	  .summary = "put refused and invalid jobs back, through every rule",
	  .needs_redis = true,
	  .run = run_requeue,
	  .example = "licetctl requeue acme.noel --reason campaign-ended",
	  .details =
	      "Without an option it puts all of them back. Exit 1 if there is no job with a given id.\n" },
	{ 0 },
};
