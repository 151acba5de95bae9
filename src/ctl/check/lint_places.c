/* lint_places.c - places where nobody could ever be called, or that nobody is in. */
#include "ctl/check/lint_places.h"

#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/check/warning.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_DAYS 14 /* of openings: a week may be all holidays */

struct places {
	uint32_t *list;
	size_t count, capacity;
};

static void add_place(struct places *p, uint32_t place)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i] == place)
			return;
	if (place == 0)
		return;
	p->list = mem_grow(p->list, &p->capacity, p->count, sizeof(*p->list));
	p->list[p->count++] = place;
}

/* Every set of territories that a number can mean. */
static void places_of_numbers(const struct rulebook *rb, struct places *ret)
{
	const struct numbering *n = &rb->numbering;

	for (size_t i = 0; i < n->range_count; i++)
		add_place(ret, n->ranges[i].territories);
	for (size_t i = 0; i < n->national_count; i++) {
		const struct national_prefix *national = &n->nationals[i];

		/* What is written so lies in any range under the number that it becomes. */
		for (size_t k = 0; k < n->range_count && national->also != 0; k++)
			if (strncmp(n->ranges[k].prefix, national->put, strlen(national->put)) == 0 &&
			    n->ranges[k].territories != 0)
				add_place(ret, n->ranges[k].territories | national->also);
	}
}

static void places_of_addresses(const struct rulebook *rb, struct places *ret)
{
	for (size_t i = 0; i < rb->postcode_count; i++)
		add_place(ret, rb->postcodes[i].territories);
	for (size_t i = 0; i < rb->insee_count; i++)
		add_place(ret, rb->insee[i].territories);
}

/* The longest of the openings in a fortnight, in ms. */
static int64_t longest_opening(const struct rulebook *rb, uint32_t place, int64_t open_ms)
{
	int64_t end_ms = open_ms + LOOK_DAYS * DAY_MS, longest_ms = 0, close_ms;

	while (open_ms < end_ms && window_next_close(rb, place, NULL, open_ms, &close_ms)) {
		if (close_ms - open_ms > longest_ms)
			longest_ms = close_ms - open_ms;
		if (!window_next_open(rb, place, NULL, close_ms, LOOK_DAYS, &open_ms))
			break;
	}
	return longest_ms;
}

static void lint_place(struct lint *l, uint32_t place)
{
	char name[PLACE_NAME_SIZE];
	int64_t open_ms;

	if (!place_is_covered(l->rb, place) || !l->law.known)
		return;
	if (!window_next_open(l->rb, place, NULL, l->now_ms, WINDOW_HORIZON_DAYS, &open_ms))
		lint_warn(
		    l,
		    lint_say(
			l, "%s: no minute is lawful in all of it; its jobs are held as place-unknown",
			"%s : aucune minute n'y est licite partout ; ses tâches attendent (place-unknown)"),
		    place_name(l->rb, place, name));
	else if (longest_opening(l->rb, place, open_ms) <= l->rb->guard_s * INT64_C(1000))
		lint_warn(
		    l,
		    lint_say(
			l, "%s: no opening of it is longer than the guard of %d s: nothing is released",
			"%s : aucune ouverture n'y dure plus que la marge de %d s : rien n'est autorisé"),
		    place_name(l->rb, place, name), l->rb->guard_s);
}

void lint_places(struct lint *l)
{
	const struct rulebook *rb = l->rb;
	struct places numbers = { 0 }, all = { 0 }, addresses = { 0 };
	uint32_t reached = 0;

	places_of_numbers(rb, &numbers);
	places_of_addresses(rb, &addresses);
	for (size_t i = 0; i < numbers.count; i++)
		add_place(&all, numbers.list[i]);
	for (size_t i = 0; i < addresses.count; i++)
		add_place(&all, addresses.list[i]);
	/* Number and address that do not agree are united. */
	for (size_t i = 0; i < numbers.count; i++)
		for (size_t k = 0; k < addresses.count; k++)
			add_place(&all, place_join(numbers.list[i], addresses.list[k], 0));
	for (size_t i = 0; i < all.count; i++) {
		reached |= all.list[i];
		lint_place(l, all.list[i]);
	}
	for (size_t t = 0; t < rb->territory_count; t++)
		if ((reached & TERRITORY_BIT(t)) == 0)
			lint_warn(l,
			          lint_say(l, "territory %s: no number and no address leads to it",
			                   "territoire %s : aucun numéro ni aucune adresse n'y mène"),
			          rb->territories[t].name);
	free(numbers.list);
	free(addresses.list);
	free(all.list);
}
