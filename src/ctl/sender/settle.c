/* settle: what became of a job whose lease was over, as a person knows it. */
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/sender/outcome.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Find an unknown job. Returns false if none is of that id. */
static bool find_unknown(struct ctl *ctl, const char *route, const char *campaign, const char *id,
                         struct ready_entry *ret)
{
	char key[KEY_SIZE], cursor[32] = "0";
	bool found = false;

	key_ready(ctl_conf(ctl)->prefix, route, ":unknown", key);
	do {
		struct redis_reply *reply = ask_words(ctl, "HSCAN", key, cursor, "COUNT", "500");
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		snprintf(cursor, sizeof(cursor), "%s", reply_text(reply_at(reply, 0), NULL));
		for (size_t i = 1; i < reply_count(pairs) && !found; i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);

			found = lease_read(text, len, ret) && strcmp(ret->campaign, campaign) == 0 &&
			        strcmp(ret->id, id) == 0;
		}
		reply_free(reply);
	} while (!found && strcmp(cursor, "0") != 0);
	return found;
}

static bool settle_on(struct ctl *ctl, const char *route, const char *token, const char *outcome,
                      const char *reason, bool *ret_opposed)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_resolve", key_ready(ctl_conf(ctl)->prefix, route, "", key));
	args_add(&a, token);
	args_add(&a, outcome);
	args_addf(&a, "settled by hand: %s", reason);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "it was not settled");
	bool settled = !reply_is_nil(reply);

	*ret_opposed = reply_int(reply_at(reply, 2), 0) == 1;
	reply_free(reply);
	return settled;
}

static int run_settle(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE];
	struct names routes;
	struct ready_entry e;
	bool found = false, opposed = false;

	ctl_words(ctl, argc, argv, options, 3, 3);
	outcome_check(ctl, argv[3]);
	if (reason == NULL || *reason == '\0' || strlen(reason) > 400)
		ctl_misuse(ctl, "--reason must say how you know, in 1 to 400 bytes");
	ask_campaign(ctl, argv[1]);
	names_read(ctl, key_global(ctl->conf.prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && !found; i++)
		found = find_unknown(ctl, routes.list[i], argv[1], argv[2], &e) &&
		        settle_on(ctl, routes.list[i], e.token, argv[3], reason, &opposed);
	names_done(&routes);
	if (!found)
		ctl_fail("campaign %s has no unknown job %s", argv[1], argv[2]);
	phone_mask(e.to, mask);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:s,s:s,s:b}", "campaign", argv[1], "id", argv[2], "to",
		                          mask, "outcome", argv[3], "opposed", (int)opposed));
	else
		print("%s %s, %s: settled as %s%s\n", argv[1], argv[2], mask, argv[3],
		      opposed ? "; opposed" : "");
	return 0;
}

const struct command ctl_settle_commands[] = {
	{ .name = "settle",
	  .usage = "CAMPAIGN ID OUTCOME",
	  .summary = "say what became of a job whose lease was over",
	  .needs_redis = true,
	  .run = run_settle,
	  .example = "licetctl settle acme.noel crm-1 not-placed --reason 'never dialled'",
	  .details =
	      "Only for a job that is unknown: taken, and not reported while its lease lasted. It is recorded "
	      "as done with that outcome and your reason. not-placed gives the attempt back; opted-out, refused "
	      "and never-again record the opposition.\n" },
	{ 0 },
};
