/* territories.c - the territories of a rulebook: zones, holidays, postcodes and communes; see territories.h. */
#include "io/rulebook/territories.h"

#include "core/number/place.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/rulebook/fields.h"
#include "io/rulebook/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLIDAYS_MAX 100 /* of one territory */
#define YEAR_MAX 9999

/* --- zones ----------------------------------------------------------------------- */

/* A name below the zone folder, and nothing that leads out of it. */
static bool is_zone_name(const char *name)
{
	return name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL && strlen(name) < 64 &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] ==
	           '\0';
}

static struct zone *load_zone(struct cfg_node at, const char *name, const char *zone_dir)
{
	char why[700];
	struct zone *zone;

	if (!is_zone_name(name)) {
		cfg_fail(at,
		         error_pick(
			     "unknown time zone \"%.64s\" (expected a name such as \"Europe/Paris\")",
			     "fuseau horaire inconnu « %.64s » (un nom comme « Europe/Paris » est attendu)"),
		         name);
		return NULL;
	}
	zone = zones_load(zone_dir, name, why, sizeof(why));
	if (zone == NULL)
		cfg_fail(at, "%s", why);
	return zone;
}

static void read_zones(struct cfg_node group, struct territory *t, const char *zone_dir)
{
	struct cfg_node list = cfg_list(group, "zones", CFG_NEEDED);
	size_t count = cfg_count(list);

	if (cfg_is_absent(list))
		return;
	if (count < 1 || count > TERRITORY_ZONES_MAX) {
		cfg_fail(list, error_pick("zones must be from 1 to %d", "zones doit en compter de 1 à %d"),
		         TERRITORY_ZONES_MAX);
		return;
	}
	t->zones = mem_zero(count * sizeof(*t->zones));
	for (size_t i = 0; i < count; i++) {
		const char *name = cfg_text_at(list, i);
		struct zone *zone = name != NULL ? load_zone(cfg_at(list, i), name, zone_dir) : NULL;
		if (zone == NULL)
			return;
		t->zones[t->zone_count++] = zone;
	}
}

/* --- holidays -------------------------------------------------------------------- */

/* "12-25" */
static bool read_month_day(struct cfg_node group, struct holiday *h)
{
	const char *text = cfg_text(group, "date", CFG_OPTIONAL);
	char full[16];
	int32_t day;

	if (text == NULL)
		return false;
	/* A leap year, so that 29 February is a date. */
	if (strlen(text) != 5 || snprintf(full, sizeof(full), "2000-%s", text) != 10 ||
	    !civil_parse_date(full, 10, &day))
		return cfg_fail(
		    cfg_member(group, "date"),
		    error_pick("date must be a month and a day such as \"12-25\", not \"%.40s\"",
		               "date doit être un mois et un jour comme « 12-25 », et non « %.40s »"),
		    text);
	h->kind = HOLIDAY_FIXED;
	h->month = civil_from_days(day).month;
	h->day = civil_from_days(day).day;
	return true;
}

static bool read_dates(struct cfg_node group, struct holiday *h)
{
	struct cfg_node list = cfg_list(group, "dates", CFG_OPTIONAL);
	size_t count = cfg_count(list);

	if (cfg_is_absent(list))
		return false;
	if (count == 0)
		return cfg_fail(list, error_pick("dates is empty", "dates est vide"));
	h->kind = HOLIDAY_LISTED;
	h->dates = mem_zero(count * sizeof(*h->dates));
	for (size_t i = 0; i < count; i++) {
		const char *text = cfg_text_at(list, i);
		if (text == NULL)
			return false;
		if (!civil_parse_date(text, strlen(text), &h->dates[i]))
			return cfg_fail(
			    cfg_at(list, i),
			    error_pick("a date such as \"2026-08-11\" is expected, not \"%.40s\"",
			               "une date comme « 2026-08-11 » est attendue, et non « %.40s »"),
			    text);
		if (i > 0 && h->dates[i] <= h->dates[i - 1])
			return cfg_fail(
			    cfg_at(list, i),
			    error_pick(
				"dates must be in order, each once: \"%s\" is not",
				"dates doit être en ordre, chacune une seule fois : « %s » ne l'est pas"),
			    text);
	}
	h->date_count = count;
	if (cfg_date(group, "complete_until", CFG_NEEDED, &h->complete_until) &&
	    h->complete_until < h->dates[count - 1])
		return cfg_fail(cfg_member(group, "complete_until"),
		                error_pick("complete_until is before the last date",
		                           "complete_until précède la dernière date"));
	return true;
}

static void read_holiday(struct cfg_node group, struct holiday *h)
{
	size_t kinds = 0;

	rulebook_get_text(group, "name", CFG_NEEDED, &h->name);
	rulebook_get_text(group, "article", CFG_NEEDED, &h->article);
	h->complete_until = INT32_MAX;
	h->to_year = YEAR_MAX;
	kinds += read_month_day(group, h);
	if (cfg_int(group, "easter", CFG_OPTIONAL, -100, 200, &h->easter_days)) {
		h->kind = HOLIDAY_EASTER;
		kinds++;
	}
	kinds += read_dates(group, h);
	cfg_int(group, "from_year", CFG_OPTIONAL, 1, YEAR_MAX, &h->from_year);
	cfg_int(group, "to_year", CFG_OPTIONAL, 1, YEAR_MAX, &h->to_year);
	if (kinds != 1)
		cfg_fail(group, error_pick("a holiday has one of date, easter and dates",
		                           "un jour férié a soit date, soit easter, soit dates"));
	if (h->to_year < h->from_year)
		cfg_fail(cfg_member(group, "to_year"),
		         error_pick("to_year is before from_year", "to_year précède from_year"));
}

static void add_holidays(struct cfg_node list, struct territory *t)
{
	size_t count = cfg_count(list);

	if (count == 0 || cfg_failed(list.cfg))
		return;
	if (t->holiday_count + count > HOLIDAYS_MAX) {
		cfg_fail(list,
		         error_pick("more than %d holidays in one territory",
		                    "plus de %d jours fériés pour un même territoire"),
		         HOLIDAYS_MAX);
		return;
	}
	if (t->holidays == NULL)
		t->holidays = mem_zero(HOLIDAYS_MAX * sizeof(*t->holidays));
	for (size_t i = 0; i < count && !cfg_failed(list.cfg); i++) {
		struct cfg_node group = cfg_group_at(list, i);
		if (!cfg_is_absent(group))
			read_holiday(group, &t->holidays[t->holiday_count++]);
	}
}

/* The named lists that a territory shares with others. */
static void add_holiday_sets(struct cfg_node sets, struct cfg_node group, struct territory *t)
{
	struct cfg_node names = cfg_list(group, "holiday_sets", CFG_OPTIONAL);

	for (size_t i = 0; i < cfg_count(names); i++) {
		const char *name = cfg_text_at(names, i);
		struct cfg_node found = { sets.cfg, NULL };
		if (name == NULL)
			return;
		for (size_t j = 0; j < cfg_count(sets); j++) {
			if (strcmp(cfg_key(cfg_at(sets, j)), name) == 0)
				found = cfg_at(sets, j);
		}
		if (cfg_is_absent(found)) {
			cfg_fail(cfg_at(names, i),
			         error_pick("unknown holiday set \"%.64s\"",
			                    "liste de jours fériés inconnue « %.64s »"),
			         name);
			return;
		}
		add_holidays(found, t);
	}
}

/* --- territories ------------------------------------------------------------------- */

static void read_territory(struct cfg_node group, struct cfg_node sets, struct rulebook *rb,
                           const char *zone_dir)
{
	struct territory *t = &rb->territories[rb->territory_count];

	t->address_bit = TERRITORY_BIT(rb->territory_count);
	rb->territory_count++;
	rulebook_get_text(group, "name", CFG_NEEDED, &t->name);
	cfg_bool(group, "covered", CFG_NEEDED, &t->covered);
	rulebook_get_text(group, "article", t->covered ? CFG_OPTIONAL : CFG_NEEDED, &t->article);
	if (cfg_failed(group.cfg))
		return;
	if (!rulebook_is_name(t->name))
		cfg_fail(
		    group,
		    error_pick("a territory's name is made of a-z, 0-9 and dashes, not \"%.64s\"",
		               "le nom d'un territoire n'admet que a-z, 0-9 et tirets, et non « %.64s »"),
		    t->name);
	for (struct territory *other = rb->territories; other < t; other++) {
		if (strcmp(other->name, t->name) == 0)
			cfg_fail(group,
			         error_pick("territory \"%s\" is there twice",
			                    "le territoire « %s » y est deux fois"),
			         t->name);
	}
	read_zones(group, t, zone_dir);
	add_holiday_sets(sets, group, t);
	add_holidays(cfg_list(group, "holidays", CFG_OPTIONAL), t);
}

void rulebook_read_territories(struct cfg_node root, struct rulebook *rb, const char *zone_dir)
{
	struct cfg_node sets = cfg_group(root, "holiday_sets", CFG_OPTIONAL);
	struct cfg_node list = cfg_list(root, "territories", CFG_NEEDED);
	size_t count = cfg_count(list), names_len = 0;

	if (cfg_is_absent(list))
		return;
	if (count < 1 || count > TERRITORY_MAX) {
		cfg_fail(list,
		         error_pick("territories must be from 1 to %d",
		                    "territories doit en compter de 1 à %d"),
		         TERRITORY_MAX);
		return;
	}
	rb->territories = mem_zero(count * sizeof(*rb->territories));
	for (size_t i = 0; i < count && !cfg_failed(root.cfg); i++) {
		struct cfg_node group = cfg_group_at(list, i);
		if (!cfg_is_absent(group)) {
			read_territory(group, sets, rb, zone_dir);
			names_len += strlen(rb->territories[i].name) + 1;
		}
	}
	if (names_len >= PLACE_NAME_SIZE)
		cfg_fail(list,
		         error_pick("the names of all territories together are longer than %d",
		                    "les noms de tous les territoires ensemble dépassent %d caractères"),
		         PLACE_NAME_SIZE - 1);
}

/* --- addresses --------------------------------------------------------------------- */

static int compare_prefixes(const void *a, const void *b)
{
	return strcmp(((const struct address_prefix *)a)->prefix, ((const struct address_prefix *)b)->prefix);
}

static void add_prefix(struct cfg_node at, struct address_prefix **prefixes, size_t *count, size_t *capacity,
                       const char *text, uint32_t territories)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*prefixes)[i].prefix, text) == 0) {
			cfg_fail(at,
			         error_pick("prefix \"%.40s\" is there twice",
			                    "le préfixe « %.40s » y est deux fois"),
			         text);
			return;
		}
	}
	*prefixes = mem_grow(*prefixes, capacity, *count, sizeof(**prefixes));
	(*prefixes)[(*count)++] = (struct address_prefix){ mem_copy(text), territories };
}

static void read_prefixes(struct cfg_node list, int length, const struct rulebook *rb,
                          struct address_prefix **prefixes, size_t *count)
{
	size_t capacity = 0;

	for (size_t i = 0; i < cfg_count(list) && !cfg_failed(list.cfg); i++) {
		struct cfg_node group = cfg_group_at(list, i);
		struct cfg_node texts = cfg_list(group, "prefix", CFG_NEEDED);
		uint32_t territories = 0;
		bool covered = true;
		char *article = NULL;
		cfg_bool(group, "covered", CFG_OPTIONAL, &covered);
		/* Of somewhere else: said with the reason, so that nobody takes it for forgotten. */
		rulebook_get_text(group, "article", covered ? CFG_OPTIONAL : CFG_NEEDED, &article);
		free(article);
		rulebook_get_territories(group, "territories", covered ? CFG_NEEDED : CFG_OPTIONAL, rb,
		                         &territories);
		if (!covered && territories != 0)
			cfg_fail(group, error_pick("a prefix that is not covered has no territories",
			                           "un préfixe non couvert n'a pas de territories"));
		for (size_t j = 0; j < cfg_count(texts) && !cfg_failed(list.cfg); j++) {
			const char *text = cfg_text_at(texts, j);
			if (text == NULL)
				return;
			if (text[0] == '\0' || strlen(text) > (size_t)length)
				cfg_fail(cfg_at(texts, j),
				         error_pick("a prefix has from 1 to %d characters, not \"%.40s\"",
				                    "un préfixe a de 1 à %d caractères, et non « %.40s »"),
				         length, text);
			add_prefix(cfg_at(texts, j), prefixes, count, &capacity, text, territories);
		}
	}
	if (*count > 0)
		qsort(*prefixes, *count, sizeof(**prefixes), compare_prefixes);
}

/* What people write around a code, as place.c compares it: capitals without spaces. */
static void read_words(struct cfg_node group, const char *name, char ***ret, size_t *ret_count)
{
	cfg_strings(group, name, CFG_OPTIONAL, ret, ret_count);
	for (size_t i = 0; i < *ret_count; i++)
		if ((*ret)[i][0] == '\0' ||
		    (*ret)[i][strspn((*ret)[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
			cfg_fail(cfg_member(group, name),
			         error_pick("%s has words of capitals, not \"%.40s\"",
			                    "%s se compose de mots en majuscules, et non « %.40s »"),
			         name, (*ret)[i]);
}

void rulebook_read_addresses(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node group = cfg_group(root, "addresses", CFG_OPTIONAL);

	cfg_int(group, "postcode_length", CFG_OPTIONAL, 1, 16, &rb->postcode_length);
	cfg_bool(group, "postcode_letters", CFG_OPTIONAL, &rb->postcode_letters);
	read_prefixes(cfg_list(group, "postcodes", CFG_OPTIONAL), rb->postcode_length, rb, &rb->postcodes,
	              &rb->postcode_count);
	read_words(group, "code_before", &rb->code_before, &rb->code_before_count);
	read_words(group, "code_after", &rb->code_after, &rb->code_after_count);
	cfg_int(group, "insee_length", CFG_OPTIONAL, 1, 16, &rb->insee_length);
	read_prefixes(cfg_list(group, "insee", CFG_OPTIONAL), rb->insee_length, rb, &rb->insee,
	              &rb->insee_count);
}
