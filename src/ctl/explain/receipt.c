/* receipt.c - an answer as JSON, with everything it depends on; see receipt.h. */
#include "ctl/explain/receipt.h"

#include "core/number/place.h"
#include "core/text/sha256.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/explain/case_json.h"
#include "ctl/explain/ruling_inputs.h"
#include "ctl/law/place_arg.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

const char *answer_exceptions(bool french)
{
	return french
	           ? "Aucune exception n'est appliquée aux appels automatiques : ni entre professionnels, ni "
	             "pour un contrat en cours, ni pour la presse, ni pour un rappel demandé."
	           : "No exception is applied to automated calls: not for businesses, not for a contract in "
	             "progress, not for the press, not for a call back that was asked for.";
}

static const char *meaning(bool french, enum reason reason)
{
	return lang_reason(french, reason);
}

/* What a text from outside is as JSON: null if it is not UTF-8. */
static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = text != NULL ? print_json_text(text) : NULL;

	json_object_set_new(object, key, value != NULL ? value : json_null());
}

static json_t *json_ruling(const struct judgement *j, const struct ruling *r, bool french)
{
	json_t *object = json_object();

	set_text(object, "rule", r->name);
	set_text(object, "verdict", verdict_name(reason_verdict(r->reason)));
	set_text(object, "reason", reason_name(r->reason));
	set_text(object, "detail", r->rule);
	set_text(object, "article", r->article);
	json_object_set_new(object, "until", ctl_json_time(r->until_ms));
	set_text(object, "text", meaning(french, r->reason));
	json_object_set_new(object, "inputs", ruling_inputs(j, r));
	json_object_set_new(object, "regimes", ruling_regimes(j, r));
	return object;
}

static json_t *json_rulebook(const struct rulebook *rb)
{
	return print_pack("{s:s,s:s,s:s,s:s,s:s}", "id", rb->id, "version", rb->version, "hash", rb->hash,
	                  "tzdata", rb->tzdata, "approved_by", rb->approved_by);
}

/* Without the number, and without what the sender alone needs. */
static void mask_facts(json_t *facts, const struct case_file *c)
{
	char mask[PHONE_MASK_SIZE];
	json_t *job = json_loads(c->job, JSON_REJECT_DUPLICATES, NULL);
	const char *to = json_string_value(json_object_get(job, "to"));
	char *text = NULL;

	json_object_set_new(facts, "number", print_json_text(phone_mask(c->number, mask)));
	if (to != NULL) {
		json_object_set_new(job, "to", print_json_text(phone_mask(to, mask)));
		json_object_del(job, "vars");
		text = json_pool_text(job, JSON_COMPACT);
	}
	/* What cannot be read cannot be masked. */
	set_text(facts, "job", text);
	free(text);
	json_decref(job);
}

json_t *answer_json(const struct judgement *j, bool french, bool whole)
{
	const struct decision *dec = &j->dec;
	const struct case_file *c = j->from;
	char mask[PHONE_MASK_SIZE], name[PLACE_NAME_SIZE];
	uint32_t place = judgement_place(j);
	json_t *object = json_object(), *rules = json_array(), *facts = case_to_json(c);
	const char *to = dec->phone.e164[0] != '\0' ? dec->phone.e164 : c->number;

	set_text(object, "verdict", verdict_name(reason_verdict(dec->reason)));
	set_text(object, "reason", reason_name(dec->reason));
	json_object_set_new(object, "until", ctl_json_time(dec->until_ms));
	set_text(object, "job", c->job_where);
	set_text(object, "job_id", c->job_id);
	set_text(object, "job_detail", c->job_detail);
	set_text(object, "judged", c->judged);
	json_object_set_new(object, "search_gave_up", json_boolean(c->search_gave_up));
	set_text(object, "to", phone_mask(to, mask));
	set_text(object, "campaign", c->campaign);
	set_text(object, "place", place_name(j->rb, place, name));
	json_object_set_new(object, "zones", ctl_json_zones(j->rb, place));
	json_object_set_new(object, "placed", placed_json(j));
	json_object_set_new(object, "next_lawful", ctl_json_time(j->next_ms));
	json_object_set_new(object, "not_after",
	                    ctl_json_time(dec->reason == REASON_ALLOWED ? dec->not_after_ms : TIME_NONE));
	set_text(object, "rule", dec->rule);
	char *hint = core_text(french, dec->hint);

	set_text(object, "hint", hint);
	free(hint);
	set_text(object, "text", meaning(french, dec->reason));
	json_object_set_new(object, "rulebook", json_rulebook(j->rb));
	json_object_set_new(object, "at", ctl_json_time(c->at_ms));
	set_text(object, "lang", french ? "fr" : "en");
	for (size_t i = 0; i < j->rulings.count; i++)
		json_array_append_new(rules, json_ruling(j, &j->rulings.list[i], french));
	json_object_set_new(object, "rules", rules);
	set_text(object, "exceptions", answer_exceptions(french));
	if (!whole)
		mask_facts(facts, c);
	json_object_set_new(object, "facts", facts);
	return object;
}

char *receipt_hash(const json_t *receipt)
{
	json_t *rest = json_copy((json_t *)receipt);

	json_object_del(rest, "hash");
	char *text = json_pool_text(rest, JSON_SORT_KEYS | JSON_COMPACT);
	char *hash = mem_zero(SHA256_HEX_SIZE);

	if (text != NULL)
		sha256_hex(text, strlen(text), hash);
	free(text);
	json_decref(rest);
	return hash;
}

void receipt_seal(json_t *answer, bool french)
{
	set_text(answer, "receipt", RECEIPT_FORMAT);
	set_text(
	    answer, "personal_data",
	    lang_pick(
		french,
		"This file holds a telephone number and a consent: it is personal data, "
		"keep it as such.",
		"Ce fichier contient un numéro de téléphone et un consentement : ce sont des données personnelles, "
		"à garder comme telles."));
	char *hash = receipt_hash(answer);

	set_text(answer, "hash", hash);
	free(hash);
}
