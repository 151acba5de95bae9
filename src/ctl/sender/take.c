/* take: ready jobs, as a sender takes them. */
#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/taken_job.h"
#include "ctl/space/each.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

#define TAKE_MAX 500

static void print_taken(const struct ctl *ctl, const struct redis_reply *jobs)
{
	static const char *const names[] = { "token",     "campaign", "id",      "to",
		                             "caller_id", "message",  "attempt", NULL };
	char mask[PHONE_MASK_SIZE], at[CIVIL_INSTANT_SIZE], id[SHOWN_TEXT];
	struct columns table;

	columns_init(&table,
	             lang_pick(ctl->french, "token|campaign|id|number|caller id|message|attempt|not after",
	                       "jeton|campagne|id|numéro|numéro affiché|message|tentative|au plus tard"));
	for (size_t i = 0; i < reply_count(jobs); i++) {
		for (size_t k = 0; names[k] != NULL; k++) {
			const char *text = reply_text(reply_field(reply_at(jobs, i), names[k]), NULL);

			if (text != NULL && strcmp(names[k], "to") == 0)
				text = phone_mask(text, mask);
			else if (text != NULL && strcmp(names[k], "id") == 0)
				text = shown_id(text, id, sizeof(id));
			columns_add(&table, text);
		}
		columns_add(&table,
		            civil_format_instant(reply_int(reply_field(reply_at(jobs, i), "not_after_ms"), 0),
		                                 at));
	}
	columns_print(&table, ctl->colour);
	if (reply_count(jobs) == 0)
		puts(lang_pick(ctl->french, "no job is ready", "aucune tâche n'est prête"));
}

static int run_take(struct ctl *ctl, int argc, char **argv)
{
	const char *sender = "licetctl", *count = "1";
	const struct ctl_option options[] = { { "--sender", &sender, NULL },
		                              { "--count", &count, NULL },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE];
	struct redis_args a;

	ctl_words(ctl, argc, argv, options);
	ask_route(ctl, argv[1]);
	ask_sender_name(ctl, "--sender", sender);
	int wanted = ctl_read_int(ctl, "--count", count, 1, TAKE_MAX);

	each_must_be_named(ctl);

	args_fcall(&a, "licet_take", key_ready(ctl_conf(ctl)->prefix, argv[1], "", key));
	args_add(&a, sender);
	args_add_int(&a, wanted);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, error_pick("nothing was taken", "rien n'a été pris"));
	if (ctl->json) {
		json_t *list = json_array();

		for (size_t i = 0; i < reply_count(reply); i++)
			json_array_append_new(list, taken_json(reply_at(reply, i)));
		ctl_print_json(list);
	} else {
		print_taken(ctl, reply);
	}
	reply_free(reply);
	return 0;
}

const struct command ctl_take_commands[] = {
	{ .name = "take",
	  .usage = "ROUTE",
	  .summary = "take ready jobs, as a sender does",
	  .needs_redis = true,
	  .run = run_take,
	  .example = "licetctl take main --count 10 --json",
	  .details =
	      "Numbers are whole only with --json. If there are several spaces, name one with --space; "
	      "licetctl sender takes from all.\n" },
	{ 0 },
};
