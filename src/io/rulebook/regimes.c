/* regimes.c - the regimes of a rulebook: what binds from when to when; see regimes.h. */
#include "io/rulebook/regimes.h"

#include "core/law/binding.h"
#include "core/law/week.h"
#include "core/law/window.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/rulebook/fields.h"

#include <stdlib.h>
#include <string.h>

static void read_week(struct cfg_node group, struct regime *r)
{
	const char *hours = cfg_text(group, "hours", CFG_NEEDED);
	struct week_fault wrong;

	rulebook_get_text(group, "hours_article", CFG_NEEDED, &r->week_article);
	rulebook_get_text(group, "holiday_article", CFG_NEEDED, &r->holiday_article);
	if (hours == NULL)
		return;
	if (hours[strspn(hours, " \t")] == '\0')
		cfg_fail(cfg_member(group, "hours"),
		         error_pick("hours is empty: nobody could ever be called",
		                    "hours est vide : nul ne pourrait jamais être appelé"));
	else if (!week_read(hours, strlen(hours), &r->week, &wrong))
		cfg_fail(cfg_member(group, "hours"),
		         error_pick("hours: expected %s at character %zu of \"%.80s\"",
		                    "hours : attendu au caractère %2$zu de « %3$.80s » : %1$s"),
		         error_said(wrong.expected), wrong.at, hours);
}

static void read_lists(struct cfg_node group, struct regime *r)
{
	static const char *const modes[] = { "unused", "required", "if-present" };
	struct cfg_node list = cfg_list(group, "lists", CFG_NEEDED);
	size_t count = cfg_count(list), mode = 0;

	if (count == 0)
		return;
	r->lists = mem_zero(count * sizeof(*r->lists));
	for (size_t i = 0; i < count && !cfg_failed(group.cfg); i++) {
		struct cfg_node at = cfg_group_at(list, i);
		struct list_rule *rule = &r->lists[r->list_count++];
		rulebook_get_text(at, "name", CFG_NEEDED, &rule->name);
		if (cfg_choice(at, "mode", CFG_NEEDED, modes, 3, &mode))
			rule->mode = (enum list_mode)mode;
		cfg_int(at, "max_age_days", CFG_OPTIONAL, 1, 3650, &rule->max_age_days);
		cfg_bool(at, "prospecting_only", CFG_OPTIONAL, &rule->prospecting_only);
		rulebook_get_text(at, "article", CFG_NEEDED, &rule->article);
		if (cfg_failed(group.cfg))
			return;
		if (!rulebook_is_name(rule->name))
			cfg_fail(
			    at,
			    error_pick("a list's name is made of a-z, 0-9 and dashes, not \"%.64s\"",
			               "le nom d'une liste n'admet que a-z, 0-9 et tirets, et non « %.64s »"),
			    rule->name);
		for (struct list_rule *other = r->lists; other < rule; other++) {
			if (strcmp(other->name, rule->name) == 0)
				cfg_fail(at,
				         error_pick("list \"%s\" is there twice",
				                    "la liste « %s » y est deux fois"),
				         rule->name);
		}
	}
}

static void read_consent(struct cfg_node group, struct consent_rule *c)
{
	struct cfg_node at = cfg_group(group, "consent", CFG_NEEDED);
	enum cfg_need need;

	cfg_bool(at, "required", CFG_NEEDED, &c->required);
	need = c->required ? CFG_NEEDED : CFG_OPTIONAL;
	rulebook_get_text(at, "channel", need, &c->channel);
	cfg_strings(at, "mentions", need, &c->mentions, &c->mention_count);
	cfg_int(at, "max_age_days", need, 1, 3650, &c->max_age_days);
	cfg_bool(at, "product_match", need, &c->product_match);
	cfg_bool(at, "advertiser_match", need, &c->advertiser_match);
	cfg_bool(at, "proof_required", need, &c->proof_required);
	cfg_strings(at, "bases", CFG_OPTIONAL, &c->bases, &c->base_count);
	cfg_strings(at, "acts", CFG_OPTIONAL, &c->acts, &c->act_count);
	cfg_int(at, "slot_minutes", CFG_OPTIONAL, 1, 60, &c->slot_minutes);
	rulebook_get_text(at, "article", CFG_NEEDED, &c->article);
}

static void read_cap(struct cfg_node group, struct regime *r)
{
	struct cfg_node cap = cfg_group(group, "cap", CFG_OPTIONAL);
	struct cfg_node refusal = cfg_group(group, "refusal", CFG_OPTIONAL);

	cfg_int(cap, "attempts", CFG_NEEDED, 1, 1000, &r->cap.attempts);
	cfg_int(cap, "days", CFG_NEEDED, 1, 400, &r->cap.days);
	rulebook_get_text(cap, "article", CFG_NEEDED, &r->cap.article);
	cfg_int(refusal, "days", CFG_NEEDED, 0, 3650, &r->refusal_days);
	rulebook_get_text(refusal, "article", CFG_NEEDED, &r->refusal_article);
}

static void add_sector(struct cfg_node at, struct regime *r, size_t *capacity, const struct sector_rule *like)
{
	if (!rulebook_is_name(like->name)) {
		cfg_fail(at,
		         error_pick("a sector's name is made of a-z, 0-9 and dashes, not \"%.64s\"",
		                    "le nom d'un secteur n'admet que a-z, 0-9 et tirets, et non « %.64s »"),
		         like->name);
		return;
	}
	for (size_t i = 0; i < r->sector_count; i++) {
		if (strcmp(r->sectors[i].name, like->name) == 0) {
			cfg_fail(at,
			         error_pick("sector \"%s\" is there twice",
			                    "le secteur « %s » y est deux fois"),
			         like->name);
			return;
		}
	}
	r->sectors = mem_grow(r->sectors, capacity, r->sector_count, sizeof(*r->sectors));
	struct sector_rule *rule = &r->sectors[r->sector_count++];
	*rule = *like;
	rule->name = mem_copy(like->name);
	rule->article = mem_copy(like->article);
}

static void read_sectors(struct cfg_node group, struct regime *r)
{
	static const char *const states[] = { "allowed", "banned", "unapproved" };
	struct cfg_node list = cfg_list(group, "sectors", CFG_NEEDED);
	size_t capacity = 0;

	for (size_t i = 0; i < cfg_count(list) && !cfg_failed(group.cfg); i++) {
		struct cfg_node at = cfg_group_at(list, i), names = cfg_list(at, "names", CFG_NEEDED);
		struct sector_rule like = { .status = SECTOR_BANNED };
		size_t state = 1;
		cfg_choice(at, "status", CFG_NEEDED, states, 3, &state);
		like.status = state == 0 ? SECTOR_ALLOWED : state == 1 ? SECTOR_BANNED : SECTOR_UNAPPROVED;
		cfg_int(at, "consent_max_age_days", CFG_OPTIONAL, 1, 3650, &like.consent_max_age_days);
		rulebook_get_text(at, "article", CFG_NEEDED, &like.article);
		for (size_t j = 0; j < cfg_count(names) && !cfg_failed(group.cfg); j++) {
			like.name = (char *)cfg_text_at(names, j);
			if (like.name != NULL)
				add_sector(cfg_at(names, j), r, &capacity, &like);
		}
		free(like.article);
	}
}

static void read_regime(struct cfg_node group, struct regime *r)
{
	static const char *const grades[] = { "primary", "secondary" };
	size_t grade;

	rulebook_get_text(group, "id", CFG_NEEDED, &r->id);
	r->to_day = INT32_MAX;
	cfg_date(group, "from", CFG_NEEDED, &r->from_day);
	cfg_date(group, "to", CFG_OPTIONAL, &r->to_day);
	if (cfg_choice(group, "grade", CFG_NEEDED, grades, 2, &grade))
		r->grade = mem_copy(grades[grade]);
	if (!cfg_failed(group.cfg) && r->to_day <= r->from_day)
		cfg_fail(cfg_member(group, "to"),
		         error_pick("regime \"%s\" ends before it begins",
		                    "le régime « %s » finit avant d'avoir commencé"),
		         r->id);
	read_week(group, r);
	read_lists(group, r);
	read_consent(group, &r->consent);
	read_cap(group, r);
	read_sectors(group, r);
}

static int compare_regimes(const void *a, const void *b)
{
	const struct regime *x = a, *y = b;

	return x->from_day < y->from_day ? -1 : x->from_day > y->from_day;
}

/* Of two regimes that bind on one day all lists are asked, and each must have room. */
static void check_list_count(struct cfg_node list, const struct rulebook *rb)
{
	const char *names[LAW_LISTS_MAX];
	size_t count = 0;

	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].list_count; i++) {
			size_t k = 0;

			while (k < count && strcmp(names[k], rb->regimes[r].lists[i].name) != 0)
				k++;
			if (k == LAW_LISTS_MAX - 1) { /* one more is the advertiser's own */
				cfg_fail(
				    list,
				    error_pick(
					"regimes have at most %d lists of different names: \"%s\" is one more",
					"les régimes ont au plus %d listes de noms différents : « %s » est de trop"),
				    LAW_LISTS_MAX - 1, rb->regimes[r].lists[i].name);
				return;
			}
			if (k == count)
				names[count++] = rb->regimes[r].lists[i].name;
		}
}

void rulebook_read_regimes(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node list = cfg_list(root, "regimes", CFG_NEEDED);
	size_t count = cfg_count(list);

	if (cfg_is_absent(list) || cfg_failed(root.cfg))
		return;
	if (count < 1 || count > REGIME_MAX) {
		cfg_fail(list,
		         error_pick("regimes must be from 1 to %d", "regimes doit en compter de 1 à %d"),
		         REGIME_MAX);
		return;
	}
	rb->regimes = mem_zero(count * sizeof(*rb->regimes));
	for (size_t i = 0; i < count && !cfg_failed(root.cfg); i++) {
		struct cfg_node group = cfg_group_at(list, i);
		if (cfg_is_absent(group))
			return;
		struct regime *r = &rb->regimes[rb->regime_count++];
		read_regime(group, r);
		for (struct regime *other = rb->regimes; other < r && !cfg_failed(root.cfg); other++) {
			if (r->from_day < other->to_day && other->from_day < r->to_day)
				cfg_fail(group,
				         error_pick("regimes \"%s\" and \"%s\" overlap",
				                    "les régimes « %s » et « %s » se chevauchent"),
				         other->id, r->id);
			if (strcmp(r->id, other->id) == 0)
				cfg_fail(group,
				         error_pick("regime \"%s\" is there twice",
				                    "le régime « %s » y est deux fois"),
				         r->id);
		}
	}
	if (!cfg_failed(root.cfg))
		check_list_count(list, rb);
	qsort(rb->regimes, rb->regime_count, sizeof(*rb->regimes), compare_regimes);
}
