/* advertiser: who calls: put, show, and whose id a SIREN is. */
#include "core/campaign/company.h"
#include "core/text/nearest.h"
#include "ctl/base/french.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/typed_fields.h"
#include "ctl/registry/advertiser_alias.h"
#include "ctl/registry/advertiser_faults.h"
#include "ctl/registry/advertiser_show.h"
#include "ctl/space/directory.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

/* --- put ----------------------------------------------------------------------------------------- */

static const char *const fields[] = { "name",     "siren",           "caller_ids",      "country",
	                              "gap_days", "attempts_before", "service_approved" };
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* What it would be: of what is stored, and what is typed over it. Borrowed. */
struct declared {
	const char *names[FIELDS], *values[FIELDS];
	struct fields all;
};

static size_t field_at(const struct ctl *ctl, const char *name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(fields[i], name) == 0)
			return i;
	const char *near = nearest_name(name, strlen(name), fields, FIELDS);

	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("an advertiser has no %s, did you mean %s?",
		                      "un annonceur n'a pas de %s, vouliez-vous dire %s ?"),
		           name, near);
	ctl_misuse(ctl, error_pick("an advertiser has no %s", "un annonceur n'a pas de %s"), name);
}

static void declare(const struct ctl *ctl, const struct hash *stored, int count, char **words,
                    struct declared *ret)
{
	const char *values[FIELDS];

	for (size_t i = 0; i < FIELDS; i++)
		values[i] = hash_get(stored, fields[i]);
	for (int w = 0; w + 1 < count; w += 2)
		values[field_at(ctl, words[w])] = words[w + 1];
	ret->all = (struct fields){ .names = ret->names, .values = ret->values };
	for (size_t i = 0; i < FIELDS; i++) {
		if (values[i] == NULL || *values[i] == '\0')
			continue;
		fields_check(&ret->all, fields[i], strlen(fields[i]), values[i], strlen(values[i]));
		ret->names[ret->all.count] = fields[i];
		ret->values[ret->all.count++] = values[i];
	}
}

static void store(struct ctl *ctl, const char *key, int count, char **words)
{
	struct redis_args set, drop;

	typed_fields(key, count, words, &set, &drop);
	if (set.count > 2)
		reply_free(ask(ctl, &set));
	if (drop.count > 2)
		reply_free(ask(ctl, &drop));
	args_done(&set);
	args_done(&drop);
}

static bool is_alias(const char *id, const struct hash *stored)
{
	struct company company;

	return company_read(&stored->fields, id, &company) && strcmp(company.ids[0], id) != 0;
}

static int put(struct ctl *ctl, const char *id, int count, char **words)
{
	char key[KEY_SIZE], space[SPACE_NAME_MAX + 1] = "";
	struct declared d;
	struct hash stored;

	ask_id(ctl, error_pick("an advertiser", "annonceur"), id);
	if (count == 0 || count % 2 != 0)
		ctl_misuse(ctl, error_pick("fields and values come in pairs",
		                           "champs et valeurs vont par paires"));
	for (int w = 0; w < count; w += 2)
		(void)field_at(ctl, words[w]);
	if (!find_advertiser(ctl, id))
		directory_go_for(ctl, id);
	hash_read(ctl, key_of(ctl_conf(ctl)->prefix, "advertiser", id, key), &stored);
	if (stored.wrong_type)
		ctl_fail(error_pick("advertiser %s: it is not a hash", "annonceur %s : ce n'est pas un hash"),
		         id);
	declare(ctl, &stored, count, words, &d);
	json_t *faults = advertiser_faults(ctl, id, &d.all), *fault;
	const char *siren = fields_get(&d.all, "siren");
	bool sound = json_array_size(faults) == 0;
	size_t i;

	if (sound) {
		/* Another name of an advertiser has that one's SIREN, which claimed it. */
		directory_claim(ctl, id, siren != NULL && !is_alias(id, &stored) ? siren : "", space);
		store(ctl, key, count, words);
	}
	if (ctl->json) {
		json_t *said = print_pack("{s:s,s:b,s:O}", "id", id, "stored", (int)sound, "faults", faults);

		if (*space != '\0')
			json_object_set_new(said, "space", print_json_text(space));
		ctl_print_json(said);
	} else {
		print(lang_pick(ctl->french, "%s: %s%s%s\n", "%s : %s%s%s\n"), id,
		      sound ? lang_pick(ctl->french, "stored, sound", "enregistré, conforme")
		            : lang_pick(ctl->french, "not stored", "non enregistré"),
		      *space == '\0' ? "" : lang_pick(ctl->french, ", in space ", ", dans l'espace "), space);
		json_array_foreach(faults, i, fault)
		{
			print("  %s: %s\n", json_string_value(json_object_get(fault, "fault")),
			      json_string_value(json_object_get(fault, "text")));
		}
	}
	json_decref(faults);
	hash_done(&stored);
	return sound ? 0 : 1;
}

/* --- release ------------------------------------------------------------------------------------- */

static int release(struct ctl *ctl, const char *siren, const char *by, const char *reason)
{
	char key[KEY_SIZE];
	struct redis_args a;

	if (strlen(siren) != 9 || strspn(siren, "0123456789") != 9)
		ctl_misuse(ctl, error_pick("a SIREN has nine digits", "un SIREN a neuf chiffres"));
	directory_go_to_siren(ctl, siren);
	args_fcall(&a, "licet_release_siren", key_global(ctl_conf(ctl)->prefix, "sirens", key));
	args_add(&a, siren);
	args_add(&a, by);
	args_add(&a, reason);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, error_pick("SIREN %s was not released", "le SIREN %s n'a pas été libéré"),
		            siren);
	const char *id = reply_text(reply, NULL);
	bool had = id != NULL && *id != '\0';
	bool claimed = directory_release(ctl, siren, by, reason);

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:s,s:s}", "siren", siren, "released",
		                          (int)(had || claimed), "was", had ? id : "", "by", by, "reason",
		                          reason));
	else if (had)
		print(lang_pick(
			  ctl->french, "%s: was advertiser %s's, and is free; recorded in licet:errors\n",
			  "%s : était celui de l'annonceur %s, et est libre ; consigné dans licet:errors\n"),
		      siren, id);
	else if (claimed)
		print(lang_pick(ctl->french, "%s: no advertiser has used it; it was claimed, and is free\n",
		                "%s : aucun annonceur ne l'a utilisé ; il était inscrit, et est libre\n"),
		      siren);
	else
		print(lang_pick(ctl->french, "%s: no advertiser has used it\n",
		                "%s : aucun annonceur ne l'a utilisé\n"),
		      siren);
	reply_free(reply);
	return had || claimed ? 0 : 1;
}

static int run_advertiser(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL, *by = who_types();
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options);

	if (strcmp(argv[1], "put") == 0)
		return put(ctl, argv[2], count - 2, argv + 3);
	if (strcmp(argv[1], "show") == 0)
		return advertiser_show(ctl, argv[2]);
	if (strcmp(argv[1], "alias") == 0) {
		if (reason == NULL || *reason == '\0')
			ctl_misuse(
			    ctl,
			    error_pick(
				"alias needs --reason: how is it known that both are one company?",
				"alias exige --reason : d'où sait-on que les deux sont une même société ?"));
		return advertiser_alias(ctl, argv[2], argv[3], by, reason);
	}
	if (reason == NULL || *reason == '\0')
		ctl_misuse(
		    ctl,
		    error_pick(
			"release needs --reason: why may another id use that SIREN?",
			"release exige --reason : pourquoi un autre identifiant peut-il utiliser ce SIREN ?"));
	return release(ctl, argv[2], by, reason);
}

const struct command ctl_advertiser_commands[] = {
	{ .name = "advertiser",
	  .usage = "show A | put A FIELD VALUE... | alias NEW OLD | release SIREN",
	  .summary = "declare who calls, and show it; unite two ids",
	  .needs_redis = true,
	  .run = run_advertiser,
	  .has_page = true,
	  .example = "licetctl advertiser put acme gap_days 3",
	  .details =
	      "show prints what is declared, the default of what is not, and what is wrong; who first used "
	      "its SIREN and each of its caller ids; how many numbers objected to it only; and its "
	      "campaigns, as far as this user of Redis may read them. Exit 1 if nobody declared it.\n"
	      "put changes only the named fields; an empty value removes a field. A declaration with faults "
	      "is not stored (exit 1). If there are several spaces, an advertiser is in one of them for "
	      "good: the space of --space, else the one that has the fewest. Its SIREN is in no other.\n"
	      "alias makes NEW another name of OLD, for good. Both are one company, with one SIREN. From then on both have "
	      "the same consents, attempts, lists and halts. Each keeps its own name and caller ids. No job of either "
	      "moves until all records of NEW are moved to OLD. If the command is broken off, type it again.\n"
	      "The first advertiser that used a SIREN keeps it: people who objected to it, or whom it "
	      "called four times, must not be called by a second id of the same company. release frees the "
	      "SIREN while no call was made; licet:errors records you and the reason.\n" },
	{ 0 },
};
