/* lint.c - what is sound in licet.conf and the rulebook, and will hurt all the same; see lint.h. */
#include "ctl/check/lint.h"

#include "core/time/civil.h"
#include "ctl/check/lint_places.h"
#include "ctl/check/lint_prefixes.h"
#include "ctl/check/lint_regimes.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define SOON_DAYS 30

static void lint_signature(struct lint *l)
{
	if (l->rb->approved_by[0] != '\0')
		return;
	lint_warn(l,
	          lint_say(l, "the rulebook is not signed (approved_by, approved_on): %s",
	                   "les règles ne sont pas signées (approved_by, approved_on) : %s"),
	          l->conf->require_approved
	              ? lint_say(l, "require_approved holds every job",
	                         "require_approved fait attendre toute tâche")
	              : lint_say(l, "it is used all the same", "elles sont appliquées malgré tout"));
}

static void lint_law(struct lint *l)
{
	char date[CIVIL_DATE_SIZE];
	int32_t known_to = INT32_MIN;

	if (!l->law.known)
		lint_warn(l, lint_say(l, "no law is known for today: every job is held",
		                      "aucun droit n'est connu pour ce jour : toute tâche attend"));
	for (size_t i = 0; i < l->rb->regime_count; i++) {
		const struct regime *r = &l->rb->regimes[i];

		known_to = r->to_day > known_to ? r->to_day : known_to;
		if (r->from_day > l->last && r->from_day <= l->last + SOON_DAYS)
			lint_warn(l, lint_say(l, "regime %s begins on %s", "le régime %s commence le %s"),
			          r->id, civil_format_date(r->from_day, date));
	}
	for (size_t i = 0; i < l->law.regime_count; i++)
		if (strcmp(l->law.regimes[i]->grade, "primary") != 0)
			lint_warn(l,
			          lint_say(l, "regime %s was not read in the original text (grade %s)",
			                   "le régime %s n'a pas été lu dans le texte original (grade %s)"),
			          l->law.regimes[i]->id, l->law.regimes[i]->grade);
	if (l->law.known && known_to <= l->last + SOON_DAYS)
		lint_warn(l,
		          lint_say(l, "no law is known from %s on: every job is held then",
		                   "aucun droit n'est connu à partir du %s : toute tâche attendra alors"),
		          civil_format_date(known_to, date));
}

/* The day after the last on which the rulebook used a list; INT32_MIN: never. */
static int32_t used_until(const struct rulebook *rb, const char *name, size_t len, bool *ret_known)
{
	int32_t until = INT32_MIN;

	*ret_known = false;
	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].list_count; i++) {
			const struct list_rule *rule = &rb->regimes[r].lists[i];

			if (strlen(rule->name) != len || memcmp(rule->name, name, len) != 0)
				continue;
			*ret_known = true;
			if (rule->mode != LIST_UNUSED && rb->regimes[r].to_day > until)
				until = rb->regimes[r].to_day;
		}
	return until;
}

/* An operator may be stricter than the law; nobody feeds a list that the law has left. */
static void lint_overrides(struct lint *l)
{
	char date[CIVIL_DATE_SIZE];

	for (size_t i = 0; i < l->conf->list_overrides.count; i++) {
		const char *override = l->conf->list_overrides.words[i];
		int len = (int)strcspn(override, "=");
		bool known, required = strcmp(override + len, "=required") == 0;
		int32_t until = used_until(l->rb, override, (size_t)len, &known);

		if (!known)
			lint_warn(
			    l,
			    lint_say(
				l, "list_overrides: the rulebook has no list %.*s, so %s does nothing",
				"list_overrides : les règles n'ont pas de liste %.*s, donc %s est sans effet"),
			    len, override, override);
		else if (until == INT32_MIN)
			lint_warn(
			    l,
			    lint_say(
				l,
				"list_overrides: %s, but no regime uses %.*s: no age is known for it, and "
				"nothing says who refreshes it",
				"list_overrides : %s, mais aucun régime n'utilise %.*s : son âge maximal n'est pas connu, et rien ne dit qui la met à jour"),
			    override, len, override);
		else if (until <= l->first && required)
			lint_warn(
			    l,
			    lint_say(
				l,
				"list_overrides: %s, but the rulebook uses %.*s only until %s: nothing refreshes it any more, "
				"and every job is held once it is too old",
				"list_overrides : %s, mais les règles n'utilisent %.*s que jusqu'au %s : rien ne la met plus à jour, et toute tâche attendra dès qu'elle sera trop ancienne"),
			    override, len, override, civil_format_date(until - 1, date));
		else if (until <= l->first)
			lint_warn(
			    l,
			    lint_say(
				l,
				"list_overrides: %s, but the rulebook uses %.*s only until %s: nothing refreshes it any more; "
				"where it was loaded, every job is held once it is too old",
				"list_overrides : %s, mais les règles n'utilisent %.*s que jusqu'au %s : rien ne la met plus à jour ; là où elle a été chargée, toute tâche attendra dès qu'elle sera trop ancienne"),
			    override, len, override, civil_format_date(until - 1, date));
	}
}

void lint_today(struct lint *l)
{
	lint_signature(l);
	lint_law(l);
	lint_overrides(l);
}

void lint_all(struct lint *l)
{
	lint_today(l);
	lint_regimes(l);
	lint_places(l);
	lint_prefixes(l);
}
