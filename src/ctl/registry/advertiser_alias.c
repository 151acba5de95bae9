/* advertiser_alias.c - see advertiser_alias.h. licet_alias does it, some records a call. */
#include "ctl/registry/advertiser_alias.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/space/directory.h"
#include "ctl/space/find.h"
#include "ctl/space/others.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ALIAS_CURSOR_SIZE 48

/* Both are in one space, which is the one that ctl goes to. */
static void go_to_both(struct ctl *ctl, const char *name, const char *advertiser)
{
	char of_name[SPACE_NAME_MAX + 1] = "", own[SPACE_NAME_MAX + 1] = "";
	struct ctl there;

	ctl_init(&there);
	there.options = ctl->options;
	there.command = ctl->command;
	(void)find_advertiser(&there, name);
	if (ctl_means_all(&there) || !space_own(&there, of_name))
		of_name[0] = '\0';
	ctl_done(&there);
	(void)find_advertiser(ctl, advertiser);
	ask_advertiser(ctl, advertiser);
	if (*of_name != '\0' && space_own(ctl, own) && strcmp(own, of_name) != 0)
		ctl_fail(
		    error_pick(
			"advertiser %s is in space %s and %s in space %s: an advertiser is in one space for good",
			"l'annonceur %s est dans l'espace %s et %s dans l'espace %s : un annonceur est dans un seul espace, pour toujours"),
		    name, of_name, advertiser, own);
	ask_advertiser(ctl, name);
}

/* One step. Returns how many records it moved; cursor: the next one, "" at the end. */
static int64_t step(struct ctl *ctl, const char *const words[4], char cursor[ALIAS_CURSOR_SIZE])
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_alias", key_global(ctl_conf(ctl)->prefix, "aliases", key));
	for (size_t i = 0; i < 4; i++)
		args_add(&a, words[i]);
	args_add(&a, cursor);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply,
		            error_pick("%s was not made another name of %s",
		                       "%s n'est pas devenu un autre nom de %s"),
		            words[0], words[1]);
	const char *next = reply_text(reply_at(reply, 0), NULL);
	int64_t moved = reply_int(reply_at(reply, 1), 0);

	snprintf(cursor, ALIAS_CURSOR_SIZE, "%s", next != NULL ? next : "");
	reply_free(reply);
	return moved;
}

int advertiser_alias(struct ctl *ctl, const char *name, const char *advertiser, const char *by,
                     const char *reason)
{
	char cursor[ALIAS_CURSOR_SIZE] = "", space[SPACE_NAME_MAX + 1];
	const char *const words[4] = { name, advertiser, by, reason };
	int64_t moved = 0;

	ask_id(ctl, error_pick("an advertiser", "annonceur"), name);
	ask_id(ctl, error_pick("an advertiser", "annonceur"), advertiser);
	if (strcmp(name, advertiser) == 0)
		ctl_misuse(ctl, error_pick("an advertiser is no other name of itself",
		                           "un annonceur n'est pas un autre nom de lui-même"));
	go_to_both(ctl, name, advertiser);
	do {
		moved += step(ctl, words, cursor);
		ctl_progress(error_pick("records", "enregistrements"), moved);
	} while (*cursor != '\0');
	ctl_progress("", -1);
	/* Its SIREN is claimed by the other one already. */
	directory_claim(ctl, name, "", space);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:I,s:s,s:s}", "alias", name, "advertiser", advertiser,
		                          "moved", (json_int_t)moved, "by", by, "reason", reason));
	else
		print(lang_pick(ctl->french,
		                "%s is another name of %s: %" PRId64
		                " records came over; recorded in licet:errors\n",
		                "%s est un autre nom de %s : %" PRId64
		                " enregistrements repris ; inscrit dans licet:errors\n"),
		      name, advertiser, moved);
	return 0;
}
