/* lint_prefixes.c - prefixes and ranges that nothing can match: the longest prefix wins,
 * so one is dead if longer ones take every code that begins so. */
#include "ctl/check/lint_prefixes.h"

#include "core/number/phone.h"
#include "ctl/base/french.h"
#include "ctl/check/warning.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_MAX 32

static const char digits[] = "0123456789";

/* Prefixes that stand beside each other. */
struct table {
	const char **list;
	size_t count, capacity;
	size_t length;       /* a prefix of that many characters is a whole code */
	const char *letters; /* that may come next */
};

static void table_add(struct table *t, const char *prefix)
{
	t->list = mem_grow(t->list, &t->capacity, t->count, sizeof(*t->list));
	t->list[t->count++] = prefix;
}

/* Is it there, or anything longer? */
static bool has_prefix(const struct table *t, const char *prefix, bool longer)
{
	size_t len = strlen(prefix);

	for (size_t i = 0; i < t->count; i++)
		if (strncmp(t->list[i], prefix, len) == 0 && (t->list[i][len] != '\0') == longer)
			return true;
	return false;
}

static bool is_hidden(const struct table *t, const char *prefix)
{
	char next[PREFIX_MAX + 2];
	size_t len = strlen(prefix);

	if (len >= t->length || len >= PREFIX_MAX || !has_prefix(t, prefix, true))
		return false;
	for (const char *c = t->letters; *c != '\0'; c++) {
		snprintf(next, sizeof(next), "%s%c", prefix, *c);
		if (!has_prefix(t, next, false) && !is_hidden(t, next))
			return false;
	}
	return true;
}

/* --- addresses ----------------------------------------------------------------------- */

static void lint_addresses(struct lint *l, const char *what, const struct address_prefix *prefixes,
                           size_t count, int length, bool with_letters)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	struct table t = { .length = (size_t)length, .letters = with_letters ? letters : digits };

	for (size_t i = 0; i < count; i++)
		table_add(&t, prefixes[i].prefix);
	for (size_t i = 0; i < count; i++) {
		const char *prefix = prefixes[i].prefix;

		if (is_hidden(&t, prefix))
			lint_warn(l,
			          lint_say(l, "%s prefix %s matches nothing: longer prefixes take all of it",
			                   "préfixe %s %s sans effet : de plus longs le couvrent en entier"),
			          what, prefix);
		else if (prefix[strspn(prefix, letters)] != '\0')
			lint_warn(
			    l,
			    lint_say(l, "%s prefix %s matches nothing: a code has letters and digits",
			             "préfixe %s %s sans effet : un code a des lettres et des chiffres"),
			    what, prefix);
	}
	free(t.list);
}

/* --- numbers ----------------------------------------------------------------------------- */

static void lint_ranges(struct lint *l)
{
	const struct numbering *n = &l->rb->numbering;
	struct table t = { .letters = digits };

	for (size_t i = 0; i < n->range_count; i++)
		table_add(&t, n->ranges[i].prefix);
	for (size_t i = 0; i < n->range_count; i++) {
		const struct number_range *r = &n->ranges[i];
		bool any_length = r->cls == NUMBER_UNASSIGNED;

		/* A number that ends with the prefix itself is of no longer one: so those that
		 * say why a number cannot exist are always of use. */
		t.length = (size_t)r->min_digits + 1;
		if (!any_length && is_hidden(&t, r->prefix))
			lint_warn(
			    l,
			    lint_say(
				l, "number range %s matches nothing: longer ranges take all of it",
				"tranche de numéros %s sans effet : de plus longues la couvrent en entier"),
			    r->prefix);
		else if (!any_length && strlen(r->prefix) - 1 > r->max_digits)
			lint_warn(
			    l,
			    lint_say(
				l, "number range %s matches nothing: its numbers have %d digits at most",
				"tranche de numéros %s sans effet : ses numéros ont %d chiffres au plus"),
			    r->prefix, r->max_digits);
		else if (r->prefix[1] == '0')
			lint_warn(
			    l,
			    lint_say(
				l, "number range %s matches nothing: no country code begins with 0",
				"tranche de numéros %s sans effet : aucun indicatif de pays ne commence par 0"),
			    r->prefix);
	}
	free(t.list);
}

/* Can a number of so many digits that begins so be one of a range? */
static bool lands(const struct numbering *n, const char *begins, size_t count)
{
	const struct number_range *best = NULL;
	size_t len = strlen(begins);

	for (size_t i = 0; i < n->range_count; i++) {
		const struct number_range *r = &n->ranges[i];
		size_t range_len = strlen(r->prefix);
		bool fits = r->cls != NUMBER_UNASSIGNED && r->min_digits <= count && count <= r->max_digits;

		if (range_len > len) {
			if (fits && strncmp(r->prefix, begins, len) == 0)
				return true;
		} else if (strncmp(r->prefix, begins, range_len) == 0 &&
		           (best == NULL || range_len > strlen(best->prefix))) {
			best = r;
		}
	}
	return best != NULL && best->cls != NUMBER_UNASSIGNED && best->min_digits <= count &&
	       count <= best->max_digits;
}

static void lint_national(struct lint *l, const struct national_prefix *p)
{
	const struct numbering *n = &l->rb->numbering;
	struct table t = { .length = p->digits, .letters = digits };
	char begins[2 * PREFIX_MAX];
	size_t len = strlen(p->prefix);

	for (size_t i = 0; i < n->national_count; i++)
		if (n->nationals[i].digits == p->digits)
			table_add(&t, n->nationals[i].prefix);
	snprintf(begins, sizeof(begins), "%s%s", p->put, p->drop < len ? p->prefix + p->drop : "");
	if (is_hidden(&t, p->prefix))
		lint_warn(
		    l,
		    lint_say(
			l, "national prefix %s of %d digits matches nothing: longer prefixes take all of it",
			"préfixe national %s à %d chiffres sans effet : de plus longs le couvrent en entier"),
		    p->prefix, p->digits);
	else if (p->put[0] != '\0' && !lands(n, begins, strlen(p->put) - 1 + p->digits - p->drop))
		lint_warn(
		    l,
		    lint_say(
			l, "national prefix %s of %d digits becomes %s…, and no range has such a number",
			"préfixe national %s à %d chiffres : il devient %s…, et aucune tranche n'a de tel numéro"),
		    p->prefix, p->digits, begins);
	free(t.list);
}

/* --- what is shown and announced ------------------------------------------------------------ */

/* The class of the numbers that begin so, where one range has them all; else -1. */
static int class_under(const struct numbering *n, const char *prefix)
{
	const struct number_range *best = NULL;

	for (size_t i = 0; i < n->range_count; i++) {
		const char *range = n->ranges[i].prefix;

		if (strncmp(range, prefix, strlen(range)) == 0 &&
		    (best == NULL || strlen(range) > strlen(best->prefix)))
			best = &n->ranges[i];
	}
	return best != NULL ? (int)best->cls : -1;
}

static bool has_class(const struct numbering *n, enum number_class cls)
{
	for (size_t i = 0; i < n->range_count; i++)
		if (n->ranges[i].cls == cls)
			return true;
	for (size_t i = 0; i < n->national_count; i++)
		if (n->nationals[i].put[0] == '\0' && n->nationals[i].cls == cls)
			return true;
	return false;
}

/* Where a country keeps numbers for automata, those that may be shown are of them. */
static void lint_caller_ids(struct lint *l)
{
	const struct numbering *n = &l->rb->numbering;

	for (size_t i = 0; i < l->rb->caller_id_count && has_class(n, NUMBER_CALLER_ID); i++) {
		const char *prefix = l->rb->caller_ids[i].prefix;
		int cls = class_under(n, prefix);
		bool longer = false;

		for (size_t k = 0; k < n->range_count; k++)
			longer |= n->ranges[k].cls == NUMBER_CALLER_ID &&
			          strncmp(n->ranges[k].prefix, prefix, strlen(prefix)) == 0;
		if (cls != NUMBER_CALLER_ID && !longer)
			lint_warn(
			    l,
			    lint_say(
				l, "caller-id range %s: the numbering has it as %s, not as caller-id",
				"tranche de numéros présentés %s : le plan de numérotation la range comme %s, et non parmi les automates"),
			    prefix,
			    cls >= 0 ? lang_say(l->french, number_class_name((enum number_class)cls))
				     : lint_say(l, "nothing", "rien"));
	}
	for (int cls = 0; cls < NUMBER_CLASS_COUNT; cls++)
		if (l->rb->opt_out_classes[cls] && !has_class(n, (enum number_class)cls))
			lint_warn(l,
			          lint_say(l, "opt_out: no number is of class %s",
			                   "opt_out : aucun numéro n'est de la classe %s"),
			          lang_say(l->french, number_class_name((enum number_class)cls)));
}

void lint_prefixes(struct lint *l)
{
	const struct rulebook *rb = l->rb;

	lint_addresses(l, lint_say(l, "postcode", "de code postal"), rb->postcodes, rb->postcode_count,
	               rb->postcode_length, rb->postcode_letters);
	lint_addresses(l, lint_say(l, "INSEE", "INSEE"), rb->insee, rb->insee_count, rb->insee_length, false);
	lint_ranges(l);
	for (size_t i = 0; i < rb->numbering.national_count; i++)
		lint_national(l, &rb->numbering.nationals[i]);
	lint_caller_ids(l);
}
