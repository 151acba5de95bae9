/* halt, unhalt: stop something at once, and let it go on. */
#include "ctl/query/query.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

static void check_scope(const struct ctl *ctl, const char *scope)
{
	static const char *const kinds[] = { "advertiser:", "source:", "route:" };

	if (strcmp(scope, "all") == 0)
		return;
	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(scope, kinds[i], len) == 0 && id_is_valid(scope + len, strlen(scope + len)))
			return;
	}
	ctl_misuse(ctl, "%s is not a scope: expected all, advertiser:A, source:S or route:R", scope);
}

static int run_halt(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	char key[KEY_SIZE];

	ctl_words(ctl, argc, argv, options, 1, 1);
	check_scope(ctl, argv[1]);
	if (reason == NULL || *reason == '\0')
		ctl_misuse(ctl, "--reason must say why");
	reply_free(ask_words(ctl, "HSET", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1], reason));
	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:b,s:s}", "scope", argv[1], "halted", 1, "reason", reason));
	else
		printf("%s: halted; nothing of it is released or handed over\n", argv[1]);
	return 0;
}

static int run_unhalt(struct ctl *ctl, int argc, char **argv)
{
	char key[KEY_SIZE];

	ctl_words(ctl, argc, argv, NULL, 1, 1);
	check_scope(ctl, argv[1]);
	struct redis_reply *reply =
	    ask_words(ctl, "HDEL", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1]);
	bool was = reply_int(reply, 0) == 1;

	reply_free(reply);
	if (ctl->json)
		ctl_print_json(
		    json_pack("{s:s,s:b,s:b}", "scope", argv[1], "halted", 0, "was_halted", (int)was));
	else
		printf("%s: %s\n", argv[1], was ? "goes on" : "was not halted");
	return was ? 0 : 1;
}

const struct command ctl_halt_commands[] = {
	{ .name = "halt",
	  .usage = "SCOPE --reason R",
	  .summary = "stop all, advertiser:A, source:S or route:R at once",
	  .needs_redis = true,
	  .run = run_halt },
	{ .name = "unhalt",
	  .usage = "SCOPE",
	  .summary = "let it go on",
	  .needs_redis = true,
	  .run = run_unhalt },
	{ 0 },
};
