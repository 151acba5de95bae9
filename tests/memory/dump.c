#include "dump.h"

#include <inttypes.h>
#include <stdio.h>

#define PUT(...) fprintf(out, __VA_ARGS__)

static const char *text_of(const char *text)
{
	return text != NULL ? text : "(none)";
}

static void dump_regime(FILE *out, const struct regime *r)
{
	PUT("regime %s %d %d %s %s %s %d %s\n", r->id, r->from_day, r->to_day, r->grade,
	    text_of(r->week_article), text_of(r->holiday_article), r->refusal_days,
	    text_of(r->refusal_article));
	for (size_t d = 0; d < 7; d++)
		for (size_t i = 0; i < r->week.days[d].count; i++)
			PUT(" %zu %d-%d", d, r->week.days[d].ranges[i].start_min,
			    r->week.days[d].ranges[i].end_min);
	for (size_t i = 0; i < r->list_count; i++)
		PUT("\nlist %s %d %d %d %s", r->lists[i].name, r->lists[i].mode, r->lists[i].max_age_days,
		    r->lists[i].prospecting_only, text_of(r->lists[i].article));
	for (size_t i = 0; i < r->sector_count; i++)
		PUT("\nsector %s %d %d %s", r->sectors[i].name, (int)r->sectors[i].status,
		    r->sectors[i].consent_max_age_days, text_of(r->sectors[i].article));
	const struct consent_rule *c = &r->consent;
	PUT("\nconsent %d %s %d %d %d %d %d %s", c->required, text_of(c->channel), c->max_age_days,
	    c->product_match, c->advertiser_match, c->proof_required, c->slot_minutes, text_of(c->article));
	for (size_t i = 0; i < c->mention_count; i++)
		PUT(" %s", c->mentions[i]);
	for (size_t i = 0; i < c->base_count; i++)
		PUT(" b %s", c->bases[i]);
	for (size_t i = 0; i < c->act_count; i++)
		PUT(" a %s", c->acts[i]);
	PUT("\ncap %d %d %s\n", r->cap.attempts, r->cap.days, text_of(r->cap.article));
}

static void dump_territory(FILE *out, const struct territory *t)
{
	PUT("territory %s %d %s\n", t->name, t->covered, text_of(t->article));
	for (size_t i = 0; i < t->zone_count; i++)
		PUT(" zone %s %" PRId64, zone_name(t->zones[i]), zone_date_start_ms(t->zones[i], 20780));
	for (size_t i = 0; i < t->holiday_count; i++) {
		const struct holiday *h = &t->holidays[i];
		PUT("\n holiday %s %d %d-%d %d %d-%d %d %s", h->name, (int)h->kind, h->month, h->day,
		    h->easter_days, h->from_year, h->to_year, h->complete_until, text_of(h->article));
		for (size_t k = 0; k < h->date_count; k++)
			PUT(" %d", h->dates[k]);
	}
	PUT("\n");
}

static void dump_numbering(FILE *out, const struct numbering *n)
{
	PUT("numbering %s %s %s\n", n->international, n->trunk, n->expected);
	for (size_t i = 0; i < n->range_count; i++)
		PUT("range %s %s %d %d %d-%d %x %s %s %d\n", n->ranges[i].prefix, text_of(n->ranges[i].put),
		    n->ranges[i].drop, (int)n->ranges[i].cls, n->ranges[i].min_digits,
		    n->ranges[i].max_digits, n->ranges[i].territories, text_of(n->ranges[i].hint),
		    text_of(n->ranges[i].article), n->range_tree != NULL);
	for (size_t i = 0; i < n->national_count; i++)
		PUT("national %s %d %d %s %d %x %d\n", n->nationals[i].prefix, n->nationals[i].digits,
		    n->nationals[i].drop, n->nationals[i].put, (int)n->nationals[i].cls, n->nationals[i].also,
		    n->national_tree != NULL);
}

char *rulebook_dump(const struct rulebook *rb)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	PUT("%s %s %s %s %s %s %s %s %s %s %s %s %s %s %d %d %d %d %d %d %d %d %s\n", rb->id, rb->version,
	    rb->hash, rb->file_hash, rb->tzdata, rb->approved_by, rb->approved_on, rb->source,
	    rb->caller_id_article, rb->opt_out_article, rb->guard_article, rb->announce_article,
	    rb->source_article, rb->location_article, rb->postcode_length, rb->postcode_letters,
	    rb->insee_length, rb->opt_out_within_s, rb->opt_out_asked_over_s, rb->guard_s, rb->guard_margin_s,
	    rb->proof_days, text_of(rb->proof_article));
	for (size_t i = 0; i < rb->territory_count; i++)
		dump_territory(out, &rb->territories[i]);
	for (size_t i = 0; i < rb->postcode_count; i++)
		PUT("postcode %s %x\n", rb->postcodes[i].prefix, rb->postcodes[i].territories);
	for (size_t i = 0; i < rb->insee_count; i++)
		PUT("insee %s %x\n", rb->insee[i].prefix, rb->insee[i].territories);
	dump_numbering(out, &rb->numbering);
	for (size_t i = 0; i < rb->regime_count; i++)
		dump_regime(out, &rb->regimes[i]);
	for (size_t i = 0; i < rb->caller_id_count; i++)
		PUT("caller id %s %d %s\n", rb->caller_ids[i].prefix, rb->caller_ids[i].doubtful,
		    text_of(rb->caller_ids[i].article));
	for (int i = 0; i < NUMBER_CLASS_COUNT; i++)
		PUT("%d%d", rb->opt_out_classes[i], rb->opt_out_fragile[i]);
	for (size_t i = 0; i < rb->location_count; i++)
		PUT(" %s", rb->locations[i]);
	fclose(out);
	return text;
}
