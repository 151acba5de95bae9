/* find.c - see find.h. */
#include "ctl/space/find.h"

#include "core/campaign/campaign.h"
#include "core/text/cluster_slot.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wanted {
	const char *what, *id; /* campaign, advertiser, source or SIREN */
};

/* Ask what of it is there: one question, or two of which one yes suffices. */
static void ask_for(struct ctl *there, const struct wanted *w)
{
	const char *prefix = ctl_conf(there)->prefix;
	char key[KEY_SIZE], known[KEY_SIZE];

	if (strcmp(w->what, "campaign") == 0) {
		ask_send_words(there, "EXISTS", key_campaign(prefix, w->id, "def", key));
		ask_send_words(there, "SISMEMBER", key_global(prefix, "campaigns", known), w->id);
	} else if (strcmp(w->what, "SIREN") == 0) {
		ask_send_words(there, "HEXISTS", key_global(prefix, "sirens", key), w->id);
	} else {
		ask_send_words(there, "EXISTS", key_of(prefix, w->what, w->id, key));
	}
	/* One that was declared is known for good. */
	if (strcmp(w->what, "advertiser") == 0)
		ask_send_words(there, "SISMEMBER", key_global(prefix, "advertisers", known), w->id);
}

static json_t *is_there(struct ctl *there, void *arg)
{
	const struct wanted *w = arg;
	bool two = strcmp(w->what, "campaign") == 0 || strcmp(w->what, "advertiser") == 0;

	ask_for(there, w);
	struct redis_reply *defined = ask_next(there), *known = two ? ask_next(there) : NULL;
	bool there_is = reply_int(defined, 0) == 1 || reply_int(known, 0) == 1;

	reply_free(defined);
	reply_free(known);
	return json_boolean(there_is);
}

static void go(struct ctl *ctl, const char *prefix)
{
	if (strcmp(prefix, ctl_conf(ctl)->prefix) != 0)
		ctl_move(ctl, prefix);
}

void find_go(struct ctl *ctl, const char *space)
{
	char prefix[KEY_SIZE];

	go(ctl, prefix_of_space(ctl_conf(ctl)->prefix, space, prefix));
}

/* A noun as sentences name it: with its article in French. */
static const char *named(const char *what)
{
	if (strcmp(what, "campaign") == 0)
		return error_pick("campaign", "la campagne");
	if (strcmp(what, "advertiser") == 0)
		return error_pick("advertiser", "l'annonceur");
	if (strcmp(what, "source") == 0)
		return error_pick("source", "la source");
	return error_pick("SIREN", "le SIREN");
}

/* Who has it; NULL: nobody. */
static const struct asked_space *holder(const struct everywhere *e, const struct wanted *w)
{
	const struct asked_space *found = NULL, *silent = NULL;

	for (size_t i = 0; i < e->count; i++) {
		const struct asked_space *space = &e->list[i];

		if (space->answer == NULL)
			silent = space;
		if (!json_is_true(space->answer))
			continue;
		if (found != NULL)
			ctl_fail(
			    error_pick(
				"%s %s is in two spaces, %s and %s: name one with --space",
				"%s %s se trouve dans deux espaces, %s et %s : en désigner un avec --space"),
			    named(w->what), w->id, found->name, space->name);
		found = space;
	}
	if (found == NULL && silent != NULL)
		ctl_fail(error_pick(
			     "no space that answers has %s %s, and space %s does not answer: %s",
			     "aucun des espaces qui répondent n'a %s %s, et l'espace %s ne répond pas : %s"),
		         named(w->what), w->id, silent->name, silent->why);
	if (silent != NULL)
		ctl_note(error_pick("space %s does not answer whether it has the %s %s too: %s",
		                    "l'espace %s ne répond pas : on ignore s'il a aussi %s %s : %s"),
		         silent->name, named(w->what), w->id, silent->why);
	return found;
}

/* Returns false where nobody has it. */
static bool find(struct ctl *ctl, const char *what, const char *id, bool may_be_new)
{
	struct wanted w = { what, id };
	struct everywhere e;

	if (!id_is_valid(id, strlen(id)))
		return false;
	everywhere_open(ctl, true, &e);
	if (e.lost[0] != '\0')
		ctl_note(error_pick("%s %s is looked for in this space alone, the hub does not answer: %s",
		                    "on ne cherche %s %s que dans cet espace, le hub ne répond pas : %s"),
		         named(what), id, e.lost);
	if (e.count == 0)
		return true; /* where we are, as far as anybody can tell */
	everywhere_ask(ctl, &e, is_there, &w);
	const struct asked_space *found = holder(&e, &w);

	bool there_is = found != NULL;

	if (there_is)
		go(ctl, found->prefix);
	else if (ctl_means_all(ctl) && strcmp(what, "campaign") == 0 && !may_be_new)
		ctl_fail(
		    error_pick(
			"campaign %s is in no space (licetctl campaign list shows those that are)",
			"la campagne %s n'est dans aucun espace (licetctl campaign list montre celles qui existent)"),
		    id);
	everywhere_close(&e);
	return there_is;
}

bool find_campaign(struct ctl *ctl, const char *id)
{
	return find(ctl, "campaign", id, false);
}

bool find_source(struct ctl *ctl, const char *id)
{
	return find(ctl, "source", id, true);
}

bool find_siren(struct ctl *ctl, const char *siren)
{
	return find(ctl, "SIREN", siren, true);
}

bool find_campaign_or_none(struct ctl *ctl, const char *id)
{
	return find(ctl, "campaign", id, true);
}

bool find_advertiser(struct ctl *ctl, const char *id)
{
	return find(ctl, "advertiser", id, true);
}

void find_first(struct ctl *ctl)
{
	const struct other_space *first = NULL;
	struct other_spaces others;

	if (!ctl_means_all(ctl))
		return;
	(void)others_name(ctl, false, &others);
	for (size_t i = 0; i < others.count; i++) {
		const struct other_space *o = &others.list[i];

		if (strcmp(o->state, "open") == 0 && (first == NULL || strcmp(o->name, first->name) < 0))
			first = o;
	}
	if (first == NULL)
		ctl_fail(error_pick(
		    "spaces is \"*\", and the hub names none that is open: name one with --space",
		    "spaces vaut « * », et le hub n'en nomme aucun d'ouvert : en désigner un avec --space"));
	ctl_move(ctl, first->prefix);
	others_close(&others);
}

void find_campaigns(struct ctl *ctl, int count, char **ids)
{
	char first[SPACE_NAME_MAX + 1] = "", own[SPACE_NAME_MAX + 1];
	struct target_options options = ctl->options;

	for (int i = 0; i < count; i++) {
		/* Each is looked for from where the command began. */
		struct ctl from;

		ctl_init(&from);
		from.options = options;
		from.command = ctl->command;
		(void)find_campaign(&from, ids[i]);
		if (!space_own(&from, own)) {
			ctl_done(&from);
			return;
		}
		ctl_done(&from);
		if (i > 0 && strcmp(first, own) != 0)
			ctl_fail(
			    error_pick(
				"campaigns %s and %s are in two spaces, %s and %s: ask for each alone",
				"les campagnes %s et %s sont dans deux espaces, %s et %s : demander chacune seule"),
			    ids[0], ids[i], first, own);
		memcpy(first, own, sizeof(first));
	}
	if (count > 0)
		find_go(ctl, first);
}

/* --- routes ------------------------------------------------------------------------------------ */

static json_t *route_there(struct ctl *there, void *arg)
{
	ask_route(there, arg);
	return json_true();
}

void find_route(struct ctl *ctl, struct everywhere *e, const char *route)
{
	if (e->count == 0) {
		ctl_redis(ctl);
		ask_route(ctl, route);
		return;
	}
	if (everywhere_ask(ctl, e, route_there, (void *)route) == e->count)
		ctl_fail("%s", e->list[0].why);
	/* One that does not know the route is none that does not answer. */
	for (size_t i = 0; i < e->count; i++) {
		everywhere_forget(&e->list[i]);
		e->list[i].why[0] = '\0';
	}
}
