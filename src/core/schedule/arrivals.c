/* arrivals.c - see arrivals.h. */
#include "core/schedule/arrivals.h"

#include <string.h>

static void forget_first(struct arrivals *a, size_t n)
{
	memmove(a->looks, a->looks + n, (a->count - n) * sizeof(a->looks[0]));
	a->count -= n;
}

/* The two looks that are nearest in time become one, with the time of the earlier. */
static void unite_two(struct arrivals *a)
{
	size_t at = 0;
	for (size_t i = 1; i + 1 < a->count; i++)
		if (a->looks[i + 1].at_ms - a->looks[i].at_ms < a->looks[at + 1].at_ms - a->looks[at].at_ms)
			at = i;
	a->looks[at].upto = a->looks[at + 1].upto;
	memmove(a->looks + at + 1, a->looks + at + 2, (a->count - at - 2) * sizeof(a->looks[0]));
	a->count--;
}

void arrivals_look(struct arrivals *a, int64_t taken, int64_t queued, int64_t now_ms)
{
	int64_t upto = taken + queued;
	size_t gone = 0;
	/* A counter that fell: somebody made the campaign anew. */
	if (a->count > 0 && upto < a->looks[a->count - 1].upto)
		a->count = 0;
	while (gone < a->count && a->looks[gone].upto <= taken)
		gone++;
	forget_first(a, gone);
	if (queued <= 0 || (a->count > 0 && a->looks[a->count - 1].upto == upto))
		return;
	if (a->count == ARRIVALS_MAX)
		unite_two(a);
	a->looks[a->count].upto = upto;
	a->looks[a->count++].at_ms = now_ms;
}

int64_t arrivals_seen_ms(const struct arrivals *a, int64_t position, int64_t otherwise_ms)
{
	for (size_t i = 0; i < a->count; i++)
		if (position < a->looks[i].upto)
			return a->looks[i].at_ms;
	return otherwise_ms;
}
