/* report: what became of a job that was taken. */
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/sender/outcome.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAST_DAYS 3 /* licet_done knows for so long whom a token called */

/* The route on which a token was handed out, also where its lease is over or it was
 * reported in the last days; "main", and false, if it was out on none. */
static bool route_of_token(struct ctl *ctl, const char *token, char buf[ID_MAX + 1])
{
	const char *prefix = ctl_conf(ctl)->prefix;
	int64_t today = ctl_now_ms(ctl) / 86400000;
	char key[KEY_SIZE], part[32];
	struct names routes;
	bool found = false;

	snprintf(buf, ID_MAX + 1, "main");
	names_read(ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && !found; i++)
		for (int k = 0; k < 2 + PAST_DAYS && !found; k++) {
			if (k < 2)
				snprintf(part, sizeof(part), "%s", k == 0 ? ":lease" : ":unknown");
			else
				snprintf(part, sizeof(part), ":past:%" PRId64, today - (k - 2));
			/* Not HEXISTS: a sender may do this. */
			struct redis_reply *reply =
			    ask_value_words(ctl, "HGET", key_ready(prefix, routes.list[i], part, key), token);

			found = reply_text(reply, NULL) != NULL && !reply_is_error(reply);
			if (found)
				snprintf(buf, ID_MAX + 1, "%s", routes.list[i]);
			reply_free(reply);
		}
	names_done(&routes);
	return found;
}

static json_t *is_its_space(struct ctl *there, void *arg)
{
	char route[ID_MAX + 1];

	return json_boolean(route_of_token(there, arg, route));
}

/* To the space that handed a token out. Where none that answers did, and one does not answer, nobody can tell. */
static void go_where_taken(struct ctl *ctl, char *token)
{
	const struct asked_space *silent = NULL, *found = NULL;
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	everywhere_ask(ctl, &e, is_its_space, token);
	for (size_t i = 0; i < e.count; i++) {
		if (e.list[i].answer == NULL)
			silent = &e.list[i];
		else if (json_is_true(e.list[i].answer))
			found = &e.list[i];
	}
	if (found == NULL && silent != NULL)
		ctl_fail(
		    error_pick(
			"the report was refused: no space that answers handed that token out, and space %s does "
			"not answer: %s",
			"le rapport a été refusé : aucun espace qui répond n'a remis ce jeton, et l'espace %s ne "
			"répond pas : %s"),
		    silent->name, silent->why);
	if (found == NULL && e.count > 0)
		ctl_fail(
		    error_pick(
			"the report was refused: never handed out in any of %zu spaces, or settled more than "
			"%d days ago",
			"le rapport a été refusé : jeton jamais remis dans aucun des %zu espaces, ou enregistré il y "
			"a plus de %d jours"),
		    e.count, PAST_DAYS);
	if (found != NULL)
		find_go(ctl, found->name);
	everywhere_close(&e);
}

/* "report CAMPAIGN" is the older name of attest: one word, and none of the options of a job. */
static bool is_of_campaign(int argc, char **argv)
{
	int words = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--route") == 0 || strcmp(argv[i], "--detail") == 0)
			return false;
		if (strncmp(argv[i], "--", 2) == 0)
			i++;
		else
			words++;
	}
	return words == 1;
}

static int attest(struct ctl *ctl, int argc, char **argv)
{
	for (const struct command_family *f = ctl->families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++)
			if (strcmp(c->name, "attest") == 0) {
				ctl->command = c;
				return c->run(ctl, argc, argv);
			}
	ctl_misuse(ctl, error_pick("an outcome is missing", "il manque une issue"));
}

static int run_report(struct ctl *ctl, int argc, char **argv)
{
	const char *route = NULL, *detail = NULL;
	const struct ctl_option options[] = { { "--route", &route, NULL },
		                              { "--detail", &detail, NULL },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE], found[ID_MAX + 1];
	struct redis_args a;

	if (is_of_campaign(argc, argv))
		return attest(ctl, argc, argv);
	ctl_words(ctl, argc, argv, options);
	outcome_check(ctl, argv[2]);
	if (route != NULL)
		ask_id(ctl, error_pick("a route", "route"), route);
	go_where_taken(ctl, argv[1]);
	if (route == NULL)
		(void)route_of_token(ctl, argv[1], found);
	args_fcall(&a, "licet_done",
	           key_ready(ctl_conf(ctl)->prefix, route != NULL ? route : found, "", key));
	args_add(&a, argv[1]);
	args_add(&a, argv[2]);
	args_add(&a, detail != NULL ? detail : "");
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, error_pick("the report was refused", "le rapport a été refusé"));
	const char *said = reply_text(reply, NULL);
	bool late = said != NULL && strcmp(said, "late") == 0;

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:s}", "token", argv[1], "outcome", argv[2], "reply",
		                          late ? "late" : "OK"));
	else
		puts(
		    !late
			? "OK"
			: lang_pick(
			      ctl->french,
			      "late: its lease is over; only an opposition was recorded, if the outcome is one",
			      "tard : son bail est échu ; seule une opposition a été enregistrée, si l'issue en est une"));
	reply_free(reply);
	return late ? 1 : 0;
}

const struct command ctl_report_commands[] = {
	{ .name = "report",
	  .usage = "TOKEN OUTCOME",
	  .summary = "report the outcome of a job that was taken",
	  .needs_redis = true,
	  .run = run_report,
	  .example = "licetctl report 6b04ca6b4c5fc0f5.1 answered --detail '12 s'",
	  .details =
	      "Exit 1 if the lease had ended (late); an opposition is recorded all the same. licetctl "
	      "vocabulary lists the outcomes. licetctl asks every space for the token, and without --route "
	      "every route in use. report CAMPAIGN is the older name of attest.\n" },
	{ 0 },
};
