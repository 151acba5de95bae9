/* binding.h - which rules bind on a day, and what a place is at an instant. */
#ifndef LICET_CORE_LAW_BINDING_H
#define LICET_CORE_LAW_BINDING_H

#include "core/decide/decide.h"

/* overrides: "bloctel=required": what an operator makes stricter. A list cannot be
 * made laxer. */
void law_read(const struct rulebook *rb, int32_t first, int32_t last, const char *const *overrides,
              size_t override_count, struct law *ret);
/* Leave out the lists that a service message does not ask. */
void law_for_service(struct law *law);
/* The local dates that now_ms is, in all covered territories. */
void law_dates(const struct rulebook *rb, int64_t now_ms, int32_t *ret_first, int32_t *ret_last);
void place_views_init(struct place_views *views, const struct rulebook *rb, const struct week *own);
/* The view of a place at now_ms; computed only when the old one is over. Valid until
 * the next call that needs its slot: copy what must stay. */
const struct place_view *place_view_at(struct place_views *views, uint32_t place, int64_t now_ms);
/* The state of the lists of a campaign: allowed, or why nothing goes out. *ret_rule is
 * the list's name; *ret_until_ms the instant at which the first list becomes stale
 * (INT64_MAX: never). facts[i] belongs to law->lists[i]. */
enum reason lists_state(const struct law *law, const struct list_fact *facts, int64_t now_ms,
                        const char **ret_rule, int64_t *ret_stale_ms);

#endif
