/* rulebook.c - the law of a country as a value; see rulebook.h. */
#include "core/law/rulebook.h"

#include "core/number/phone.h"
#include "core/number/prefix.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[NUMBER_CLASS_COUNT] = {
	[NUMBER_FIXED] = "fixed",
	[NUMBER_MOBILE] = "mobile",
	[NUMBER_VOIP] = "voip",
	[NUMBER_CALLER_ID] = "caller-id",
	[NUMBER_FREE] = "free",
	[NUMBER_ORDINARY] = "ordinary",
	[NUMBER_SURCHARGED] = "surcharged",
	[NUMBER_SHORT] = "short",
	[NUMBER_MACHINE] = "machine",
	[NUMBER_SATELLITE] = "satellite",
	[NUMBER_UNASSIGNED] = "unassigned",
	[NUMBER_FOREIGN] = "foreign",
};

const char *number_class_name(enum number_class cls)
{
	assert(cls < NUMBER_CLASS_COUNT);
	return class_names[cls];
}

/* --- lookups ----------------------------------------------------------------- */

static bool index_ranges(struct numbering *n)
{
	n->range_tree = prefix_tree_new();
	if (n->range_tree == NULL || n->range_count >= PREFIX_NONE)
		return false;
	for (size_t i = 0; i < n->range_count; i++) {
		const char *prefix = n->ranges[i].prefix;
		if (prefix[0] != '+' ||
		    !prefix_tree_add(n->range_tree, prefix + 1, strlen(prefix + 1), (uint16_t)i))
			return false;
	}
	return true;
}

/* The length comes first in the key: a prefix of 4 digits says nothing about a
 * number of 10. */
static bool index_nationals(struct numbering *n)
{
	n->national_tree = prefix_tree_new();
	if (n->national_tree == NULL || n->national_count >= PREFIX_NONE)
		return false;
	for (size_t i = 0; i < n->national_count; i++) {
		char key[2 + PHONE_SIZE];
		int len = snprintf(key, sizeof(key), "%02u%s", n->nationals[i].digits % 100u,
		                   n->nationals[i].prefix);
		if (len >= (int)sizeof(key) ||
		    !prefix_tree_add(n->national_tree, key, (size_t)len, (uint16_t)i))
			return false;
	}
	return true;
}

bool rulebook_index(struct rulebook *rb)
{
	prefix_tree_free(rb->numbering.range_tree);
	prefix_tree_free(rb->numbering.national_tree);
	rb->numbering.range_tree = rb->numbering.national_tree = NULL;
	return index_ranges(&rb->numbering) && index_nationals(&rb->numbering);
}

static bool is_in_force(const struct regime *r, int32_t date)
{
	return r->from_day <= date && date < r->to_day;
}

size_t rulebook_regimes_on(const struct rulebook *rb, int32_t date, const struct regime *ret[REGIME_MAX])
{
	size_t count = 0;
	bool in_force = false;

	assert(rb->regime_count <= REGIME_MAX);
	for (size_t i = 0; i < rb->regime_count; i++) {
		const struct regime *r = &rb->regimes[i];
		in_force |= is_in_force(r, date);
		if (is_in_force(r, date) || is_in_force(r, date - 1) || is_in_force(r, date + 1))
			ret[count++] = r;
	}
	/* The day before the first regime and the day after the last have a
	 * neighbour, but no law of their own. */
	return in_force ? count : 0;
}

/* --- the end ------------------------------------------------------------------- */

static void free_strings(char **strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(strings[i]);
	free(strings);
}

static void free_territory(struct territory *t)
{
	for (size_t i = 0; i < t->zone_count; i++)
		zone_free(t->zones[i]);
	for (size_t i = 0; i < t->holiday_count; i++) {
		free(t->holidays[i].name);
		free(t->holidays[i].article);
		free(t->holidays[i].dates);
	}
	free(t->zones);
	free(t->holidays);
	free(t->name);
	free(t->article);
}

static void free_prefixes(struct address_prefix *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(prefixes[i].prefix);
	free(prefixes);
}

static void free_numbering(struct numbering *n)
{
	for (size_t i = 0; i < n->range_count; i++) {
		free(n->ranges[i].prefix);
		free(n->ranges[i].hint);
		free(n->ranges[i].put);
		free(n->ranges[i].article);
	}
	for (size_t i = 0; i < n->national_count; i++) {
		free(n->nationals[i].prefix);
		free(n->nationals[i].put);
	}
	free(n->ranges);
	free(n->nationals);
	free(n->international);
	free(n->trunk);
	free(n->expected);
	prefix_tree_free(n->range_tree);
	prefix_tree_free(n->national_tree);
}

static void free_regime(struct regime *r)
{
	for (size_t i = 0; i < r->list_count; i++) {
		free(r->lists[i].name);
		free(r->lists[i].article);
	}
	for (size_t i = 0; i < r->sector_count; i++) {
		free(r->sectors[i].name);
		free(r->sectors[i].article);
	}
	free(r->lists);
	free(r->sectors);
	free_strings(r->consent.mentions, r->consent.mention_count);
	free_strings(r->consent.bases, r->consent.base_count);
	free_strings(r->consent.acts, r->consent.act_count);
	free(r->consent.channel);
	free(r->consent.article);
	free(r->cap.article);
	free(r->id);
	free(r->grade);
	free(r->week_article);
	free(r->holiday_article);
	free(r->refusal_article);
}

void rulebook_free(struct rulebook *rb)
{
	if (rb == NULL)
		return;
	for (size_t i = 0; i < rb->territory_count; i++)
		free_territory(&rb->territories[i]);
	for (size_t i = 0; i < rb->regime_count; i++)
		free_regime(&rb->regimes[i]);
	for (size_t i = 0; i < rb->caller_id_count; i++) {
		free(rb->caller_ids[i].prefix);
		free(rb->caller_ids[i].article);
	}
	free_prefixes(rb->postcodes, rb->postcode_count);
	free_prefixes(rb->insee, rb->insee_count);
	free_numbering(&rb->numbering);
	free_strings(rb->locations, rb->location_count);
	free_strings(rb->code_before, rb->code_before_count);
	free_strings(rb->code_after, rb->code_after_count);
	char *strings[] = { rb->id,
		            rb->version,
		            rb->file_hash,
		            rb->hash,
		            rb->tzdata,
		            rb->approved_by,
		            rb->approved_on,
		            rb->source,
		            rb->caller_id_article,
		            rb->caller_id_owner_article,
		            rb->opt_out_article,
		            rb->guard_article,
		            rb->announce_article,
		            rb->source_article,
		            rb->location_article,
		            rb->proof_article };
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i]);
	free(rb->territories);
	free(rb->regimes);
	free(rb->caller_ids);
	free(rb);
}
