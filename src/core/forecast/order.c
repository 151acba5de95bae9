/* order.c - see order.h. */
#include "core/forecast/order.h"

#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void order_sort(struct order *list, size_t count)
{
	qsort(list, count, sizeof(*list), by_time);
}
