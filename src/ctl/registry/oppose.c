/* oppose: somebody said no, for good; or that it should not be there, taken back. */
#include "core/time/civil.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/registry/unplaced.h"
#include "ctl/space/find.h"
#include "ctl/space/others.h"
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

static json_t *with_spaces(json_t *all, const struct other_spaces *others)
{
	if (others->count > 0)
		json_object_set_new(all, "spaces", others_json(others));
	return all;
}

/* An opposition that should not be there, taken back: somebody answers for it. */
static int undo(struct ctl *ctl, const char *list, const char *number, const char *by, const char *reason,
                const char *person)
{
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE];
	struct redis_args a;
	struct phone phone;

	if (*reason == '\0')
		ctl_misuse(ctl, "--undo needs --reason: why the opposition should not be there");
	ask_number(ctl, number, &phone);
	args_fcall(&a, "licet_unoppose", key_of(ctl->conf.prefix, "list", list, key));
	const char *words[] = { phone.e164, by, reason, person };

	for (size_t i = 0; i < 4; i++)
		args_add(&a, words[i]);
	struct redis_reply *reply = ask_call(ctl, &a);

	if (reply_is_error(reply))
		ask_refused(reply, "the opposition was not taken back");
	struct other_spaces others = { 0 };

	if (is_everybodys(list))
		others_open(ctl, &others);
	bool gone =
	    reply_int(reply, 0) + others_call(&others, "licet_unoppose", "list:opposition", words, 4) > 0;

	others_must_answer(ctl, &others, "the objection is not taken back");
	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(
		    with_spaces(print_pack("{s:s,s:s,s:b}", "to", mask, "scope", list, "undone", (int)gone),
		                &others));
	else
		print("%s: %s %s%s\n", mask, gone ? "taken off" : "was not on", list,
		      others.count > 0 ? ", in all spaces that answered" : "");
	others_close(&others);
	reply_free(reply);
	args_done(&a);
	return ctl_end(ctl, gone ? 0 : 1);
}

/* Nobody is meant by an objection that waits to be placed: a person says so. */
static int dismiss(struct ctl *ctl, const char *number, const char *by, const char *reason)
{
	char mask[PHONE_MASK_SIZE];
	struct phone phone;

	if (*reason == '\0')
		ctl_misuse(ctl, "--dismiss needs --reason: why nobody is meant by the objection");
	ask_number(ctl, number, &phone);
	bool had = unplaced_end_everywhere(ctl, phone.e164, by, reason, true);

	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b}", "to", mask, "dismissed", (int)had));
	else
		print("%s: %s\n", mask, had ? "dismissed, and recorded" : "no objection waits to be placed");
	return had ? 0 : 1;
}

static json_t *json_outcome(const char *mask, const char *scope, bool added, int64_t back, int64_t out,
                            bool placed)
{
	json_t *all = print_pack("{s:s,s:s,s:b,s:I,s:I}", "to", mask, "scope", scope, "added", (int)added,
	                         "withdrawn", (json_int_t)back, "already_out", (json_int_t)out);

	if (placed)
		json_object_set_new(all, "placed", json_true());
	return all;
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
	char key[KEY_SIZE], name[ID_MAX + 16] = "opposition", at[CIVIL_INSTANT_SIZE] = "",
					  mask[PHONE_MASK_SIZE];
	struct redis_args a;
	struct phone phone;

	ctl_words(ctl, argc, argv, options, 1, 1);
	if (advertiser == NULL)
		find_first(ctl);
	if (advertiser != NULL) {
		ask_id(ctl, "an advertiser", advertiser);
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
		ctl_misuse(ctl, "--source must say who reports the opposition");
	if (event != NULL)
		ask_instant(ctl, "--event", event, at);
	ask_number(ctl, argv[1], &phone);
	args_fcall(&a, "licet_oppose", key_of(ctl->conf.prefix, "list", name, key));
	const char *words[] = { phone.e164, source, reason, at, person };

	for (size_t i = 0; i < 5; i++)
		args_add(&a, words[i]);
	struct redis_reply *reply = ask_call(ctl, &a);

	if (reply_is_error(reply))
		ask_refused(reply, "the opposition was refused");
	int64_t added = reply_int(reply_at(reply, 0), 0), back = reply_int(reply_at(reply, 1), 0);
	int64_t out = reply_int(reply_at(reply, 2), 0);
	struct other_spaces others = { 0 };

	if (is_everybodys(name))
		others_open_permitted(ctl, &others);
	others_call(&others, "licet_oppose", "list:opposition", words, 5);
	others_must_answer(ctl, &others, "the objection is not recorded");

	bool placed = unplaced_end_everywhere(ctl, phone.e164, by,
	                                      *reason != '\0' ? reason : "placed by a person", false);

	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(with_spaces(json_outcome(mask, name, added == 1, back, out, placed), &others));
	else
		print("%s: %s %s; %" PRId64 " ready taken back; %" PRId64 " already out%s%s\n", mask,
		      added == 1 ? "added to" : "was already on", name, back, out,
		      placed ? "; an objection that had no place is settled" : "",
		      others.count > 0 ? "; recorded in all spaces that answered" : "");
	others_close(&others);
	reply_free(reply);
	args_done(&a);
	return ctl_end(ctl, 0);
}

const struct command ctl_oppose_commands[] = {
	{ .name = "oppose",
	  .usage = "NUMBER",
	  .summary = "somebody said no: final at once",
	  .needs_redis = true,
	  .run = run_oppose,
	  .has_page = true,
	  .example = "licetctl oppose '06 12 34 56 78' --advertiser acme --source web",
	  .details =
	      "What is ready is taken back; \"already out\" counts what a sender has in its hands.\n" },
	{ 0 },
};
