/* numbers.c - the numbering plan of a rulebook: prefixes, classes, opt-out and caller-id ranges; see numbers.h. */
#include "io/rulebook/numbers.h"

#include "core/number/phone.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/rulebook/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define E164_MAX 15
#define WRITTEN_MAX 20

/* Arrays that grow while they are read. */
struct growing {
	struct numbering *n;
	size_t range_capacity, national_capacity, caller_id_capacity;
};

static bool is_digits(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

/* "+33639" */
static bool is_e164_prefix(const char *text)
{
	return text[0] == '+' && is_digits(text + 1) && strlen(text + 1) <= E164_MAX;
}

static bool read_class(struct cfg_node group, enum cfg_need need, enum number_class *ret)
{
	const char *names[NUMBER_CLASS_COUNT];
	size_t found;

	for (size_t i = 0; i < NUMBER_CLASS_COUNT; i++)
		names[i] = number_class_name((enum number_class)i);
	if (!cfg_choice(group, "class", need, names, NUMBER_CLASS_COUNT, &found))
		return false;
	*ret = (enum number_class)found;
	return true;
}

static void fail_twice(struct cfg_node at, const char *prefix)
{
	cfg_fail(at, error_pick("prefix \"%s\" is there twice", "le préfixe « %s » y est deux fois"), prefix);
}

/* --- E.164 ranges ------------------------------------------------------------------ */

static bool is_called(enum number_class cls)
{
	return cls == NUMBER_FIXED || cls == NUMBER_MOBILE || cls == NUMBER_VOIP;
}

/* digits = [11] or digits = [7, 15] */
static void read_digits(struct cfg_node group, struct number_range *range)
{
	int min = 0, max = 0;
	struct cfg_node list;

	if (range->cls == NUMBER_UNASSIGNED) { /* such a number has no right length */
		range->max_digits = E164_MAX;
		return;
	}
	list = cfg_list(group, "digits", CFG_NEEDED);
	if (cfg_is_absent(list))
		return;
	cfg_int_at(list, 0, 1, E164_MAX, &min);
	max = min;
	if (cfg_count(list) == 2)
		cfg_int_at(list, 1, 1, E164_MAX, &max);
	if (cfg_count(list) < 1 || cfg_count(list) > 2 || max < min)
		cfg_fail(
		    list,
		    error_pick("digits is [exactly] or [least, most], the country code included",
		               "digits est [exactement] ou [au moins, au plus], indicatif de pays compris"));
	range->min_digits = (uint8_t)min;
	range->max_digits = (uint8_t)max;
}

static void add_range(struct cfg_node at, struct growing *g, const char *prefix,
                      const struct number_range *like)
{
	struct numbering *n = g->n;

	if (!is_e164_prefix(prefix)) {
		cfg_fail(at,
		         error_pick("a prefix such as \"+33639\" is expected, not \"%.40s\"",
		                    "un préfixe comme « +33639 » est attendu, et non « %.40s »"),
		         prefix);
		return;
	}
	for (size_t i = 0; i < n->range_count; i++) {
		if (strcmp(n->ranges[i].prefix, prefix) == 0) {
			fail_twice(at, prefix);
			return;
		}
	}
	n->ranges = mem_grow(n->ranges, &g->range_capacity, n->range_count, sizeof(*n->ranges));
	struct number_range *range = &n->ranges[n->range_count++];
	*range = *like;
	range->prefix = mem_copy(prefix);
	range->hint = mem_copy(like->hint);
	range->article = mem_copy(like->article);
	range->put = mem_copy(like->put);
}

/* drop = 3; put = "+590": what is written so is a line that has its name there. */
static void read_other_name(struct cfg_node group, struct number_range *range)
{
	const char *put = cfg_text(group, "put", CFG_OPTIONAL);
	int drop = 0;

	if (put == NULL)
		return;
	cfg_int(group, "drop", CFG_NEEDED, 1, E164_MAX, &drop);
	range->drop = (uint8_t)drop;
	if (!is_e164_prefix(put) || strlen(put) < 2)
		cfg_fail(
		    cfg_member(group, "put"),
		    error_pick("put must begin an E.164 number, such as \"+590\", not \"%.40s\"",
		               "put doit être le début d'un numéro E.164, comme « +590 », et non « %.40s »"),
		    put);
	range->put = mem_copy(put);
}

static void read_range(struct cfg_node group, const struct rulebook *rb, struct growing *g)
{
	struct number_range like = { .cls = NUMBER_UNASSIGNED };
	struct cfg_node prefixes = cfg_list(group, "prefix", CFG_NEEDED);

	read_other_name(group, &like);
	if (like.put == NULL) /* else all that is told of the line is told under its name */
		read_class(group, CFG_NEEDED, &like.cls);
	read_digits(group, &like);
	rulebook_get_territories(group, "territories", is_called(like.cls) ? CFG_NEEDED : CFG_OPTIONAL, rb,
	                         &like.territories);
	cfg_string(group, "hint", CFG_OPTIONAL, &like.hint);
	rulebook_get_text(group, "article", CFG_OPTIONAL, &like.article);
	if (!cfg_is_absent(prefixes) && cfg_count(prefixes) == 0)
		cfg_fail(prefixes, error_pick("prefix is empty", "prefix est vide"));
	for (size_t i = 0; i < cfg_count(prefixes) && !cfg_failed(group.cfg); i++) {
		const char *prefix = cfg_text_at(prefixes, i);
		if (prefix != NULL)
			add_range(cfg_at(prefixes, i), g, prefix, &like);
	}
	free(like.hint);
	free(like.article);
	free(like.put);
}

static const struct number_range *longest_range(const struct numbering *n, const char *text)
{
	const struct number_range *best = NULL;
	for (size_t i = 0; i < n->range_count; i++)
		if (strncmp(text, n->ranges[i].prefix, strlen(n->ranges[i].prefix)) == 0 &&
		    (best == NULL || strlen(n->ranges[i].prefix) > strlen(best->prefix)))
			best = &n->ranges[i];
	return best;
}

/* The name that a line is given must be one: of a range that has no other name itself. */
static void check_other_names(struct cfg_node group, const struct numbering *n)
{
	const char *put = cfg_text(group, "put", CFG_OPTIONAL);
	struct cfg_node prefixes = cfg_list(group, "prefix", CFG_NEEDED);
	int drop = 0;

	if (put == NULL || !cfg_int(group, "drop", CFG_NEEDED, 1, E164_MAX, &drop))
		return;
	for (size_t i = 0; i < cfg_count(prefixes); i++) {
		const char *prefix = cfg_text_at(prefixes, i);
		char name[2 * E164_MAX + 2];
		if (prefix == NULL)
			return;
		if ((size_t)drop > strlen(prefix) - 1) {
			cfg_fail(cfg_at(prefixes, i),
			         error_pick("range %s: drop is more than its prefix has",
			                    "tranche %s : drop dépasse la longueur de son préfixe"),
			         prefix);
			return;
		}
		snprintf(name, sizeof(name), "%s%s", put, prefix + 1 + drop);
		const struct number_range *range = longest_range(n, name);
		if (range == NULL || range->put != NULL || range->cls == NUMBER_UNASSIGNED)
			cfg_fail(cfg_at(prefixes, i),
			         error_pick("range %s: no line has its name under %s",
			                    "tranche %s : aucune ligne n'a son nom sous %s"),
			         prefix, name);
	}
}

/* --- national forms ------------------------------------------------------------------ */

static void add_national(struct cfg_node at, struct growing *g, const char *prefix,
                         const struct national_prefix *like)
{
	struct numbering *n = g->n;

	if (prefix[0] == '\0' || !is_digits(prefix) || strlen(prefix) > like->digits) {
		cfg_fail(at,
		         error_pick("a prefix of at most %d digits is expected, not \"%.40s\"",
		                    "un préfixe de %d chiffres au plus est attendu, et non « %.40s »"),
		         like->digits, prefix);
		return;
	}
	for (size_t i = 0; i < n->national_count; i++) {
		if (n->nationals[i].digits == like->digits && strcmp(n->nationals[i].prefix, prefix) == 0) {
			cfg_fail(at,
			         error_pick("prefix \"%s\" of %d digits is there twice",
			                    "le préfixe « %s » de %d chiffres y est deux fois"),
			         prefix, like->digits);
			return;
		}
	}
	n->nationals =
	    mem_grow(n->nationals, &g->national_capacity, n->national_count, sizeof(*n->nationals));
	struct national_prefix *national = &n->nationals[n->national_count++];
	*national = *like;
	national->prefix = mem_copy(prefix);
	national->put = mem_copy(like->put);
}

static void read_national(struct cfg_node group, const struct rulebook *rb, struct growing *g)
{
	struct national_prefix like = { .cls = NUMBER_UNASSIGNED };
	struct cfg_node prefixes = cfg_list(group, "prefix", CFG_NEEDED);
	int digits = 0, drop = 0;

	cfg_int(group, "digits", CFG_NEEDED, 1, WRITTEN_MAX, &digits);
	like.digits = (uint8_t)digits;
	rulebook_get_text(group, "put", CFG_OPTIONAL, &like.put);
	if (like.put[0] == '\0') {
		read_class(group, CFG_NEEDED, &like.cls);
	} else {
		cfg_int(group, "drop", CFG_NEEDED, 0, digits, &drop);
		like.drop = (uint8_t)drop;
		rulebook_get_territories(group, "also", CFG_OPTIONAL, rb, &like.also);
		if (!is_e164_prefix(like.put) || strlen(like.put) < 2)
			cfg_fail(
			    cfg_member(group, "put"),
			    error_pick(
				"put must begin an E.164 number, such as \"+33\", not \"%.40s\"",
				"put doit être le début d'un numéro E.164, comme « +33 », et non « %.40s »"),
			    like.put);
	}
	if (!cfg_is_absent(prefixes) && cfg_count(prefixes) == 0)
		cfg_fail(prefixes, error_pick("prefix is empty", "prefix est vide"));
	for (size_t i = 0; i < cfg_count(prefixes) && !cfg_failed(group.cfg); i++) {
		const char *prefix = cfg_text_at(prefixes, i);
		if (prefix != NULL)
			add_national(cfg_at(prefixes, i), g, prefix, &like);
	}
	free(like.put);
}

static int compare_ranges(const void *a, const void *b)
{
	return strcmp(((const struct number_range *)a)->prefix, ((const struct number_range *)b)->prefix);
}

static int compare_nationals(const void *a, const void *b)
{
	const struct national_prefix *x = a, *y = b;
	int order = strcmp(x->prefix, y->prefix);

	return order != 0 ? order : x->digits - y->digits;
}

static void read_numbering(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node group = cfg_group(root, "numbering", CFG_NEEDED);
	struct cfg_node ranges = cfg_list(group, "ranges", CFG_NEEDED);
	struct cfg_node nationals = cfg_list(group, "nationals", CFG_NEEDED);
	struct numbering *n = &rb->numbering;
	struct growing g = { .n = n };

	rulebook_get_text(group, "international", CFG_NEEDED, &n->international);
	rulebook_get_text(group, "trunk", CFG_OPTIONAL, &n->trunk);
	rulebook_get_text(group, "expected", CFG_NEEDED, &n->expected);
	if (!is_digits(n->international) || !is_digits(n->trunk) || strlen(n->trunk) > 4)
		cfg_fail(group, error_pick("international and trunk are digits",
		                           "international et trunk sont des chiffres"));
	for (size_t i = 0; i < cfg_count(ranges) && !cfg_failed(root.cfg); i++)
		read_range(cfg_group_at(ranges, i), rb, &g);
	for (size_t i = 0; i < cfg_count(ranges) && !cfg_failed(root.cfg); i++)
		check_other_names(cfg_group_at(ranges, i), n);
	for (size_t i = 0; i < cfg_count(nationals) && !cfg_failed(root.cfg); i++)
		read_national(cfg_group_at(nationals, i), rb, &g);
	if (n->range_count > 0)
		qsort(n->ranges, n->range_count, sizeof(*n->ranges), compare_ranges);
	if (n->national_count > 0)
		qsort(n->nationals, n->national_count, sizeof(*n->nationals), compare_nationals);
}

/* --- caller id and opt-out ------------------------------------------------------------- */

static void add_caller_id(struct cfg_node at, struct rulebook *rb, struct growing *g, const char *prefix,
                          bool doubtful, const char *article)
{
	if (!is_e164_prefix(prefix) || strlen(prefix) < 2) {
		cfg_fail(at,
		         error_pick("a prefix such as \"+33162\" is expected, not \"%.40s\"",
		                    "un préfixe comme « +33162 » est attendu, et non « %.40s »"),
		         prefix);
		return;
	}
	for (size_t i = 0; i < rb->caller_id_count; i++) {
		if (strcmp(rb->caller_ids[i].prefix, prefix) == 0) {
			fail_twice(at, prefix);
			return;
		}
	}
	rb->caller_ids =
	    mem_grow(rb->caller_ids, &g->caller_id_capacity, rb->caller_id_count, sizeof(*rb->caller_ids));
	rb->caller_ids[rb->caller_id_count++] =
	    (struct caller_id_range){ mem_copy(prefix), doubtful, mem_copy(article) };
}

static void read_caller_ids(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node group = cfg_group(root, "caller_id", CFG_NEEDED);
	struct cfg_node ranges = cfg_list(group, "ranges", CFG_NEEDED);
	struct growing g = { .n = &rb->numbering };

	rulebook_get_text(group, "article", CFG_NEEDED, &rb->caller_id_article);
	rulebook_get_text(group, "owner_article", CFG_OPTIONAL, &rb->caller_id_owner_article);
	for (size_t i = 0; i < cfg_count(ranges) && !cfg_failed(root.cfg); i++) {
		struct cfg_node range = cfg_group_at(ranges, i);
		struct cfg_node prefixes = cfg_list(range, "prefix", CFG_NEEDED);
		char *article = NULL;
		bool doubtful = true;
		cfg_bool(range, "doubtful", CFG_NEEDED, &doubtful);
		rulebook_get_text(range, "article", CFG_OPTIONAL, &article);
		for (size_t j = 0; j < cfg_count(prefixes) && !cfg_failed(root.cfg); j++) {
			const char *prefix = cfg_text_at(prefixes, j);
			if (prefix != NULL)
				add_caller_id(cfg_at(prefixes, j), rb, &g, prefix, doubtful, article);
		}
		free(article);
	}
}

static void read_classes(struct cfg_node classes, bool ret[NUMBER_CLASS_COUNT])
{
	for (size_t i = 0; i < cfg_count(classes); i++) {
		const char *name = cfg_text_at(classes, i);
		bool found = false;
		for (size_t j = 0; name != NULL && j < NUMBER_CLASS_COUNT; j++) {
			if (strcmp(number_class_name((enum number_class)j), name) == 0)
				found = ret[j] = true;
		}
		if (name != NULL && !found)
			cfg_fail(cfg_at(classes, i),
			         error_pick("unknown class \"%.40s\"", "classe inconnue « %.40s »"), name);
	}
}

static void read_opt_out(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node group = cfg_group(root, "opt_out", CFG_NEEDED);

	cfg_int(group, "within_seconds", CFG_OPTIONAL, 1, 600, &rb->opt_out_within_s);
	cfg_int(group, "asked_over_seconds", CFG_OPTIONAL, 1, 600, &rb->opt_out_asked_over_s);
	rulebook_get_text(group, "article", CFG_NEEDED, &rb->opt_out_article);
	read_classes(cfg_list(group, "classes", CFG_NEEDED), rb->opt_out_classes);
	read_classes(cfg_list(group, "fragile", CFG_OPTIONAL), rb->opt_out_fragile);
}

void rulebook_read_numbers(struct cfg_node root, struct rulebook *rb)
{
	if (cfg_failed(root.cfg))
		return;
	read_numbering(root, rb);
	read_caller_ids(root, rb);
	read_opt_out(root, rb);
}
