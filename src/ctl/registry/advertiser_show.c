/* advertiser_show.c - see advertiser_show.h. It is gathered as JSON first, and told from that. */
#include "ctl/registry/advertiser_show.h"

#include "core/campaign/company.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/query/campaigns_seen.h"
#include "ctl/query/query.h"
#include "ctl/registry/advertiser_faults.h"
#include "ctl/space/find.h"
#include "ctl/space/others.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* --- gathered ------------------------------------------------------------------------------------ */

/* The field of one of our hashes; null where there is none. */
static json_t *field_of(struct ctl *ctl, const char *hash, const char *field)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_value_words(ctl, "HGET", key_global(ctl_conf(ctl)->prefix, hash, key), field);
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	json_t *value = text != NULL ? print_json_text(text) : json_null();

	reply_free(reply);
	return value;
}

/* Each of its caller ids, and the SIREN that used it first. */
static json_t *numbers_of(struct ctl *ctl, const struct hash *declared)
{
	const char *numbers = hash_get(declared, "caller_ids");
	char *copy = mem_copy(numbers != NULL ? numbers : ""), *rest = copy, *number;
	json_t *list = json_array();

	while ((number = strsep(&rest, " ,")) != NULL)
		if (*number != '\0')
			json_array_append_new(list, print_pack("{s:s,s:o}", "number", number, "siren",
			                                       field_of(ctl, "caller-ids", number)));
	free(copy);
	return list;
}

/* The campaigns that name it, of those that may be read: {"list", "others"}, how many may not. */
static json_t *campaigns_of(struct ctl *ctl, const char *id)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	json_t *list = json_array();
	struct names seen;
	size_t others = campaigns_seen(ctl, &seen);

	for (size_t i = 0; i < seen.count; i++)
		ask_send_words(ctl, "HMGET", key_campaign(prefix, seen.list[i], "def", key), "advertiser",
		               "status");
	for (size_t i = 0; i < seen.count; i++) {
		struct redis_reply *reply = ask_next(ctl);
		const char *of = reply_text(reply_at(reply, 0), NULL),
			   *status = reply_text(reply_at(reply, 1), NULL);

		if (of != NULL && strcmp(of, id) == 0)
			json_array_append_new(list, print_pack("{s:s,s:s}", "id", seen.list[i], "status",
			                                       status != NULL ? status : ""));
		reply_free(reply);
	}
	names_done(&seen);
	return print_pack("{s:o,s:I}", "list", list, "others", (json_int_t)others);
}

static json_t *fields_of(const struct hash *declared)
{
	json_t *object = json_object();

	for (size_t i = 0; i < declared->fields.count; i++)
		json_object_set_new(object, declared->fields.names[i],
		                    print_json_text(declared->fields.values[i]));
	return object;
}

/* The ids of its company, the first of which has what is known of all; empty where it has no other. */
static json_t *company_of(const char *id, const struct hash *declared)
{
	struct company company;
	json_t *ids = json_array();

	if (company_read(&declared->fields, id, &company) && company.count > 1)
		for (size_t i = 0; i < company.count; i++)
			json_array_append_new(ids, print_json_text(company.ids[i]));
	return ids;
}

/* How many objected to it, on the list of each id of its company; null where one cannot be read. */
static json_t *objected(struct ctl *ctl, const char *id, const json_t *company)
{
	char key[KEY_SIZE], list[ID_MAX + 16];
	size_t ids = json_array_size(company);
	int64_t all = 0;

	for (size_t i = 0; i < (ids > 0 ? ids : 1); i++) {
		snprintf(list, sizeof(list), "opposition:%s",
		         ids > 0 ? json_string_value(json_array_get(company, i)) : id);
		int64_t n = ask_count(ctl, "SCARD", key_of(ctl_conf(ctl)->prefix, "list", list, key));

		if (n == COUNT_UNKNOWN)
			return json_null();
		all += n;
	}
	return json_integer(all);
}

static json_t *gather(struct ctl *ctl, const char *id, const struct hash *declared)
{
	const char *siren = hash_get(declared, "siren");
	char space[SPACE_NAME_MAX + 1];
	json_t *all = print_pack("{s:s,s:o,s:i}", "id", id, "declared", fields_of(declared), "care_gap_days",
	                         ctl_conf(ctl)->care_gap_days);

	json_object_set_new(all, "faults", advertiser_faults(ctl, id, &declared->fields));
	json_object_set_new(all, "company", company_of(id, declared));
	json_object_set_new(all, "siren_of", siren != NULL ? field_of(ctl, "sirens", siren) : json_null());
	json_object_set_new(all, "caller_ids", numbers_of(ctl, declared));
	json_object_set_new(all, "objected", objected(ctl, id, json_object_get(all, "company")));
	json_t *campaigns = campaigns_of(ctl, id);

	json_object_set(all, "campaigns", json_object_get(campaigns, "list"));
	json_object_set(all, "campaigns_unread", json_object_get(campaigns, "others"));
	json_decref(campaigns);
	if (space_own(ctl, space))
		json_object_set_new(all, "space", print_json_text(space));
	return all;
}

/* --- told ---------------------------------------------------------------------------------------- */

/* What holds where a field is absent; NULL: nothing is to be said of that field. */
static char *what_holds(const json_t *all, const char *field, bool fr)
{
	if (strcmp(field, "gap_days") == 0)
		return mem_format(lang_pick(fr, "%d: not declared, care_gap_days of licet.conf holds",
		                            "%d : non déclaré, care_gap_days de licet.conf vaut"),
		                  (int)json_integer_value(json_object_get(all, "care_gap_days")));
	if (strcmp(field, "attempts_before") == 0)
		return mem_copy(lang_pick(fr, "not declared: its jobs are held, history-unknown",
		                          "non déclaré : ses appels sont retenus, history-unknown"));
	if (strcmp(field, "service_approved") == 0)
		return NULL;
	return mem_copy(lang_pick(fr, "not declared", "non déclaré"));
}

static void tell_fields(const json_t *all, bool fr)
{
	static const char *const known[] = { "name",     "siren",           "caller_ids",      "country",
		                             "gap_days", "attempts_before", "service_approved" };
	json_t *declared = json_object_get(all, "declared"), *rest = json_copy(declared), *value;
	struct columns table;
	const char *name;

	columns_init(&table, "|");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *text = text_of(declared, known[i]);
		char *holds = text != NULL && *text != '\0' ? mem_copy(text) : what_holds(all, known[i], fr);

		json_object_del(rest, known[i]);
		if (holds == NULL)
			continue;
		columns_addf(&table, "  %s", known[i]);
		columns_add(&table, holds);
		free(holds);
	}
	json_object_foreach(rest, name, value)
	{
		columns_addf(&table, "  %s", name);
		columns_add(&table, json_string_value(value));
	}
	columns_wrap(&table, ctl_width());
	columns_print(&table, false);
	json_decref(rest);
}

static void tell_faults(const struct ctl *ctl, const json_t *faults, bool fr)
{
	const json_t *fault;
	struct columns table;
	size_t i;

	if (json_array_size(faults) == 0)
		return;
	ctl_title(ctl, "\n%s",
	          lang_pick(fr, "Faults: no job of its campaigns moves",
	                    "Défauts : aucune tâche de ses campagnes ne part"));
	columns_init(&table, "|");
	json_array_foreach(faults, i, fault)
	{
		char *text = core_text(fr, text_of(fault, "text"));

		columns_addf(&table, "  %s", text_of(fault, "fault"));
		columns_add(&table, text);
		free(text);
	}
	columns_wrap(&table, ctl_width());
	columns_print(&table, false);
}

/* The id that what is known of it is kept under. */
static const char *kept_under(const json_t *all)
{
	const char *first = json_string_value(json_array_get(json_object_get(all, "company"), 0));

	return first != NULL ? first : text_of(all, "id");
}

/* That it is one of several ids of a company. */
static void tell_company(const json_t *all, bool fr)
{
	const char *first = kept_under(all), *id = text_of(all, "id");

	if (strcmp(first, id) != 0)
		print(lang_pick(
			  fr, "  another name of %s: consents, attempts and objections are that one's\n",
			  "  un autre nom de %s : consentements, tentatives et oppositions sont les siens\n"),
		      first);
	else if (json_array_size(json_object_get(all, "company")) > 0)
		print("%s", lang_pick(fr, "  the other ids of company are other names of it\n",
		                      "  les autres identifiants de company en sont d'autres noms\n"));
}

/* Whose the SIREN and the caller ids are. */
static void tell_owners(const struct ctl *ctl, const json_t *all, bool fr)
{
	const char *id = text_of(all, "id"), *of = text_of(all, "siren_of"),
		   *siren = text_of(json_object_get(all, "declared"), "siren");
	const json_t *numbers = json_object_get(all, "caller_ids"), *one;
	struct columns table;
	size_t i;

	ctl_title(ctl, "\n%s", lang_pick(fr, "Used first by", "Premier utilisateur"));
	columns_init(&table, "|");
	if (siren != NULL && *siren != '\0') {
		columns_addf(&table, "  %s", siren);
		if (of == NULL)
			columns_add(&table, lang_pick(fr, "no campaign yet", "aucune campagne encore"));
		else if (strcmp(of, kept_under(all)) == 0)
			columns_add(&table, lang_pick(fr, "this advertiser", "cet annonceur"));
		else
			columns_addf(&table,
			             lang_pick(fr, "advertiser %s: campaigns of %s are rejected",
			                       "l'annonceur %s : les campagnes de %s sont rejetées"),
			             of, id);
	}
	json_array_foreach(numbers, i, one)
	{
		const char *user = text_of(one, "siren");

		columns_addf(&table, "  %s", text_of(one, "number"));
		if (user == NULL)
			columns_add(&table, lang_pick(fr, "no campaign yet", "aucune campagne encore"));
		else if (siren != NULL && strcmp(user, siren) == 0)
			columns_add(&table, lang_pick(fr, "this advertiser", "cet annonceur"));
		else
			columns_addf(&table,
			             lang_pick(fr, "SIREN %s: campaigns that show it are rejected",
			                       "le SIREN %s : les campagnes qui l'affichent sont rejetées"),
			             user);
	}
	if (table.count == table.per_row)
		columns_addf(&table, "  %s", lang_pick(fr, "nothing declared", "rien de déclaré")),
		    columns_add(&table, "");
	columns_wrap(&table, ctl_width());
	columns_print(&table, false);
}

static void tell_rest(const struct ctl *ctl, const json_t *all, bool fr)
{
	const json_t *campaigns = json_object_get(all, "campaigns"),
		     *objected = json_object_get(all, "objected"), *one;
	struct columns table;
	char count[COUNT_SIZE];
	size_t i;

	ctl_title(ctl, "\n%s", lang_pick(fr, "Objections", "Oppositions"));
	print(lang_pick(fr, "  numbers on opposition:%s: %s\n", "  numéros sur opposition:%s : %s\n"),
	      kept_under(all),
	      count_text(json_is_null(objected) ? COUNT_UNKNOWN : json_integer_value(objected), count));
	ctl_title(ctl, "\n%s%s", lang_pick(fr, "Campaigns", "Campagnes"),
	          json_array_size(campaigns) == 0 ? lang_pick(fr, ": none", " : aucune") : "");
	columns_init(&table, "|");
	json_array_foreach(campaigns, i, one)
	{
		columns_addf(&table, "  %s", text_of(one, "id"));
		columns_add(&table, lang_say(fr, text_of(one, "status")));
	}
	columns_print(&table, false);
}

/* Ends the process where nobody declared it. */
static void must_be_declared(struct ctl *ctl, const char *id, const struct hash *declared)
{
	if (declared->wrong_type)
		ctl_fail(error_pick("advertiser %s: it is not a hash", "annonceur %s : ce n'est pas un hash"),
		         id);
	if (declared->fields.count > 0 || declared->fields.flaw[0] != '\0')
		return;
	ask_advertiser(ctl, id); /* one that was never heard of: with the nearest name */
	ctl_fail(error_pick("advertiser %s is not declared any more: only what is on record of it is left",
	                    "l'annonceur %s n'est plus déclaré : il n'en reste que ce qui est enregistré"),
	         id);
}

int advertiser_show(struct ctl *ctl, const char *id)
{
	bool french = ctl->french;
	char key[KEY_SIZE];
	struct hash declared;

	ask_id(ctl, error_pick("an advertiser", "annonceur"), id);
	(void)find_advertiser(ctl, id);
	hash_read(ctl, key_of(ctl_conf(ctl)->prefix, "advertiser", id, key), &declared);
	must_be_declared(ctl, id, &declared);
	json_t *all = gather(ctl, id, &declared);

	campaigns_tell_others((size_t)json_integer_value(json_object_get(all, "campaigns_unread")));
	if (ctl->json) {
		ctl_print_json(json_incref(all));
	} else {
		const char *space = text_of(all, "space");

		ctl_title(ctl,
		          space != NULL ? lang_pick(french, "%s, in space %s", "%s, dans l'espace %s") : "%s",
		          id, space);
		tell_fields(all, french);
		tell_company(all, french);
		tell_faults(ctl, json_object_get(all, "faults"), french);
		tell_owners(ctl, all, french);
		tell_rest(ctl, all, french);
	}
	json_decref(all);
	hash_done(&declared);
	return 0;
}
