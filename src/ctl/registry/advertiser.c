/* advertiser: whose id a SIREN is. */
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <string.h>

static int run_advertiser(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL, *by = who_types();
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	char key[KEY_SIZE];
	struct redis_args a;

	ctl_words(ctl, argc, argv, options, 2, 2);
	if (strcmp(argv[1], "release") != 0)
		ctl_misuse(ctl, "advertiser has no %s", argv[1]);
	if (reason == NULL || *reason == '\0')
		ctl_misuse(ctl, "release needs --reason: why may another id use that SIREN?");
	if (strlen(argv[2]) != 9 || strspn(argv[2], "0123456789") != 9)
		ctl_misuse(ctl, "a SIREN has nine digits");
	args_fcall(&a, "licet_release_siren", key_global(ctl_conf(ctl)->prefix, "sirens", key));
	args_add(&a, argv[2]);
	args_add(&a, by);
	args_add(&a, reason);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "SIREN %s was not released", argv[2]);
	const char *id = reply_text(reply, NULL);
	bool had = id != NULL && *id != '\0';

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:s,s:s}", "siren", argv[2], "released", (int)had,
		                          "was", had ? id : "", "by", by, "reason", reason));
	else if (had)
		print("%s: was advertiser %s's, and is free; recorded in licet:errors\n", argv[2], id);
	else
		print("%s: no advertiser has used it\n", argv[2]);
	reply_free(reply);
	return had ? 0 : 1;
}

const struct command ctl_advertiser_commands[] = {
	{ .name = "advertiser",
	  .usage = "release SIREN",
	  .summary = "let another id use a SIREN, while no call was made",
	  .needs_redis = true,
	  .run = run_advertiser,
	  .example = "licetctl advertiser release 552100554 --reason 'typed in error'",
	  .details =
	      "The first advertiser's id that used a SIREN keeps it: who objected to it, or was called four "
	      "times by it, is not to be called by a second id of the same company. licet:errors names you, "
	      "with the reason.\n" },
	{ 0 },
};
