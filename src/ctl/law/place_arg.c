/* place_arg.c - see place_arg.h. */
#include "ctl/law/place_arg.h"

#include "core/number/place.h"
#include "core/text/nearest.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"

#include "ctl/paper/words.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *ctl_json_territories(const struct rulebook *rb, uint32_t place)
{
	json_t *names = json_array();

	for (size_t i = 0; i < rb->territory_count; i++)
		if ((place & TERRITORY_BIT(i)) != 0)
			json_array_append_new(names, print_json_text(rb->territories[i].name));
	return names;
}

size_t ctl_place_zones(const struct rulebook *rb, uint32_t place, const struct zone **zones, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];

		for (size_t z = 0; (place & TERRITORY_BIT(i)) != 0 && z < t->zone_count; z++) {
			size_t known = 0;

			while (known < count && strcmp(zone_name(zones[known]), zone_name(t->zones[z])) != 0)
				known++;
			if (known == count && count < max)
				zones[count++] = t->zones[z];
		}
	}
	return count;
}

json_t *ctl_json_zones(const struct rulebook *rb, uint32_t place)
{
	const struct zone *zones[64] = { NULL };
	size_t count = ctl_place_zones(rb, place, zones, 64);
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, print_json_text(zone_name(zones[i])));
	return names;
}

static json_t *json_of_phone(const struct rulebook *rb, const struct phone *phone, enum reason reason,
                             const char *hint)
{
	char name[PLACE_NAME_SIZE];
	bool has_form = phone->e164[0] != '\0';
	/* A short number has a class, and no form. */
	bool has_class = has_form || reason == REASON_NUMBER_CLASS;
	json_t *object = json_object();

	json_object_set_new(object, "e164", has_form ? print_json_text(phone->e164) : json_null());
	json_object_set_new(object, "place", print_json_text(place_name(rb, phone->territories, name)));
	json_object_set_new(object, "territories", ctl_json_territories(rb, phone->territories));
	json_object_set_new(object, "zones", ctl_json_zones(rb, phone->territories));
	json_object_set_new(object, "class",
	                    has_class ? print_json_text(number_class_name(phone->cls)) : json_null());
	if (reason != REASON_ALLOWED) {
		json_object_set_new(object, "verdict", print_json_text(verdict_name(reason_verdict(reason))));
		json_object_set_new(object, "reason", print_json_text(reason_name(reason)));
		json_object_set_new(object, "text", print_json_text(reason_text(reason)));
		json_object_set_new(object, "hint", print_json_text(hint != NULL ? hint : ""));
	}
	return object;
}

static void print_phone(const struct rulebook *rb, const struct phone *phone, enum reason reason,
                        const char *hint, bool fr)
{
	const struct zone *zones[64] = { NULL };
	size_t zone_count = ctl_place_zones(rb, phone->territories, zones, 64);
	char name[PLACE_NAME_SIZE];
	struct columns table;

	columns_init(&table, "|");
	if (phone->e164[0] != '\0') {
		columns_add(&table, lang_pick(fr, "number", "numéro"));
		columns_add(&table, phone->e164);
	}
	if (phone->e164[0] != '\0' || reason == REASON_NUMBER_CLASS) {
		columns_add(&table, lang_pick(fr, "class", "classe"));
		columns_add(&table, lang_say(fr, number_class_name(phone->cls)));
	}
	if (phone->territories != 0) {
		char *where = fr ? words_place(true, place_name(rb, phone->territories, name))
		                 : mem_copy(place_name(rb, phone->territories, name));

		columns_add(&table, lang_pick(fr, "place", "lieu"));
		columns_add(&table, where);
		free(where);
	}
	for (size_t i = 0; i < zone_count; i++) {
		columns_add(&table, i == 0 ? lang_pick(fr, "zone", "fuseau") : "");
		columns_add(&table, zone_name(zones[i]));
	}
	if (reason == REASON_ALLOWED) {
		columns_add(&table, lang_pick(fr, "number is", "le numéro est"));
		columns_add(&table, fr ? reason_text_fr(reason) : reason_name(reason));
		columns_add(&table, lang_pick(fr, "looked at", "examiné"));
		columns_add(
		    &table,
		    lang_pick(
			fr, "only the number: no hour, list, consent or cap (explain does)",
			"le numéro seul : ni heure, ni liste, ni consentement, ni plafond (voir explain)"));
	} else {
		columns_add(&table, lang_say(fr, verdict_name(reason_verdict(reason))));
		if (fr)
			columns_add(&table, reason_text_fr(reason));
		else
			columns_addf(&table, "%s: %s", reason_name(reason), reason_text(reason));
	}
	if (reason != REASON_ALLOWED && hint != NULL && *hint != '\0') {
		columns_add(&table, lang_pick(fr, "hint", "indication"));
		char *said = core_text(fr, hint);

		columns_add(&table, said);
		free(said);
	}
	columns_print(&table, false);
}

enum reason ctl_read_phone(struct ctl *ctl, const char *text, struct phone *ret, const char **ret_hint)
{
	*ret = (struct phone){ 0 };
	*ret_hint = NULL;
	return phone_parse(ctl_rulebook(ctl), text, strlen(text), ret, ret_hint);
}

void ctl_show_phone(struct ctl *ctl, const struct phone *phone, enum reason reason, const char *hint,
                    bool french)
{
	if (ctl->json)
		ctl_print_json(json_of_phone(ctl_rulebook(ctl), phone, reason, hint));
	else
		print_phone(ctl_rulebook(ctl), phone, reason, hint, french);
}

/* "licetctl phone 06 12 34 56 78" without quotes is one number. */
char *ctl_join_words(int count, char **words, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i > 0 ? " " : "", words[i]);
	return buf;
}

void ctl_unknown_place(struct ctl *ctl, const char *text)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const char *names[TERRITORY_MAX];

	for (size_t i = 0; i < rb->territory_count; i++)
		names[i] = rb->territories[i].name;
	const char *near = nearest_name(text, strlen(text), names, rb->territory_count);

	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("%s is not a place, did you mean %s?",
		                      "%s n'est pas un lieu, vouliez-vous dire %s ?"),
		           text, near);
	ctl_misuse(ctl,
	           error_pick("%s is not a place (licetctl vocabulary lists the territories)",
	                      "%s n'est pas un lieu (licetctl vocabulary énumère les territoires)"),
	           text);
}

bool ctl_read_place(struct ctl *ctl, const char *text, bool french, uint32_t *ret_place)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct phone phone;
	const char *hint;

	if (place_parse(rb, text, strlen(text), ret_place)) {
		if (!place_is_covered(rb, *ret_place)) {
			phone = (struct phone){ .territories = *ret_place };
			ctl_show_phone(ctl, &phone, REASON_NUMBER_NOT_COVERED,
			               lang_pick(french, "nobody wrote rules for it",
			                         "nul n'a écrit de règles pour lui"),
			               french);
			return false;
		}
		return true;
	}
	/* A number has a digit, the name of a place has none. */
	if (*text != '\0' && strpbrk(text, "0123456789") == NULL)
		ctl_unknown_place(ctl, text);
	enum reason reason = ctl_read_phone(ctl, text, &phone, &hint);

	if (reason == REASON_ALLOWED)
		*ret_place = phone.territories;
	else
		ctl_show_phone(ctl, &phone, reason, hint, french);
	return reason == REASON_ALLOWED;
}
