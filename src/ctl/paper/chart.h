/* chart.h - curves on paper, as SVG: the same as those of the page of licetd. */
#ifndef LICET_CTL_PAPER_CHART_H
#define LICET_CTL_PAPER_CHART_H

#include "core/forecast/history.h"
#include "core/time/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chart_day {
	int32_t date;
	int64_t released;
	const char *closed; /* why nothing goes out; "": something may */
};
/* A bar a day; closed days are shaded; the band goes from one date to another (INT32_MAX: beyond the last). Heap. */
char *chart_days(bool french, const struct chart_day *days, size_t count, int32_t early, int32_t late);
/* Released, refused, answered and objected by the hour, over the last week; NULL: nothing happened. Heap. */
char *chart_hours(bool french, const struct zone *zone, const struct history *h, int64_t now_ms);

#endif
