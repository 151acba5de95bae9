/* binding.c - which rules bind on a day, and what a place is at an instant. */
#include "core/law/binding.h"

#include "core/decide/decide.h"
#include "core/law/window.h"

#include <assert.h>
#include <string.h>

static void law_add_regime(struct law *law, const struct regime *regime)
{
	for (size_t i = 0; i < law->regime_count; i++)
		if (law->regimes[i] == regime)
			return;
	assert(law->regime_count < REGIME_MAX); /* a rulebook has no more than these */
	law->regimes[law->regime_count++] = regime;
}

/* The stricter of two ages; 0 is no limit. */
static int stricter_age(int a, int b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

static struct law_list *law_list_named(struct law *law, const char *name)
{
	for (size_t i = 0; i < law->list_count; i++)
		if (strcmp(law->lists[i].name, name) == 0)
			return &law->lists[i];
	if (law->list_count == LAW_LISTS_MAX)
		return NULL;
	struct law_list *list = &law->lists[law->list_count++];
	*list =
	    (struct law_list){ .name = name, .mode = LIST_UNUSED, .prospecting_only = true, .article = "" };
	return list;
}

static void law_add_list(struct law *law, const struct list_rule *rule)
{
	if (rule->mode == LIST_UNUSED)
		return;
	struct law_list *list = law_list_named(law, rule->name);
	if (list == NULL) {
		law->known = false; /* more lists than we can check: nobody knows */
		return;
	}
	if (list->mode != LIST_REQUIRED)
		list->mode = rule->mode;
	list->max_age_days = stricter_age(list->max_age_days, rule->max_age_days);
	list->prospecting_only = list->prospecting_only && rule->prospecting_only;
	list->article = rule->article != NULL ? rule->article : "";
}

/* A list an operator keeps requiring takes its age from the regime that had one. */
static void law_override(struct law *law, const struct rulebook *rb, const char *override)
{
	size_t name_len = strcspn(override, "=");
	const struct list_rule *last = NULL;
	for (size_t r = 0; r < rb->regime_count; r++)
		for (size_t i = 0; i < rb->regimes[r].list_count; i++) {
			const struct list_rule *rule = &rb->regimes[r].lists[i];
			if (strlen(rule->name) == name_len && memcmp(rule->name, override, name_len) == 0 &&
			    (last == NULL || rule->mode != LIST_UNUSED))
				last = rule;
		}
	if (last == NULL || override[name_len] != '=')
		return;
	struct list_rule stricter = *last;
	stricter.mode = strcmp(override + name_len + 1, "required") == 0 ? LIST_REQUIRED : LIST_IF_PRESENT;
	law_add_list(law, &stricter);
}

void law_read(const struct rulebook *rb, int32_t first, int32_t last, const char *const *overrides,
              size_t override_count, struct law *ret)
{
	*ret = (struct law){ .known = first <= last }; /* no day at all: no law */
	for (int32_t date = first; date <= last; date++) {
		const struct regime *regimes[REGIME_MAX];
		size_t n = rulebook_regimes_on(rb, date, regimes);
		if (n == 0)
			ret->known = false;
		for (size_t i = 0; i < n; i++)
			law_add_regime(ret, regimes[i]);
	}
	for (size_t r = 0; r < ret->regime_count; r++)
		for (size_t i = 0; i < ret->regimes[r]->list_count; i++)
			law_add_list(ret, &ret->regimes[r]->lists[i]);
	for (size_t i = 0; i < override_count; i++)
		law_override(ret, rb, overrides[i]);
}

void law_for_service(struct law *law)
{
	size_t kept = 0;
	for (size_t i = 0; i < law->list_count; i++)
		if (!law->lists[i].prospecting_only)
			law->lists[kept++] = law->lists[i];
	law->list_count = kept;
}

void law_dates(const struct rulebook *rb, int64_t now_ms, int32_t *ret_first, int32_t *ret_last)
{
	int32_t first = INT32_MAX, last = INT32_MIN;
	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t z = 0; rb->territories[t].covered && z < rb->territories[t].zone_count; z++) {
			int32_t second;
			int32_t date = zone_local_date(rb->territories[t].zones[z], now_ms, &second);
			first = date < first ? date : first;
			last = date > last ? date : last;
		}
	*ret_first = first;
	*ret_last = last;
}

enum reason lists_state(const struct law *law, const struct list_fact *facts, int64_t now_ms,
                        const char **ret_rule, int64_t *ret_stale_ms)
{
	*ret_stale_ms = INT64_MAX;
	for (size_t i = 0; i < law->list_count; i++) {
		const struct law_list *list = &law->lists[i];
		*ret_rule = list->name;
		if (facts[i].malformed)
			return REASON_LIST_MALFORMED;
		if (facts[i].lost)
			return REASON_LIST_MISSING;
		if (!facts[i].has_meta) {
			if (list->mode == LIST_REQUIRED)
				return REASON_LIST_MISSING;
			continue;
		}
		if (facts[i].refreshed_ms == TIME_NONE || facts[i].refreshed_ms > now_ms)
			return REASON_LIST_STALE;
		if (list->max_age_days == 0)
			continue;
		int64_t stale_ms = facts[i].refreshed_ms + list->max_age_days * DAY_MS;
		if (now_ms >= stale_ms)
			return REASON_LIST_STALE;
		if (stale_ms < *ret_stale_ms)
			*ret_stale_ms = stale_ms;
	}
	*ret_rule = "";
	return REASON_ALLOWED;
}

/* --- views ---------------------------------------------------------------------- */

void place_views_init(struct place_views *views, const struct rulebook *rb, const struct week *own)
{
	views->rb = rb;
	views->own = own;
	views->count = 0;
}

/* The local dates now, and the first instant at which one of them ends. */
static int64_t view_dates(const struct rulebook *rb, struct place_view *v, int64_t now_ms)
{
	int64_t end_ms = INT64_MAX;
	v->date_first = INT32_MAX;
	v->date_last = INT32_MIN;
	for (size_t t = 0; t < rb->territory_count; t++) {
		if ((v->place & TERRITORY_BIT(t)) == 0)
			continue;
		for (size_t z = 0; z < rb->territories[t].zone_count; z++) {
			int32_t second;
			int32_t date = zone_local_date(rb->territories[t].zones[z], now_ms, &second);
			int64_t next_ms = zone_date_start_ms(rb->territories[t].zones[z], date + 1);
			v->date_first = date < v->date_first ? date : v->date_first;
			v->date_last = date > v->date_last ? date : v->date_last;
			end_ms = next_ms < end_ms ? next_ms : end_ms;
		}
	}
	return end_ms;
}

/* Since when it has been open that is open now: looked for over the day before. */
static int64_t opened_ms(const struct place_views *views, uint32_t place, int64_t now_ms)
{
	int64_t at_ms = now_ms - DAY_MS, open_ms = at_ms, close_ms;
	while (window_next_open(views->rb, place, views->own, at_ms, 2, &open_ms) && open_ms <= now_ms &&
	       window_next_close(views->rb, place, views->own, open_ms, &close_ms) && close_ms <= now_ms)
		at_ms = close_ms;
	return open_ms;
}

static void view_compute(const struct place_views *views, struct place_view *v, uint32_t place,
                         int64_t now_ms)
{
	const struct rulebook *rb = views->rb;
	*v = (struct place_view){
		.place = place, .computed_ms = now_ms, .next_open_ms = TIME_NONE, .rule = ""
	};
	v->valid_until_ms = view_dates(rb, v, now_ms);
	law_read(rb, v->date_first, v->date_last, NULL, 0, &v->law);
	v->why = window_why(rb, place, views->own, now_ms, &v->rule);
	v->open = v->why == REASON_ALLOWED && window_next_close(rb, place, views->own, now_ms, &v->close_ms);
	if (v->open)
		v->open_ms = opened_ms(views, place, now_ms);
	int64_t from_ms = v->open ? v->close_ms : now_ms;
	if (!window_next_open(rb, place, views->own, from_ms, WINDOW_HORIZON_DAYS, &v->next_open_ms))
		v->next_open_ms = TIME_NONE;
	int64_t change_ms = v->open ? v->close_ms : v->next_open_ms;
	if (change_ms != TIME_NONE && change_ms < v->valid_until_ms)
		v->valid_until_ms = change_ms;
}

const struct place_view *place_view_at(struct place_views *views, uint32_t place, int64_t now_ms)
{
	size_t i = 0;
	while (i < views->count && views->views[i].place != place)
		i++;
	if (i < views->count && now_ms >= views->views[i].computed_ms &&
	    now_ms < views->views[i].valid_until_ms)
		return &views->views[i];
	if (i == views->count) {
		if (views->count < PLACE_VIEWS_MAX)
			views->count++;
		else
			i = place % PLACE_VIEWS_MAX; /* more places than slots: one is computed again */
	}
	view_compute(views, &views->views[i], place, now_ms);
	return &views->views[i];
}
