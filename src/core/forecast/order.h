/* order.h - positions of a list by the time of each. */
#ifndef LICET_CORE_FORECAST_ORDER_H
#define LICET_CORE_FORECAST_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order {
	int64_t ms;
	uint32_t at; /* position */
};
/* Sort by time, those of one time by position. */
void order_sort(struct order *list, size_t count);

#endif
