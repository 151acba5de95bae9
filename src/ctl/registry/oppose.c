/* oppose: somebody said no, for good; or that it should not be there, taken back. */
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/registry/unplaced.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Is that list everybody's? It is kept in every space of the platform. */
static bool is_everybodys(const char *list)
{
	return strcmp(list, "opposition") == 0;
}

static json_t *with_spaces(json_t *all, const struct everywhere *e)
{
	if (e->count > 0)
		json_object_set_new(all, "spaces", everywhere_json(e));
	return all;
}

/* Everybody's list is in every space, an advertiser's in its own. What is not done in one does not keep the others
 * from it. */
static void open_spaces(struct ctl *ctl, bool everybodys, struct everywhere *ret)
{
	char own[SPACE_NAME_MAX + 1];

	*ret = (struct everywhere){ 0 };
	if (!everybodys)
		return;
	everywhere_open_all(ctl, ret);
	if (ret->lacking && space_own(ctl, own))
		ctl_note(
		    error_pick(
			"this user may not ask which other spaces there are: they hear of it from %s",
			"cet utilisateur ne peut demander quels sont les autres espaces : %s le leur fera savoir"),
		    own);
	else
		everywhere_say(ctl, ret, error_is_french());
}

/* One function on that list, in each space that it stands in. */
struct opposing {
	const char *function, *list, *refused;
	const char *const *words;
	size_t count;
};

static json_t *oppose_there(struct ctl *there, void *arg)
{
	const struct opposing *o = arg;
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, o->function, key_of(ctl_conf(there)->prefix, "list", o->list, key));
	for (size_t i = 0; i < o->count; i++)
		args_add(&a, o->words[i]);
	struct redis_reply *reply = ask_call(there, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "%s", o->refused);
	bool one = !reply_is_array(reply);
	json_t *said =
	    print_pack("{s:I,s:I,s:I}", "changed", (json_int_t)reply_int(one ? reply : reply_at(reply, 0), 0),
	               "back", (json_int_t)reply_int(reply_at(reply, 1), 0), "out",
	               (json_int_t)reply_int(reply_at(reply, 2), 0));

	reply_free(reply);
	return said;
}

/* An opposition that should not be there, taken back: somebody answers for it. */
static int undo(struct ctl *ctl, const char *list, const char *number, const char *by, const char *reason,
                const char *person)
{
	char mask[PHONE_MASK_SIZE];
	struct everywhere e;
	struct phone phone;

	if (*reason == '\0')
		ctl_misuse(ctl,
		           error_pick("--undo needs --reason: why the opposition should not be there",
		                      "--undo exige --reason : pourquoi l'opposition ne devrait pas y être"));
	ask_number(ctl, number, &phone);
	const char *words[] = { phone.e164, by, reason, person };
	struct opposing o = {
		"licet_unoppose", list,
		error_pick("the opposition was not taken back", "l'opposition n'a pas été retirée"), words, 4
	};

	open_spaces(ctl, is_everybodys(list), &e);
	everywhere_do(ctl, &e, oppose_there, &o);
	everywhere_must_answer(ctl, &e,
	                       error_pick("the objection is not taken back",
	                                  "l'opposition n'est pas retirée"));
	bool gone = everywhere_sum(&e, "changed") > 0;

	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(
		    with_spaces(print_pack("{s:s,s:s,s:b}", "to", mask, "scope", list, "undone", (int)gone),
		                &e));
	else
		print(lang_pick(ctl->french, "%s: %s %s%s\n", "%s : %s %s%s\n"), mask,
		      gone ? lang_pick(ctl->french, "taken off", "retiré de")
		           : lang_pick(ctl->french, "was not on", "ne figurait pas dans"),
		      list,
		      e.count == 0 ? ""
		                   : lang_pick(ctl->french, ", in all spaces that answered",
		                               ", dans tous les espaces qui ont répondu"));
	everywhere_close(&e);
	return gone ? 0 : 1;
}

/* Does an objection of that number wait to be placed? Somebody has placed it now, or nobody is meant. */
static bool end_unplaced(struct ctl *ctl, const char *e164, const char *by, const char *reason,
                         bool dismissed)
{
	struct everywhere e;

	everywhere_open_all(ctl, &e);
	bool had = unplaced_end_everywhere(ctl, &e, e164, by, reason, dismissed);

	everywhere_must_answer(
	    ctl, &e,
	    error_pick("whether an objection waits to be placed is not known",
	               "on ignore si une opposition attend d'être rattachée à un annonceur"));
	everywhere_close(&e);
	return had;
}

/* Nobody is meant by an objection that waits to be placed: a person says so. */
static int dismiss(struct ctl *ctl, const char *number, const char *by, const char *reason)
{
	char mask[PHONE_MASK_SIZE];
	struct phone phone;

	if (*reason == '\0')
		ctl_misuse(ctl,
		           error_pick("--dismiss needs --reason: why nobody is meant by the objection",
		                      "--dismiss exige --reason : pourquoi l'opposition ne vise personne"));
	ask_number(ctl, number, &phone);
	bool had = end_unplaced(ctl, phone.e164, by, reason, true);

	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b}", "to", mask, "dismissed", (int)had));
	else
		print(lang_pick(ctl->french, "%s: %s\n", "%s : %s\n"), mask,
		      had ? lang_pick(ctl->french, "dismissed, and recorded", "écartée, et consignée")
		          : lang_pick(ctl->french, "no objection waits to be placed",
		                      "aucune opposition n'attend d'être rattachée"));
	return had ? 0 : 1;
}

/* What was done: counted over all spaces. */
static void print_opposed(struct ctl *ctl, const struct everywhere *e, const char *e164, const char *scope,
                          bool placed)
{
	char mask[PHONE_MASK_SIZE];
	bool added = everywhere_sum(e, "changed") > 0;
	int64_t back = everywhere_sum(e, "back"), out = everywhere_sum(e, "out");

	phone_mask(e164, mask);
	if (!ctl->json) {
		print(lang_pick(ctl->french,
		                "%s: %s %s; %" PRId64 " ready taken back; %" PRId64 " already out%s%s\n",
		                "%s : %s %s ; %" PRId64 " prêtes reprises ; %" PRId64 " déjà dehors%s%s\n"),
		      mask,
		      added ? lang_pick(ctl->french, "added to", "ajouté à")
		            : lang_pick(ctl->french, "was already on", "figurait déjà dans"),
		      scope, back, out,
		      !placed ? ""
		              : lang_pick(ctl->french, "; an objection that had no place is settled",
		                          " ; une opposition en attente est rattachée"),
		      e->count == 0 ? ""
		                    : lang_pick(ctl->french, "; recorded in all spaces that answered",
		                                " ; enregistrée dans tous les espaces qui ont répondu"));
		return;
	}
	json_t *all = print_pack("{s:s,s:s,s:b,s:I,s:I}", "to", mask, "scope", scope, "added", (int)added,
	                         "withdrawn", (json_int_t)back, "already_out", (json_int_t)out);

	if (placed)
		json_object_set_new(all, "placed", json_true());
	ctl_print_json(with_spaces(all, e));
}

/* words: number, source, reason, time and person, as licet_oppose takes them. */
static int oppose(struct ctl *ctl, const char *list, const char *const words[5], const char *by)
{
	struct opposing o = { "licet_oppose", list,
		              error_pick("the opposition was refused", "l'opposition a été refusée"), words,
		              5 };
	struct everywhere e;

	open_spaces(ctl, is_everybodys(list), &e);
	everywhere_do(ctl, &e, oppose_there, &o);
	everywhere_must_answer(ctl, &e,
	                       error_pick("the objection is not recorded",
	                                  "l'opposition n'est pas enregistrée"));
	bool placed =
	    end_unplaced(ctl, words[0], by, *words[2] != '\0' ? words[2] : "placed by a person", false);

	print_opposed(ctl, &e, words[0], list, placed);
	everywhere_close(&e);
	return 0;
}

static int run_oppose(struct ctl *ctl, int argc, char **argv)
{
	const char *advertiser = NULL, *source = "licetctl", *reason = "", *event = NULL, *person = "";
	const char *by = who_types();
	bool taken_back = false, dismissed = false;
	const struct ctl_option options[] = { { "--advertiser", &advertiser, NULL },
		                              { "--source", &source, NULL },
		                              { "--reason", &reason, NULL },
		                              { "--event", &event, NULL },
		                              { "--person", &person, NULL },
		                              { "--by", &by, NULL },
		                              { "--undo", NULL, &taken_back },
		                              { "--dismiss", NULL, &dismissed },
		                              { NULL, NULL, NULL } };
	char name[ID_MAX + 16] = "opposition", at[CIVIL_INSTANT_SIZE] = "";
	struct phone phone;

	ctl_words(ctl, argc, argv, options);
	if (advertiser != NULL) {
		ask_id(ctl, error_pick("an advertiser", "annonceur"), advertiser);
		(void)find_advertiser(ctl, advertiser);
		if (!taken_back)
			ask_advertiser(ctl, advertiser);
		snprintf(name, sizeof(name), "opposition:%s", advertiser);
	}
	if (dismissed)
		return dismiss(ctl, argv[1], by, reason);
	if (taken_back)
		return undo(ctl, name, argv[1], by, reason, person);
	if (*source == '\0')
		ctl_misuse(ctl, error_pick("--source must say who reports the opposition",
		                           "--source doit dire qui signale l'opposition"));
	if (event != NULL)
		ask_instant(ctl, "--event", event, at);
	ask_number(ctl, argv[1], &phone);
	return oppose(ctl, name, (const char *[]){ phone.e164, source, reason, at, person }, by);
}

const struct command ctl_oppose_commands[] = {
	{ .name = "oppose",
	  .usage = "NUMBER",
	  .summary = "record an objection: to one advertiser or to everybody",
	  .needs_redis = true,
	  .run = run_oppose,
	  .has_page = true,
	  .example = "licetctl oppose '06 12 34 56 78' --advertiser acme --source web",
	  .details =
	      "Ready jobs of the number are taken back. \"already out\" counts the jobs of the number that a "
	      "sender has.\n" },
	{ 0 },
};
