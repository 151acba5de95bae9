/* binding.h - which rules bind on a day, and what a place is at an instant. */
#ifndef LICET_CORE_LAW_BINDING_H
#define LICET_CORE_LAW_BINDING_H

#include "core/law/rulebook.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- the law of some days -------------------------------------------------- */

#define LAW_LISTS_MAX 24
struct law_list {
	const char *name;
	enum list_mode mode;
	int max_age_days; /* 0: no limit */
	bool prospecting_only;
	const char *article;
};
/* What binds on all of the days from first to last: every regime of any of them,
 * and their lists, the stricter rule of each. */
struct law {
	bool known; /* false: some day has no regime */
	size_t regime_count;
	const struct regime *regimes[REGIME_MAX];
	size_t list_count;
	struct law_list lists[LAW_LISTS_MAX]; /* the platform's, the advertiser's, then the rulebook's */
};

/* --- a place at an instant ---------------------------------------------------- */

struct place_view {
	uint32_t place;
	int64_t computed_ms, valid_until_ms; /* holds for instants in [computed, valid_until) */
	bool open;
	int64_t open_ms;      /* if open: since when, a day back at most */
	int64_t close_ms;     /* if open */
	int64_t next_open_ms; /* the next opening; after the close if open; TIME_NONE: none */
	enum reason why;      /* if not open */
	const char *rule;
	int32_t date_first, date_last; /* local dates now */
	struct law law;
};
/* A small memory of views for one rulebook and one campaign's hours. */
#define PLACE_VIEWS_MAX 64
struct place_views {
	const struct rulebook *rb;
	const struct week *own; /* NULL: none */
	size_t count;
	struct place_view views[PLACE_VIEWS_MAX];
};

/* --- a list, as its meta tells ---------------------------------------------------- */

#define LIST_VERSION_SIZE 21

struct list_fact {
	const char *name;
	int64_t refreshed_ms;            /* TIME_NONE: unreadable */
	char version[LIST_VERSION_SIZE]; /* of a packed list (packed.h), as its meta says; "": a set */
	bool has_meta, malformed;
	bool lost; /* it lacks members that did not leave it lawfully */
};

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
