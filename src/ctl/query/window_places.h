/* window_places.h - the places in which a campaign's own window never meets the lawful hours. */
#ifndef LICET_CTL_QUERY_WINDOW_PLACES_H
#define LICET_CTL_QUERY_WINDOW_PLACES_H

#include "core/law/week.h"
#include "ctl/query/query.h"

/* Jobs of a campaign, counted by place. */
struct window_places;
/* window: the campaign's own hours; copied. Heap; give it to window_places_free(). */
struct window_places *window_places_new(struct ctl *ctl, const struct week *window);
/* So many jobs are there. */
void window_places_add(struct window_places *w, uint32_t place, int64_t jobs);
/* The places where the law has hours, and the window has none of them: [{"place", "jobs"}]. */
json_t *window_places_never(const struct window_places *w);
void window_places_free(struct window_places *w);

/* The same of the jobs that are held, from the campaign's counters. window: NULL: it has none. */
json_t *window_never(struct ctl *ctl, const struct week *window, const struct hash *stats);
/* One line for each. */
void window_never_tell(const char *id, const json_t *places);

#endif
