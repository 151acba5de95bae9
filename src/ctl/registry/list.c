/* list: load, show and check opposition lists. */
#include "core/campaign/situation.h"
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/input/number_lines.h"
#include "ctl/paper/words.h"
#include "ctl/query/company_ids.h"
#include "ctl/query/members.h"
#include "ctl/registry/list_everywhere.h"
#include "ctl/registry/list_load.h"
#include "ctl/registry/list_repair.h"
#include "ctl/registry/list_review.h"
#include "ctl/space/each.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names of lists are ids; behind "opposition:" stands an advertiser's. */
static void check_name(const struct ctl *ctl, const char *name)
{
	ask_id(ctl, error_pick("a list", "liste"), strncmp(name, "opposition:", 11) == 0 ? name + 11 : name);
}

static const struct law_list *law_of(struct ctl *ctl, const char *name, struct law *law)
{
	const struct conf *conf = ctl_conf(ctl);
	int32_t first, last;

	law_dates(ctl_rulebook(ctl), ctl_now_ms(ctl), &first, &last);
	law_read(ctl_rulebook(ctl), first, last, (const char *const *)conf->list_overrides.words,
	         conf->list_overrides.count, law);
	for (size_t i = 0; i < law->list_count; i++)
		if (strcmp(law->lists[i].name, name) == 0)
			return &law->lists[i];
	return NULL;
}

/* The list that was meant by a name that no rule asks; NULL: none is close. */
static const char *nearest_list(const struct law *law, const char *name)
{
	const char *names[LAW_LISTS_MAX + 1] = { "opposition" };
	size_t count = 1;

	for (size_t i = 0; i < law->list_count; i++)
		names[count++] = law->lists[i].name;
	return nearest_name(name, strlen(name), names, count);
}

/* That a number is not on a list that nobody knows says nothing. */
static void must_be_known(struct ctl *ctl, const char *name)
{
	const char *prefix = ctl_conf(ctl)->prefix, *near;
	char key[KEY_SIZE];
	struct law law;

	if (strncmp(name, "opposition:", 11) == 0)
		ask_advertiser(ctl, name + 11);
	if (list_is_live(name) || law_of(ctl, name, &law) != NULL ||
	    ask_count(ctl, "EXISTS", key_of(prefix, "list", name, key)) == 1 ||
	    ask_count(ctl, "EXISTS", key_of(prefix, "list-meta", name, key)) == 1)
		return;
	near = nearest_list(&law, name);
	if (near != NULL)
		ctl_fail(error_pick("list %s is unknown, did you mean %s?",
		                    "liste inconnue %s, vouliez-vous dire %s ?"),
		         name, near);
	ctl_fail(error_pick("list %s is unknown", "liste inconnue %s"), name);
}

/* Who loads a list believes that it protects those on it. */
static void must_protect(struct ctl *ctl, const char *name)
{
	struct law law;

	if (strncmp(name, "opposition:", 11) == 0)
		ask_advertiser(ctl, name + 11);
	if (list_is_live(name) || law_of(ctl, name, &law) != NULL)
		return;
	const char *near = nearest_list(&law, name);

	if (near != NULL)
		ctl_fail(
		    error_pick(
			"list %s: no rule asks this list today: it protects nobody, and nothing was loaded (did you mean %s? --force)",
			"liste %s : aucune règle ne l'exige à ce jour : elle ne protège personne, et rien n'a été chargé (vouliez-vous dire %s ? --force)"),
		    name, near);
	ctl_fail(
	    error_pick(
		"list %s: no rule asks this list today: it protects nobody, and nothing was loaded (--force)",
		"liste %s : aucune règle ne l'exige à ce jour : elle ne protège personne, et rien n'a été chargé (--force)"),
	    name);
}

/* --- show and check ------------------------------------------------------------------------------ */

static const char *standing(const struct law_list *list, const struct hash *meta, int64_t now_ms)
{
	struct law one = { .known = true, .list_count = 1 };
	const char *rule;
	int64_t stale_ms;

	if (list == NULL)
		return "not used today";
	one.lists[0] = *list;
	struct list_fact fact = list_fact_read(list->name, &meta->fields, meta->wrong_type);
	enum reason reason = lists_state(&one, &fact, now_ms, &rule, &stale_ms);

	return reason != REASON_ALLOWED ? reason_name(reason) : fact.has_meta ? "ok" : "not used";
}

/* What the rule of a list asks of it. */
static void add_rule(struct columns *table, const char *name, const struct law_list *list, bool fr)
{
	columns_addf(table, "  %s", lang_pick(fr, "rule", "règle"));
	if (list == NULL)
		columns_add(table, !list_is_live(name) ? lang_pick(fr, "none today", "aucune à ce jour")
		                                       : lang_pick(fr, "live: added to, never replaced",
		                                                   "vivante : complétée, jamais remplacée"));
	else if (list->max_age_days > 0)
		columns_addf(table, lang_pick(fr, "%s, %d days at most; %s", "%s, %d jours au plus ; %s"),
		             lang_say(fr, list->mode == LIST_REQUIRED ? "required" : "if-present"),
		             list->max_age_days, list->article);
	else
		columns_addf(table, lang_pick(fr, "%s; %s", "%s ; %s"),
		             lang_say(fr, list->mode == LIST_REQUIRED ? "required" : "if-present"),
		             list->article);
}

/* The state of a list, as a code or in French. */
static const char *standing_said(const char *state, bool fr)
{
	if (!fr)
		return state;
	if (strcmp(state, "ok") == 0)
		return "à jour";
	if (strncmp(state, "not used", 8) == 0)
		return "sans usage à ce jour";
	return words_of(true, state);
}

static void show_text(struct ctl *ctl, const char *name, const struct law_list *list, const struct hash *meta,
                      int64_t count, bool fr)
{
	const char *at = hash_get(meta, "refreshed_at");
	char age[LANG_AGE_SIZE], size[COUNT_SIZE];
	int64_t ms;
	struct columns table;

	ctl_title(ctl, "%s", name);
	columns_init(&table, "|");
	columns_addf(&table, "  %s", lang_pick(fr, "state", "état"));
	columns_add(&table, standing_said(standing(list, meta, ctl_now_ms(ctl)), fr));
	columns_addf(&table, "  %s", lang_pick(fr, "numbers", "numéros"));
	columns_add(&table, count_text(count, size));
	for (size_t i = 0; i < meta->fields.count; i++) {
		if (meta->fields.values[i][0] == '\0')
			continue;
		columns_addf(&table, "  %s",
		             fr ? words_of(true, meta->fields.names[i]) : meta->fields.names[i]);
		char *said =
		    core_text(fr && strcmp(meta->fields.names[i], "last_error") == 0, meta->fields.values[i]);

		columns_add(&table, said);
		free(said);
	}
	if (at != NULL && civil_parse_instant(at, strlen(at), &ms)) {
		columns_addf(&table, "  %s", lang_pick(fr, "age", "âge"));
		columns_add(&table, lang_age(fr, ctl_now_ms(ctl) - ms, age));
	}
	add_rule(&table, name, list, fr);
	columns_print(&table, false);
}

static json_t *list_json(struct ctl *ctl, const char *name, const struct law_list *list,
                         const struct hash *meta, int64_t count)
{
	static const char *const modes[] = {
		[LIST_UNUSED] = "unused", [LIST_REQUIRED] = "required", [LIST_IF_PRESENT] = "if-present"
	};
	const char *at = hash_get(meta, "refreshed_at");
	json_t *object = json_object(), *fields = json_object();
	int64_t ms;

	json_object_set_new(object, "name", print_json_text(name));
	json_object_set_new(object, "state", print_json_text(standing(list, meta, ctl_now_ms(ctl))));
	json_object_set_new(object, "count", count == COUNT_UNKNOWN ? json_null() : json_integer(count));
	json_object_set_new(object, "mode", print_json_text(list != NULL ? modes[list->mode] : "unused"));
	json_object_set_new(object, "max_age_days",
	                    list != NULL && list->max_age_days > 0 ? json_integer(list->max_age_days)
	                                                           : json_null());
	json_object_set_new(object, "article", print_json_text(list != NULL ? list->article : ""));
	for (size_t i = 0; i < meta->fields.count; i++)
		json_object_set_new(fields, meta->fields.names[i], print_json_text(meta->fields.values[i]));
	json_object_set_new(object, "age_s",
	                    at != NULL && civil_parse_instant(at, strlen(at), &ms)
	                        ? json_integer((ctl_now_ms(ctl) - ms) / 1000)
	                        : json_null());
	json_object_set_new(object, "meta", fields);
	return object;
}

/* Read it, and show it, or only return it. */
static json_t *list_look(struct ctl *ctl, const char *name, bool print_it, bool fr)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash meta;
	struct law law;
	const struct law_list *list = law_of(ctl, name, &law);

	hash_read(ctl, key_of(prefix, "list-meta", name, key), &meta);
	bool exists = ask_count(ctl, "EXISTS", key_of(prefix, "list", name, key)) == 1;

	if (!exists && meta.fields.count == 0 && list == NULL)
		ctl_fail(error_pick("list %s: no rule names it and nothing is there",
		                    "liste %s : aucune règle ne la nomme et rien ne s'y trouve"),
		         name);
	int64_t count = members_count(ctl, name, &meta);

	if (count == COUNT_UNKNOWN)
		ctl_will_fail(
		    ctl,
		    lang_pick(fr, "%s met a key of the wrong type: what is shown is not all",
		              "%s : une clé est d'un autre type : ce qui est montré n'est pas tout"),
		    name);
	json_t *all = list_json(ctl, name, list, &meta, count);

	if (print_it && !ctl->json)
		show_text(ctl, name, list, &meta, count, fr);
	hash_done(&meta);
	return all;
}

struct asked_list {
	const char *name, *number; /* number: as E.164 */
	bool fr;
};

static json_t *list_there(struct ctl *there, void *arg)
{
	const struct asked_list *a = arg;

	return list_look(there, a->name, false, a->fr);
}

/* A row for each space, and the sum. */
static void show_rows(const struct ctl *ctl, const char *name, const struct everywhere *e, bool fr)
{
	char age[LANG_AGE_SIZE];
	struct columns table;

	ctl_title(ctl, "%s", name);
	columns_init(&table,
	             lang_pick(fr, "  space|state|numbers|age|source|", "  espace|état|numéros|âge|source|"));
	for (size_t i = 0; i < e->count; i++) {
		const json_t *one = e->list[i].answer, *meta = json_object_get(one, "meta");
		const json_t *count = json_object_get(one, "count"), *age_s = json_object_get(one, "age_s");

		columns_addf(&table, "  %s", e->list[i].name);
		columns_add(&table, one != NULL
		                        ? standing_said(json_string_value(json_object_get(one, "state")), fr)
		                        : lang_pick(fr, "no answer", "pas de réponse"));
		columns_addf(&table, json_is_integer(count) ? "%" JSON_INTEGER_FORMAT : "?",
		             json_integer_value(count));
		columns_add(&table, json_is_integer(age_s)
		                        ? lang_age(fr, json_integer_value(age_s) * 1000, age)
		                        : "-");
		columns_add(&table, json_string_value(json_object_get(meta, "source")));
		const char *error = json_string_value(json_object_get(meta, "last_error"));
		char *said = core_text(fr, one == NULL ? e->list[i].why : error != NULL ? error : "");

		columns_add(&table, said);
		free(said);
	}
	columns_print(&table, ctl->colour);
}

/* Each space's, with its name. */
static json_t *rows_json(const struct everywhere *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->count; i++) {
		json_t *one = print_pack("{s:s}", "space", e->list[i].name);

		if (e->list[i].answer != NULL)
			json_object_update(one, e->list[i].answer);
		else
			json_object_set_new(one, "why", print_json_text(e->list[i].why));
		json_array_append_new(list, one);
	}
	return list;
}

/* The list of an advertiser is where that is; any other one is in every space. */
static void spaces_of(struct ctl *ctl, const char *name, struct everywhere *ret)
{
	*ret = (struct everywhere){ 0 };
	if (strncmp(name, "opposition:", 11) == 0)
		(void)find_advertiser(ctl, name + 11);
	else
		everywhere_open(ctl, true, ret);
}

static int list_show(struct ctl *ctl, const char *name, bool fr)
{
	struct asked_list a = { .name = name, .fr = fr };
	struct everywhere e;

	spaces_of(ctl, name, &e);
	everywhere_say(ctl, &e, fr);
	if (e.count == 0) {
		json_t *all = list_look(ctl, name, true, fr);

		if (ctl->json)
			ctl_print_json(json_incref(all));
		json_decref(all);
		return 0;
	}
	everywhere_ask(ctl, &e, list_there, &a);
	everywhere_must_answer(ctl, &e,
	                       lang_pick(fr, "how the list stands is not known",
	                                 "on ignore l'état de la liste"));
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:o}", "name", name, "spaces", rows_json(&e)));
	else
		show_rows(ctl, name, &e, fr);
	everywhere_close(&e);
	return 0;
}

static json_t *member_there(struct ctl *there, void *arg)
{
	const struct asked_list *a = arg;

	must_be_known(there, a->name);
	int found = members_has(there, a->name, a->number, NULL);

	if (found < 0)
		ctl_fail(lang_pick(a->fr, "list %s: its key is no list",
		                   "liste %s : sa clé n'est pas une liste"),
		         a->name);
	return print_pack("{s:b}", "on", found);
}

/* On the list of each; where they disagree, that is told, and counts as not on it. */
static int check_everywhere(struct ctl *ctl, struct everywhere *e, const char *number, struct asked_list *a)
{
	size_t on = 0;

	everywhere_ask(ctl, e, member_there, a);
	everywhere_must_answer(ctl, e,
	                       lang_pick(a->fr, "whether the number is on the list is not known",
	                                 "on ignore si le numéro est sur la liste"));
	for (size_t i = 0; i < e->count; i++) {
		bool here = json_is_true(json_object_get(e->list[i].answer, "on"));

		on += here;
		if (ctl->json)
			continue;
		if (e->list[i].answer == NULL)
			print(lang_pick(a->fr, "space %s: no answer\n", "espace %s : pas de réponse\n"),
			      e->list[i].name);
		else
			print(lang_pick(a->fr, "space %s: %s is %s %s\n",
			                "espace %s : %s %s sur la liste %s\n"),
			      e->list[i].name, number,
			      here ? lang_pick(a->fr, "on", "est inscrit")
			           : lang_pick(a->fr, "not on", "n'est pas inscrit"),
			      a->name);
	}
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:b,s:o}", "list", a->name, "to", number, "on",
		                          (int)(on == e->count), "spaces", rows_json(e)));
	if (on > 0 && on < e->count)
		ctl_will_fail(
		    ctl,
		    lang_pick(a->fr, "the spaces disagree: the number is on the list of %zu of %zu",
		              "les espaces ne concordent pas : le numéro est sur la liste de %zu sur %zu"),
		    on, e->count);
	return on == e->count ? 0 : 1;
}

/* Is it on that list? To an advertiser somebody may have objected on the list of any id of its company. Below 0: its key
 * is no list. */
static int is_member(struct ctl *ctl, const char *name, const char *number)
{
	struct company company;
	char list[ID_MAX + 16];
	int found = members_has(ctl, name, number, NULL);

	if (strncmp(name, "opposition:", 11) != 0 || found != 0)
		return found;
	ask_company(ctl, name + 11, &company);
	for (size_t i = 1; i < company.count && found == 0; i++) {
		snprintf(list, sizeof(list), "opposition:%s", company.ids[i]);
		found = members_has(ctl, list, number, NULL);
	}
	return found;
}

static int list_check(struct ctl *ctl, const char *name, const char *number, bool fr)
{
	char mask[PHONE_MASK_SIZE];
	struct phone phone;

	struct everywhere e;

	ask_number(ctl, number, &phone);
	spaces_of(ctl, name, &e);
	everywhere_say(ctl, &e, fr);
	if (e.count > 0) {
		struct asked_list a = { .name = name, .number = phone.e164, .fr = fr };
		int code = check_everywhere(ctl, &e, phone_mask(phone.e164, mask), &a);

		everywhere_close(&e);
		return code;
	}
	must_be_known(ctl, name);
	int found = is_member(ctl, name, phone.e164);
	bool on = found == 1;

	if (found < 0)
		ctl_fail(lang_pick(fr, "list %s: its key is no list",
		                   "liste %s : sa clé n'est pas une liste"),
		         name);
	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:b}", "list", name, "to", mask, "on", (int)on));
	else
		print(lang_pick(fr, "%s is %s %s\n", "%s %s sur la liste %s\n"), mask,
		      on ? lang_pick(fr, "on", "est inscrit") : lang_pick(fr, "not on", "n'est pas inscrit"),
		      name);
	return on ? 0 : 1;
}

/* --- review and mend ------------------------------------------------------------------------------ */

static int review_there(struct ctl *there, void *arg)
{
	const struct asked_list *a = arg;

	return list_review(there, a->name, a->fr);
}

static int review(struct ctl *ctl, const char *name, bool fr)
{
	struct asked_list a = { .name = name, .fr = fr };
	struct everywhere e;

	spaces_of(ctl, name, &e);
	everywhere_say(ctl, &e, fr);
	if (e.count == 0)
		return list_review(ctl, name, fr);
	int code =
	    each_do(ctl, &e, review_there, &a,
	            lang_pick(fr, "what is due for review is not known", "on ignore ce qui est à revoir"),
	            fr);

	everywhere_close(&e);
	return code;
}

/* To the space of a list or a key that is mended or accepted there by somebody who answers for it: that of its
 * advertiser or its campaign. What every space has is named. */
static void go_to_one(struct ctl *ctl, const char *name)
{
	static const char *const of_advertisers[] = { "opposition:", "attempts:", "consent:",
		                                      "oppositions:dated:" };
	char campaign[ID_MAX + 1];

	for (size_t i = 0; i < sizeof(of_advertisers) / sizeof(of_advertisers[0]); i++)
		if (strncmp(name, of_advertisers[i], strlen(of_advertisers[i])) == 0 &&
		    find_advertiser(ctl, name + strlen(of_advertisers[i])))
			return;
	if (sscanf(name, "campaign:%64[^:]", campaign) == 1 && find_campaign(ctl, campaign))
		return;
	each_must_be_named(ctl);
}

/* The list that objections to an advertiser go to: that of its company. */
static const char *own_list(struct ctl *ctl, const char *name, char ret[ID_MAX + 16])
{
	char first[ID_MAX + 1];

	if (strncmp(name, "opposition:", 11) != 0)
		return name;
	snprintf(ret, ID_MAX + 16, "opposition:%s", ask_kept_under(ctl, name + 11, first));
	return ret;
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	struct list_load load = { 0 };
	const char *every = NULL, *reason = NULL;
	bool drop = false;
	const struct ctl_option options[] = { { "--source", &load.source, NULL },
		                              { "--every", &every, NULL },
		                              { "--force", NULL, &load.force },
		                              { "--skip-bad", NULL, &load.skip_bad },
		                              { "--reason", &reason, NULL },
		                              { "--drop", NULL, &drop },
		                              { NULL, NULL, NULL } };
	ctl_words(ctl, argc, argv, options);
	const char *verb = argv[1], *name = argv[2];
	bool mend = strcmp(verb, "mend") == 0, accept = strcmp(verb, "accept") == 0;

	if (!accept || !list_is_kept_key(name))
		check_name(ctl, name);
	if (every != NULL)
		load.every_h = ctl_read_int(ctl, "--every", every, 1, 24 * 366);
	if (accept && (reason == NULL || *reason == '\0'))
		ctl_misuse(
		    ctl,
		    error_pick(
			"accept needs --reason: why may the members that are missing be missing?",
			"accept exige --reason : pourquoi les membres qui manquent peuvent-ils manquer ?"));
	if (mend && !list_is_live(name))
		ctl_misuse(ctl,
		           error_pick("%s is loaded whole: mend its file, and load it",
		                      "%s est chargée en entier : corriger son fichier, et le charger"),
		           name);
	bool french = ctl->french;

	if (mend || accept)
		go_to_one(ctl, name);
	else if (strncmp(name, "opposition:", 11) == 0)
		(void)find_advertiser(ctl, name + 11);
	else if (strcmp(verb, "load") == 0)
		find_first(ctl);
	if (mend || accept)
		return mend ? list_mend(ctl, name, drop, french) : list_accept(ctl, name, reason, french);
	char kept_under[ID_MAX + 16];

	name = own_list(ctl, name, kept_under);
	if (strcmp(verb, "review") == 0)
		return review(ctl, name, french);
	if (strcmp(verb, "load") == 0) {
		if (!load.force)
			must_protect(ctl, name);
		load.french = french;
		return list_load_everywhere(ctl, name, argv[3], &load);
	}
	if (strcmp(verb, "check") == 0)
		return list_check(ctl, name, argv[3], french);
	return list_show(ctl, name, french);
}

const struct command ctl_list_commands[] = {
	{ .name = "list",
	  .usage = "load NAME FILE|- | show NAME | check NAME NUMBER | mend NAME | accept NAME | review NAME",
	  .summary = "load an opposition list, look at it, mend it",
	  .needs_redis = true,
	  .run = run_list,
	  .has_page = true,
	  .example = "licetctl list load anti-prospection scrub.csv --every 720",
	  .details =
	      "FILE has numbers as people write them, in any columns. load takes the numbers of all "
	      "columns, and says so if there are several. It skips a header, and uses or reports each line. "
	      "It refuses a file without a number, a list that no rule needs today, and a list of an "
	      "advertiser that nobody declared.\n"
	      "load replaces a scrub list as a whole, or not at all. To opposition and "
	      "opposition:ADVERTISER it only adds. check exits 0 if the number is on the list, 1 if not.\n"
	      "mend rewrites members of opposition or opposition:ADVERTISER that are not E.164 "
	      "(list-malformed) as the numbers that they stand for.\n"
	      "accept takes a list as it is, though it lacks members (list-missing), or accepts that a key "
	      "is lost, such as attempts:acme; licet:errors names the key, and records you and the reason. "
	      "review counts oppositions that the rulebook wants looked at again; it removes none.\n"
	      "If there are several spaces, load, show, check and review work in all of them, and check "
	      "exits 0 only if the number is on the list of each. mend and accept need --space, unless the "
	      "name is that of one advertiser or campaign.\n" },
	{ 0 },
};
