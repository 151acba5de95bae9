/* halt, unhalt: stop something at once, and let it go on. */
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
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
	ctl_misuse(ctl,
	           error_pick("%s is not a scope: expected all, advertiser:A, source:S or route:R",
	                      "%s n'est pas une portée : all, advertiser:A, source:S ou route:R attendu"),
	           scope);
}

/* What is halted or goes on, in each space that has it. kind: "advertiser", "source" or "route", which is also the
 * field of a definition; "": all. */
struct halting {
	const char *scope, *name, *reason; /* no reason: it goes on */
	char kind[16];
};

static void read_scope(struct ctl *ctl, const char *scope, struct halting *ret)
{
	check_scope(ctl, scope);
	const char *colon = strchr(scope, ':');

	*ret = (struct halting){ .scope = scope, .name = colon != NULL ? colon + 1 : "" };
	if (colon != NULL)
		snprintf(ret->kind, sizeof(ret->kind), "%.*s", (int)(colon - scope), scope);
}

/* An advertiser, and its sources, are in one space: there we go. All and a route are in every one. */
static void open_spaces(struct ctl *ctl, const struct halting *h, struct everywhere *ret)
{
	*ret = (struct everywhere){ 0 };
	if (strcmp(h->kind, "advertiser") == 0)
		(void)find_advertiser(ctl, h->name);
	else if (strcmp(h->kind, "source") == 0)
		(void)find_source(ctl, h->name);
	else
		everywhere_open_all(ctl, ret);
	everywhere_say(ctl, ret, error_is_french());
}

/* --- what it reaches ------------------------------------------------------------------------------- */

static bool is_declared(struct ctl *ctl, const char *kind, const char *name)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_any_words(ctl, "EXISTS", key_of(ctl_conf(ctl)->prefix, kind, name, key));
	bool there = reply_is_error(reply) || reply_int(reply, 0) == 1;

	reply_free(reply);
	return there;
}

/* In the definitions of today: how many campaigns, whether some could not be read, what else of that kind campaigns
 * use, and whether it is declared. */
static json_t *find_reach(struct ctl *there, void *arg)
{
	const struct halting *h = arg;
	const char *prefix = ctl_conf(there)->prefix;
	char key[KEY_SIZE];
	struct redis_reply *ids = ask_any_words(there, "SMEMBERS", key_global(prefix, "campaigns", key));
	size_t count = reply_count(ids);
	int64_t campaigns = *h->kind == '\0' ? (int64_t)count : 0;
	bool unreadable = reply_is_error(ids);
	json_t *others = json_array();

	for (size_t i = 0; i < count && *h->kind != '\0'; i++)
		ask_send_words(there, "HGET",
		               key_campaign(prefix, reply_text(reply_at(ids, i), NULL), "def", key), h->kind);
	for (size_t i = 0; i < count && *h->kind != '\0'; i++) {
		struct redis_reply *value = ask_next_any(there);
		const char *text = reply_is_error(value) ? NULL : reply_text(value, NULL);

		unreadable = unreadable || reply_is_error(value);
		if (text != NULL && strcmp(text, h->name) == 0)
			campaigns++;
		else if (text != NULL)
			json_array_append_new(others, json_string(text));
		reply_free(value);
	}
	reply_free(ids);
	bool declared = *h->kind != '\0' && is_declared(there, h->kind, h->name);

	return print_pack("{s:I,s:i,s:i,s:o}", "campaigns", (json_int_t)campaigns, "unreadable",
	                  (int)unreadable, "declared", (int)declared, "others", others);
}

static void add_names(struct names *to, const json_t *answer)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(answer, "others"), i, name)
	    names_add(to, json_string_value(name), json_string_length(name));
}

/* With its article in French. */
static const char *kind_named(const char *kind)
{
	return strcmp(kind, "advertiser") == 0 ? error_pick("advertiser", "l'annonceur")
	       : strcmp(kind, "source") == 0   ? error_pick("source", "la source")
	                                       : error_pick("route", "la route");
}

/* A halt that stops nothing is a typing mistake: whoever typed it believes that all stands still.
 * What cannot be looked up is halted all the same. */
static void must_stop_something(struct ctl *ctl, const struct everywhere *e, const struct halting *h)
{
	struct names others = { 0 };

	for (size_t i = 0; i < e->count; i++)
		if (e->list[i].why[0] != '\0')
			return;
	if (*h->kind == '\0' ||
	    everywhere_sum(e, "campaigns") + everywhere_sum(e, "unreadable") + everywhere_sum(e, "declared") >
	        0)
		return;
	add_names(&others, e->here);
	for (size_t i = 0; i < e->count; i++)
		add_names(&others, e->list[i].answer);
	const char *near = names_nearest(&others, h->name);

	if (near != NULL)
		ctl_fail(
		    error_pick(
			"no campaign has the %s %s: nothing was halted; did you mean %s? (--force halts it all the same)",
			"aucune campagne n'a %s %s : rien n'a été arrêté ; vouliez-vous dire %s ? (--force l'arrête quand même)"),
		    kind_named(h->kind), h->name, near);
	ctl_fail(error_pick("no campaign has the %s %s: nothing was halted (--force halts it all the same)",
	                    "aucune campagne n'a %s %s : rien n'a été arrêté (--force l'arrête quand même)"),
	         kind_named(h->kind), h->name);
}

/* --- the two commands ------------------------------------------------------------------------------- */

static json_t *halt_there(struct ctl *there, void *arg)
{
	const struct halting *h = arg;
	char key[KEY_SIZE];

	key_global(ctl_conf(there)->prefix, "halt", key);
	struct redis_reply *reply = h->reason != NULL ? ask_words(there, "HSET", key, h->scope, h->reason)
	                                              : ask_words(there, "HDEL", key, h->scope);
	json_t *said = print_pack("{s:I}", "changed", (json_int_t)reply_int(reply, 0));

	reply_free(reply);
	return said;
}

static int run_halt(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	bool force = false;
	const struct ctl_option options[] = { { "--reason", &reason, NULL },
		                              { "--force", NULL, &force },
		                              { NULL, NULL, NULL } };
	struct halting h;
	struct everywhere e;

	ctl_words(ctl, argc, argv, options);
	read_scope(ctl, argv[1], &h);
	if (reason == NULL || *reason == '\0')
		ctl_misuse(ctl, error_pick("--reason must say why", "--reason doit dire pourquoi"));
	h.reason = reason;
	open_spaces(ctl, &h, &e);
	everywhere_do(ctl, &e, find_reach, &h);
	if (!force)
		must_stop_something(ctl, &e, &h);
	int64_t campaigns = everywhere_sum(&e, "campaigns");
	bool unreadable = everywhere_sum(&e, "unreadable") > 0;

	everywhere_do(ctl, &e, halt_there, &h);
	everywhere_must_answer(ctl, &e, error_pick("it is not halted", "l'arrêt n'est pas en vigueur"));
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:o}", "scope", argv[1], "halted", 1, "reason",
		                          reason, "campaigns",
		                          unreadable ? json_null() : json_integer(campaigns)));
	else if (unreadable)
		print(
		    lang_pick(
			ctl->french,
			"%s: halted; nothing of it is released or handed over. Which campaigns that are could not be read\n",
			"%s : arrêt en vigueur ; rien n'est plus transmis ni remis. Les campagnes concernées n'ont pu être lues\n"),
		    argv[1]);
	else
		print(lang_pick(ctl->french,
		                "%s: halted; nothing of it is released or handed over: %" PRId64
		                " campaign%s\n",
		                "%s : arrêt en vigueur ; rien n'est plus transmis ni remis : %" PRId64
		                " campagne%s\n"),
		      argv[1], campaigns, campaigns == 1 ? "" : "s");
	everywhere_close(&e);
	return 0;
}

static int run_unhalt(struct ctl *ctl, int argc, char **argv)
{
	struct halting h;
	struct everywhere e;

	ctl_words(ctl, argc, argv, NULL);
	read_scope(ctl, argv[1], &h);
	open_spaces(ctl, &h, &e);
	everywhere_do(ctl, &e, halt_there, &h);
	everywhere_must_answer(ctl, &e, error_pick("it is halted still", "l'arrêt reste en vigueur"));
	bool was = everywhere_sum(&e, "changed") > 0;

	everywhere_close(&e);
	if (ctl->json)
		ctl_print_json(
		    print_pack("{s:s,s:b,s:b}", "scope", argv[1], "halted", 0, "was_halted", (int)was));
	else
		print(lang_pick(ctl->french, "%s: %s\n", "%s : %s\n"), argv[1],
		      was ? lang_pick(ctl->french, "goes on", "reprend")
		          : lang_pick(ctl->french, "was not halted", "n'était pas arrêté"));
	return was ? 0 : 1;
}

const struct command ctl_halt_commands[] = {
	{ .name = "halt",
	  .usage = "SCOPE",
	  .summary = "stop all, advertiser:A, source:S or route:R at once",
	  .needs_redis = true,
	  .run = run_halt,
	  .example = "licetctl halt source:web-2026 --reason 'wrong consent wording'",
	  .details =
	      "It refuses an advertiser, source or route that no campaign has and nobody declared; --force "
	      "halts it anyway.\n" },
	{ .name = "unhalt",
	  .usage = "SCOPE",
	  .summary = "lift a halt",
	  .needs_redis = true,
	  .run = run_unhalt,
	  .example = "licetctl unhalt source:web-2026",
	  .details =
	      "licetctl status shows the reason of a halt. Ask the person who halted before you lift it.\n" },
	{ 0 },
};
