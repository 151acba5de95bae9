/* settle: what became of jobs whose leases were over, as a person knows it. */
#include "core/text/shown.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/input/id_lines.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/sender/outcome.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which unknown jobs, and as what. */
struct settling {
	struct ctl *ctl;
	const char *campaign, *id, *outcome, *sender, *route, *reason; /* NULL: any; each its own */
	struct id_lines ids;                                           /* count 0: any */
	bool listed;                                                   /* ids were given */
	int64_t settled, opposed;
	struct ready_entry last;
};

static bool settle_on(struct settling *s, const char *route, const char *token, const char *outcome)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_resolve", key_ready(ctl_conf(s->ctl)->prefix, route, "", key));
	args_add(&a, token);
	args_add(&a, outcome);
	args_addf(&a, "settled by hand: %s", s->reason);
	struct redis_reply *reply = ask_call(s->ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, error_pick("it was not settled", "l'issue n'a pas été enregistrée"));
	bool settled = !reply_is_nil(reply);

	s->opposed += reply_int(reply_at(reply, 2), 0) == 1;
	reply_free(reply);
	return settled;
}

/* The outcome of an unknown job; NULL: it is not meant. */
static const char *outcome_of(struct settling *s, const struct ready_entry *e)
{
	struct id_line *line = s->listed ? id_lines_find(&s->ids, e->id) : NULL;

	if ((s->campaign != NULL && strcmp(e->campaign, s->campaign) != 0) ||
	    (s->id != NULL && strcmp(e->id, s->id) != 0) ||
	    (s->sender != NULL && strcmp(e->sender, s->sender) != 0) || (s->listed && line == NULL))
		return NULL;
	if (line != NULL)
		line->met = true;
	return line != NULL && line->value != NULL ? line->value : s->outcome;
}

static void settle_entry(struct settling *s, const char *route, const char *text, size_t len)
{
	struct ready_entry e;
	const char *outcome = lease_read(text, len, &e) ? outcome_of(s, &e) : NULL;

	if (outcome == NULL || !settle_on(s, route, e.token, outcome))
		return;
	s->settled++;
	s->last = e;
}

static void settle_route(struct settling *s, const char *route)
{
	char key[KEY_SIZE], cursor[32] = "0";

	key_ready(ctl_conf(s->ctl)->prefix, route, ":unknown", key);
	do {
		struct redis_reply *reply = ask_words(s->ctl, "HSCAN", key, cursor, "COUNT", "500");
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		snprintf(cursor, sizeof(cursor), "%s", reply_text(reply_at(reply, 0), NULL));
		for (size_t i = 1; i < reply_count(pairs); i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);

			settle_entry(s, route, text, len);
		}
		reply_free(reply);
		ctl_progress(route, s->settled);
	} while ((s->id == NULL || s->settled == 0) && strcmp(cursor, "0") != 0);
}

static void settle_each(struct settling *s)
{
	char key[KEY_SIZE];
	struct names routes;

	if (s->route != NULL) {
		settle_route(s, s->route);
		return;
	}
	names_read(s->ctl, key_global(ctl_conf(s->ctl)->prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && (s->id == NULL || s->settled == 0); i++)
		settle_route(s, routes.list[i]);
	names_done(&routes);
}

static void settle_all(struct settling *s)
{
	settle_each(s);
	ctl_progress("", -1);
}

static json_t *settle_there(struct ctl *there, void *arg)
{
	struct settling s = *(const struct settling *)arg;

	s.ctl = there;
	settle_all(&s);
	return print_pack("{s:I,s:I}", "settled", (json_int_t)s.settled, "opposed", (json_int_t)s.opposed);
}

/* Of a campaign in its space; of a sender or a route in every one. */
static void settle_wanted(struct settling *s)
{
	struct everywhere e = { 0 };

	if (s->campaign != NULL) {
		settle_all(s);
		return;
	}
	everywhere_open_all(s->ctl, &e);
	if (s->route != NULL)
		find_route(s->ctl, &e, s->route);
	everywhere_say(s->ctl, &e, s->ctl->french);
	everywhere_do(s->ctl, &e, settle_there, s);
	everywhere_must_answer(s->ctl, &e, error_pick("nothing was settled", "rien n'a été enregistré"));
	s->settled = everywhere_sum(&e, "settled");
	s->opposed = everywhere_sum(&e, "opposed");
	everywhere_close(&e);
}

/* --- what is said --------------------------------------------------------------------------- */

static int say_one(const struct settling *s)
{
	char mask[PHONE_MASK_SIZE];

	if (s->settled == 0)
		ctl_fail(error_pick("campaign %s has no unknown job %s",
		                    "la campagne %s n'a pas de tâche %s à l'issue inconnue"),
		         s->campaign, s->id);
	phone_mask(s->last.to, mask);
	if (s->ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:s,s:s,s:b}", "campaign", s->campaign, "id", s->id, "to",
		                          mask, "outcome", s->outcome, "opposed", (int)(s->opposed > 0)));
	else
		print(lang_pick(s->ctl->french, "%s %s, %s: settled as %s%s\n",
		                "%s %s, %s : enregistrée comme %s%s\n"),
		      s->campaign, s->id, mask, s->outcome,
		      s->opposed == 0 ? ""
		                      : lang_pick(s->ctl->french, "; opposed", " ; opposition enregistrée"));
	return 0;
}

static int say_many(const struct settling *s)
{
	json_t *missing = json_array();
	char shown[SHOWN_TEXT];

	for (size_t i = 0; i < s->ids.count; i++)
		if (!s->ids.list[i].met)
			json_array_append_new(missing, print_json_text(s->ids.list[i].id));
	bool all = json_array_size(missing) == 0;

	if (s->ctl->json) {
		ctl_print_json(print_pack("{s:I,s:I,s:o}", "settled", (json_int_t)s->settled, "opposed",
		                          (json_int_t)s->opposed, "not_unknown", missing));
	} else {
		print(lang_pick(s->ctl->french, "%" PRId64 " settled, %" PRId64 " opposed\n",
		                "%" PRId64 " enregistrées, %" PRId64 " oppositions\n"),
		      s->settled, s->opposed);
		for (size_t i = 0; i < json_array_size(missing) && i < 10; i++)
			print(lang_pick(s->ctl->french, "  %s is not unknown\n",
			                "  %s : son issue n'est pas inconnue\n"),
			      shown_id(json_string_value(json_array_get(missing, i)), shown, sizeof(shown)));
		if (json_array_size(missing) > 10)
			print(lang_pick(s->ctl->french, "  ... and %zu more\n", "  ... et %zu autres\n"),
			      json_array_size(missing) - 10);
		json_decref(missing);
	}
	return s->settled > 0 && all ? 0 : 1;
}

/* --- the command ------------------------------------------------------------------------------ */

/* Each outcome of the file is one. */
static void check_outcomes(const struct settling *s)
{
	for (size_t i = 0; i < s->ids.count; i++) {
		const char *value = s->ids.list[i].value;

		if (value != NULL && outcome_find(value, strlen(value)) == NULL)
			ctl_fail(
			    error_pick(
				"line %zu: %.40s is not an outcome (licetctl vocabulary has them)",
				"ligne %zu : %.40s n'est pas une issue (licetctl vocabulary les énumère)"),
			    s->ids.list[i].line, value);
	}
}

/* CAMPAIGN ID OUTCOME; with options that choose, [CAMPAIGN] OUTCOME; with outcomes in a file, [CAMPAIGN]. */
static void take_words(struct settling *s, int count, char **argv, bool many, bool outcomes)
{
	int want = many ? 2 - outcomes : 3;

	if (count > want || count < (many ? want - 1 : want))
		ctl_misuse(s->ctl, "%s",
		           count > want ? error_pick("too many arguments", "trop d'arguments")
		                        : error_pick("arguments are missing", "il manque des arguments"));
	if (count == want)
		s->campaign = argv[1];
	if (!outcomes)
		s->outcome = argv[count];
	if (!many)
		s->id = argv[2];
	if (s->outcome != NULL)
		outcome_check(s->ctl, s->outcome);
}

static int run_settle(struct ctl *ctl, int argc, char **argv)
{
	const char *ids = NULL, *file = NULL;
	struct settling s = { .ctl = ctl };
	const struct ctl_option options[] = {
		{ "--reason", &s.reason, NULL }, { "--sender", &s.sender, NULL },
		{ "--route", &s.route, NULL },   { "--ids", &ids, NULL },
		{ "--file", &file, NULL },       { NULL, NULL, NULL }
	};
	int count = ctl_words(ctl, argc, argv, options);
	bool many = ids != NULL || file != NULL || s.sender != NULL || s.route != NULL;

	if (ids != NULL && file != NULL)
		ctl_misuse(ctl, error_pick("either --ids or --file", "soit --ids, soit --file"));
	take_words(&s, count, argv, many, file != NULL);
	if (s.campaign == NULL && (ids != NULL || file != NULL))
		ctl_misuse(ctl,
		           error_pick("%s needs a campaign: ids are those of one",
		                      "%s exige une campagne : les identifiants sont ceux d'une seule"),
		           ids != NULL ? "--ids" : "--file");
	if (s.reason == NULL || *s.reason == '\0' || strlen(s.reason) > 400)
		ctl_misuse(ctl, error_pick("--reason must say how you know, in 1 to 400 bytes",
		                           "--reason doit dire d'où vous le tenez, en 1 à 400 octets"));
	if (s.campaign != NULL) {
		find_campaign(ctl, s.campaign);
		ask_campaign(ctl, s.campaign);
		if (s.route != NULL)
			ask_route(ctl, s.route);
	}
	s.listed = ids != NULL || file != NULL;
	if (s.listed)
		id_lines_read(ids != NULL ? ids : file, file != NULL ? "outcome" : NULL, &s.ids);
	check_outcomes(&s);
	settle_wanted(&s);
	int code = many ? say_many(&s) : say_one(&s);

	id_lines_done(&s.ids);
	return code;
}

const struct command ctl_settle_commands[] = {
	{ .name = "settle",
	  .usage = "[CAMPAIGN [ID]] [OUTCOME]",
	  .summary = "record outcomes of jobs that were not reported in time",
	  .needs_redis = true,
	  .run = run_settle,
	  .example = "licetctl settle acme.noel crm-1 not-placed --reason 'never dialled'",
	  .has_page = true,
	  .details =
	      "Only unknown jobs can be settled: a sender took them, and did not report them before the "
	      "lease ended. Name one by campaign and id. Or choose several by sender, route or a file of "
	      "ids, all with one OUTCOME; or give a CSV file with an outcome for each. Exit 1 if none was "
	      "settled, or if an id of the file is not unknown.\n" },
	{ 0 },
};
