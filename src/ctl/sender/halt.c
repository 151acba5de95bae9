/* halt, unhalt: stop something at once, and let it go on. */
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/space/find.h"
#include "ctl/space/others.h"
#include "io/redis/reply.h"

#include <inttypes.h>
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

/* What a scope reaches, in the definitions of today. */
struct reach {
	int64_t campaigns;
	bool unreadable;     /* not all of them could be read */
	struct names others; /* of the same kind, that campaigns use */
};

/* kind: "advertiser", "source" or "route", which is also the field of a definition; "": all. */
static void find_reach(struct ctl *ctl, const char *kind, const char *name, struct reach *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct redis_reply *ids = ask_any_words(ctl, "SMEMBERS", key_global(prefix, "campaigns", key));
	size_t count = reply_count(ids);

	*ret = (struct reach){ .campaigns = *kind == '\0' ? (int64_t)count : 0,
		               .unreadable = reply_is_error(ids) };
	for (size_t i = 0; i < count && *kind != '\0'; i++)
		ask_send_words(ctl, "HGET",
		               key_campaign(prefix, reply_text(reply_at(ids, i), NULL), "def", key), kind);
	for (size_t i = 0; i < count && *kind != '\0'; i++) {
		struct redis_reply *value = ask_next_any(ctl);
		size_t len;
		const char *text = reply_is_error(value) ? NULL : reply_text(value, &len);

		ret->unreadable = ret->unreadable || reply_is_error(value);
		if (text != NULL && strcmp(text, name) == 0)
			ret->campaigns++;
		else if (text != NULL)
			names_add(&ret->others, text, len);
		reply_free(value);
	}
	reply_free(ids);
}

static bool is_declared(struct ctl *ctl, const char *kind, const char *name)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_any_words(ctl, "EXISTS", key_of(ctl_conf(ctl)->prefix, kind, name, key));
	bool there = reply_is_error(reply) || reply_int(reply, 0) == 1;

	reply_free(reply);
	return there;
}

/* An advertiser, and its sources, are in one space; all and a route are in every one. */
static void in_others(struct ctl *ctl, const char *kind, const char *scope, const char *reason)
{
	struct other_spaces others = { 0 };

	if (*kind == '\0' || strcmp(kind, "route") == 0)
		others_open(ctl, &others);
	for (size_t i = 0; i < others.count; i++) {
		struct other_space *o = &others.list[i];
		char key[KEY_SIZE];

		key_global(o->prefix, "halt", key);
		if (o->why[0] == '\0')
			other_took(o, reason != NULL ? ask_any_words(&o->ctl, "HSET", key, scope, reason)
			                             : ask_any_words(&o->ctl, "HDEL", key, scope));
	}
	others_must_answer(ctl, &others, reason != NULL ? "it is not halted" : "it is halted still");
	others_close(&others);
}

/* A halt that stops nothing is a typing mistake: whoever typed it believes that all stands still.
 * What cannot be looked up is halted all the same. */
static void must_stop_something(struct ctl *ctl, const char *kind, const char *name, const struct reach *r)
{
	if (*kind == '\0' || r->campaigns > 0 || r->unreadable || is_declared(ctl, kind, name))
		return;
	const char *near = names_nearest(&r->others, name);

	if (near != NULL)
		ctl_fail(
		    "no campaign has the %s %s: nothing was halted; did you mean %s? (--force halts it all the same)",
		    kind, name, near);
	ctl_fail("no campaign has the %s %s: nothing was halted (--force halts it all the same)", kind, name);
}

/* To the space of an advertiser or a source; what is in every space is begun anywhere. */
static void go_where(struct ctl *ctl, const char *kind, const char *name)
{
	if (strcmp(kind, "advertiser") == 0)
		(void)find_advertiser(ctl, name);
	else if (strcmp(kind, "source") == 0)
		(void)find_source(ctl, name);
	else
		find_first(ctl);
}

static int run_halt(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	bool force = false;
	const struct ctl_option options[] = { { "--reason", &reason, NULL },
		                              { "--force", NULL, &force },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE], kind[16] = "";
	struct reach reach;

	ctl_words(ctl, argc, argv, options, 1, 1);
	check_scope(ctl, argv[1]);
	if (reason == NULL || *reason == '\0')
		ctl_misuse(ctl, "--reason must say why");
	const char *colon = strchr(argv[1], ':'), *name = colon != NULL ? colon + 1 : "";

	if (colon != NULL)
		snprintf(kind, sizeof(kind), "%.*s", (int)(colon - argv[1]), argv[1]);
	go_where(ctl, kind, name);
	find_reach(ctl, kind, name, &reach);
	if (!force)
		must_stop_something(ctl, kind, name, &reach);
	reply_free(ask_words(ctl, "HSET", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1], reason));
	in_others(ctl, kind, argv[1], reason);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:o}", "scope", argv[1], "halted", 1, "reason",
		                          reason, "campaigns",
		                          reach.unreadable ? json_null() : json_integer(reach.campaigns)));
	else if (reach.unreadable)
		print(
		    "%s: halted; nothing of it is released or handed over. Which campaigns that are could not be read\n",
		    argv[1]);
	else
		print("%s: halted; nothing of it is released or handed over: %" PRId64 " campaign%s\n",
		      argv[1], reach.campaigns, reach.campaigns == 1 ? "" : "s");
	names_done(&reach.others);
	return ctl_end(ctl, 0);
}

static int run_unhalt(struct ctl *ctl, int argc, char **argv)
{
	char key[KEY_SIZE], kind[16] = "";

	ctl_words(ctl, argc, argv, NULL, 1, 1);
	check_scope(ctl, argv[1]);
	const char *colon = strchr(argv[1], ':');

	if (colon != NULL)
		snprintf(kind, sizeof(kind), "%.*s", (int)(colon - argv[1]), argv[1]);
	go_where(ctl, kind, colon != NULL ? colon + 1 : "");
	struct redis_reply *reply =
	    ask_words(ctl, "HDEL", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1]);
	bool was = reply_int(reply, 0) == 1;

	in_others(ctl, kind, argv[1], NULL);
	reply_free(reply);
	if (ctl->json)
		ctl_print_json(
		    print_pack("{s:s,s:b,s:b}", "scope", argv[1], "halted", 0, "was_halted", (int)was));
	else
		print("%s: %s\n", argv[1], was ? "goes on" : "was not halted");
	return ctl_end(ctl, was ? 0 : 1);
}

const struct command ctl_halt_commands[] = {
	{ .name = "halt",
	  .usage = "SCOPE",
	  .summary = "stop all, advertiser:A, source:S or route:R at once",
	  .needs_redis = true,
	  .run = run_halt,
	  .example = "licetctl halt source:web-2026 --reason 'wrong consent wording'",
	  .details =
	      "Refused where no campaign has that advertiser, source or route, and none is declared; --force "
	      "halts it all the same.\n" },
	{ .name = "unhalt",
	  .usage = "SCOPE",
	  .summary = "let go on what was halted",
	  .needs_redis = true,
	  .run = run_unhalt,
	  .example = "licetctl unhalt source:web-2026",
	  .details = "Whoever halted it knows why; licetctl status shows the reason.\n" },
	{ 0 },
};
