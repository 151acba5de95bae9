/* seen_set.c - what was met before, as fingerprints of 64 bits: eight bytes a mark. Among ten
 * million of them two agree by chance once in 300,000 forecasts. */
#include "ctl/forecast/seen_set.h"

#include "core/text/fnv.h"
#include "ctl/forecast/forecast.h"
#include "io/host/mem.h"

#include <stdlib.h>

#define MARKS_START (UINT64_C(1) << 14)
#define MARKS_MAX (UINT64_C(1) << 24) /* 128 MiB: room for about eleven million */

struct marks {
	uint64_t *table, size, count;
};

struct marks *marks_new(void)
{
	struct marks *m = mem_zero(sizeof(*m));

	m->size = MARKS_START;
	m->table = mem_zero(m->size * sizeof(*m->table));
	return m;
}

void marks_free(struct marks *m)
{
	free(m->table);
	free(m);
}

static uint64_t fingerprint(const char *kind, const char *text)
{
	uint64_t h = fnv_text(fnv_text(FNV_START, kind), text); /* then mixed */

	h = (h ^ h >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	h = (h ^ h >> 27) * UINT64_C(0x94D049BB133111EB);
	h ^= h >> 31;
	return h != 0 ? h : 1; /* 0 is a free place */
}

/* Where it is, or where it would be. */
static uint64_t *place_of(uint64_t *table, uint64_t size, uint64_t h)
{
	uint64_t i = h & (size - 1);

	while (table[i] != 0 && table[i] != h)
		i = (i + 1) & (size - 1);
	return &table[i];
}

static void grow(struct marks *m)
{
	uint64_t size = 2 * m->size, *table = mem_zero(size * sizeof(*table));

	for (uint64_t i = 0; i < m->size; i++)
		if (m->table[i] != 0)
			*place_of(table, size, m->table[i]) = m->table[i];
	free(m->table);
	m->table = table;
	m->size = size;
}

bool marks_full(const struct marks *m)
{
	return m->size == MARKS_MAX && m->count >= m->size / 3 * 2;
}

bool marks_note(struct marks *m, const char *kind, const char *text)
{
	uint64_t h = fingerprint(kind, text), *at = place_of(m->table, m->size, h);

	if (*at == h)
		return true;
	if (marks_full(m))
		return false;
	if (m->count >= m->size / 3 * 2) {
		grow(m);
		at = place_of(m->table, m->size, h);
	}
	*at = h;
	m->count++;
	return false;
}
