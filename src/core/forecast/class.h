/* class.h - kinds of jobs, told apart, and the cells in which what goes out is counted. */
#ifndef LICET_CORE_FORECAST_CLASS_H
#define LICET_CORE_FORECAST_CLASS_H

#include "core/forecast/forecast.h"

#include <stdbool.h>
#include <stdint.h>

/* The same for two that are the same, their counts aside. */
uint32_t class_hash(const struct forecast_class *c);
bool class_same(const struct forecast_class *a, const struct forecast_class *b);

/* The date of an instant, in the first zone of a place. */
int32_t cell_date(const struct rulebook *rb, uint32_t place, int64_t ms);
/* By date, then by place. */
void cells_sort(struct forecast_cell *cells, size_t count);

#endif
