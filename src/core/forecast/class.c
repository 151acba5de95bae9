/* class.c - see class.h. */
#include "core/forecast/class.h"

#include "core/law/binding.h"

#include <stdlib.h>

uint32_t class_hash(const struct forecast_class *c)
{
	uint64_t h = c->place * UINT64_C(0x9E3779B97F4A7C15);
	h = (h ^ (uint64_t)c->from_ms) * UINT64_C(0xBF58476D1CE4E5B9);
	h = (h ^ h >> 29 ^ (uint64_t)c->until_ms) * UINT64_C(0x94D049BB133111EB);
	h ^= h >> 32 ^ (uint64_t)c->why << 3 ^ (uint64_t)c->never << 1 ^ (uint64_t)c->any_hour;
	return (uint32_t)(h ^ h >> 17);
}

bool class_same(const struct forecast_class *a, const struct forecast_class *b)
{
	return a->place == b->place && a->from_ms == b->from_ms && a->until_ms == b->until_ms &&
	       a->why == b->why && a->never == b->never && a->any_hour == b->any_hour;
}

int32_t cell_date(const struct rulebook *rb, uint32_t place, int64_t ms)
{
	int32_t second;
	for (size_t t = 0; t < rb->territory_count; t++)
		if ((place & TERRITORY_BIT(t)) != 0 && rb->territories[t].zone_count > 0)
			return zone_local_date(rb->territories[t].zones[0], ms, &second);
	return (int32_t)(ms / DAY_MS);
}

static int by_date(const void *a, const void *b)
{
	const struct forecast_cell *x = a, *y = b;
	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

void cells_sort(struct forecast_cell *cells, size_t count)
{
	if (count > 0)
		qsort(cells, count, sizeof(*cells), by_date);
}
