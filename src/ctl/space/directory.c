/* directory.c - see directory.h. */
#include "ctl/space/directory.h"

#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does the hub name any space? Those that it names, but for the one at hand, which may be among them. */
static bool has_hub(struct ctl *ctl, struct other_spaces *ret)
{
	(void)others_name(ctl, false, ret);
	if (!ret->named)
		others_close(ret);
	return ret->named;
}

/* --- the hub ------------------------------------------------------------------------------------- */

static struct redis_reply *hub_call(struct ctl *ctl, const char *function, const char *name,
                                    const char *const *words, size_t count)
{
	char key[KEY_SIZE];
	struct redis_args a;
	struct ctl hub;

	args_fcall(&a, function, key_hub(ctl_conf(ctl)->prefix, name, key));
	for (size_t i = 0; i < count; i++)
		args_add(&a, words[i]);
	hub_session(ctl, &hub);
	struct redis_reply *reply = ask_call(&hub, &a);

	args_done(&a);
	ctl_done(&hub);
	return reply;
}

static struct redis_reply *hub_get(struct ctl *ctl, const char *command, const char *name, const char *field)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, command);
	args_add(&a, key_hub(ctl_conf(ctl)->prefix, name, key));
	if (field != NULL)
		args_add(&a, field);
	struct redis_reply *reply = hub_ask(ctl, &a, false);

	args_done(&a);
	return reply;
}

/* --- where to go --------------------------------------------------------------------------------- */

static size_t count_of(const struct redis_reply *advertisers, const char *space)
{
	size_t n = 0;

	for (size_t i = 0; i < reply_count(advertisers); i++) {
		const char *text = reply_text(reply_at(advertisers, i), NULL);

		n += text != NULL && strcmp(text, space) == 0;
	}
	return n;
}

/* The open one that has the fewest; of several, the first by name. */
static void find_least(struct ctl *ctl, const char *own, const struct other_spaces *others,
                       char best[SPACE_NAME_MAX + 1])
{
	size_t least = SIZE_MAX;
	struct redis_reply *advertisers = hub_get(ctl, "HVALS", "advertisers", NULL);

	best[0] = '\0';
	if (others->knows_own) {
		least = count_of(advertisers, own);
		snprintf(best, SPACE_NAME_MAX + 1, "%s", own);
	}
	for (size_t i = 0; i < others->count; i++) {
		const struct other_space *o = &others->list[i];
		size_t n = count_of(advertisers, o->name);

		if (strcmp(o->state, "open") != 0 || n > least || (n == least && strcmp(o->name, best) > 0))
			continue;
		least = n;
		snprintf(best, SPACE_NAME_MAX + 1, "%s", o->name);
	}
	reply_free(advertisers);
}

void directory_go_for(struct ctl *ctl, const char *advertiser)
{
	char own[SPACE_NAME_MAX + 1], best[SPACE_NAME_MAX + 1];
	struct other_spaces others;

	if (!space_own(ctl, own) || !has_hub(ctl, &others))
		return;
	struct redis_reply *claimed = hub_get(ctl, "HGET", "advertisers", advertiser);
	const char *space = reply_text(claimed, NULL);

	if (space != NULL)
		snprintf(best, sizeof(best), "%s", space);
	else
		find_least(ctl, own, &others, best);
	reply_free(claimed);
	others_close(&others);
	if (*best == '\0')
		ctl_fail(error_pick("no space is open: licetctl space list shows how they stand",
		                    "aucun espace n'est ouvert : licetctl space list montre leur état"));
	find_go(ctl, best);
}

void directory_go_to_siren(struct ctl *ctl, const char *siren)
{
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	struct redis_reply *whose = e.count > 0 ? hub_get(ctl, "HGET", "sirens", siren) : NULL;
	const char *id = reply_text(whose, NULL);

	/* One that was declared by hand is not in the hub. */
	if (id != NULL)
		(void)find_advertiser(ctl, id);
	else if (e.count > 0 && !find_siren(ctl, siren) && ctl_means_all(ctl))
		ctl_fail(error_pick("%s: no advertiser has used it", "%s : aucun annonceur ne l'a utilisé"),
		         siren);
	reply_free(whose);
	everywhere_close(&e);
}

/* --- what is claimed ----------------------------------------------------------------------------- */

void directory_claim(struct ctl *ctl, const char *advertiser, const char *siren,
                     char space[SPACE_NAME_MAX + 1])
{
	char own[SPACE_NAME_MAX + 1];
	struct other_spaces others;
	const char *words[] = { advertiser, own, siren };

	space[0] = '\0';
	if (!space_own(ctl, own) || !has_hub(ctl, &others))
		return;
	if (!others.knows_own)
		ctl_fail(error_pick("the hub names no space %s (licetctl space add %s)",
		                    "le hub ne nomme aucun espace %s (licetctl space add %s)"),
		         own, own);
	others_close(&others);
	struct redis_reply *reply = hub_call(ctl, "licet_claim", "advertisers", words, 3);

	if (reply_is_error(reply))
		ask_refused(reply, error_pick("%s was not stored", "%s n'a pas été enregistré"), advertiser);
	reply_free(reply);
	snprintf(space, SPACE_NAME_MAX + 1, "%s", own);
}

bool directory_release(struct ctl *ctl, const char *siren, const char *by, const char *reason)
{
	char own[SPACE_NAME_MAX + 1];
	struct other_spaces others;
	const char *words[] = { siren, by, reason };

	if (!space_own(ctl, own) || !has_hub(ctl, &others))
		return false;
	others_close(&others);
	struct redis_reply *reply = hub_call(ctl, "licet_release_siren", "sirens", words, 3);

	if (reply_is_error(reply))
		ask_refused(reply, error_pick("SIREN %s is claimed still", "le SIREN %s reste pris"), siren);
	const char *id = reply_text(reply, NULL);
	bool had = id != NULL && *id != '\0';

	reply_free(reply);
	return had;
}
