/* law_text.c - regimes, hours and lists of a rulebook in words and as JSON; see law_text.h. */
#include "ctl/law/law_text.h"

#include "ctl/base/french.h"

#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

static bool same_hours(const struct week *w, int a, int b)
{
	return w->days[a].count == w->days[b].count &&
	       memcmp(w->days[a].ranges, w->days[b].ranges,
	              w->days[a].count * sizeof(w->days[a].ranges[0])) == 0;
}

char *law_week_text(const struct week *w, bool french)
{
	static const char *const languages[2][7] = { { "mon", "tue", "wed", "thu", "fri", "sat", "sun" },
		                                     { "lun", "mar", "mer", "jeu", "ven", "sam", "dim" } };
	const char *const *names = languages[french];
	char *text = mem_copy("");

	for (int day = 0, last; day < 7; day = last + 1) {
		for (last = day; last < 6 && same_hours(w, day, last + 1);)
			last++;
		for (size_t r = 0; r < w->days[day].count; r++) {
			const struct minute_range *m = &w->days[day].ranges[r];
			bool first = r == 0;
			char *more =
			    mem_format("%s%s%s%s%s%s%02d:%02d-%02d:%02d", text,
			               first && *text != '\0' ? "; " : "", first ? names[day] : "",
			               first && last > day ? "-" : "", first && last > day ? names[last] : "",
			               first ? " " : ",", m->start_min / 60, m->start_min % 60,
			               m->end_min / 60, m->end_min % 60);

			free(text);
			text = more;
		}
	}
	return text;
}

const char *law_mode_name(enum list_mode mode)
{
	static const char *const modes[] = {
		[LIST_UNUSED] = "unused", [LIST_REQUIRED] = "required", [LIST_IF_PRESENT] = "if-present"
	};

	return modes[mode];
}

const char *law_grade(bool french, const char *grade)
{
	return strcmp(grade, "primary") == 0
	           ? lang_pick(french, "read in the original", "lu dans l'original")
	           : lang_pick(french, "read in quotations", "lu dans des citations");
}

const char *law_sector_name(const struct sector_rule *rule)
{
	static const char *const statuses[] = {
		[SECTOR_ALLOWED] = "allowed", [SECTOR_BANNED] = "banned", [SECTOR_UNAPPROVED] = "unapproved"
	};

	return statuses[rule->status];
}

static json_t *json_list(const char *name, enum list_mode mode, int max_age_days, const char *article)
{
	return print_pack("{s:s, s:s, s:i, s:s}", "name", name, "mode", law_mode_name(mode), "max_age_days",
	                  max_age_days, "article", article);
}

json_t *law_json_regime(const struct regime *r)
{
	char *hours = law_week_text(&r->week, false);
	json_t *object =
	    print_pack("{s:s, s:o, s:o, s:s?, s:s, s:s?, s:b, s:i, s:i, s:i}", "id", r->id, "from",
	               ctl_json_date(r->from_day), "to", ctl_json_date(r->to_day), "grade", r->grade, "hours",
	               hours, "hours_article", r->week_article, "consent_required", (int)r->consent.required,
	               "cap_attempts", r->cap.attempts, "cap_days", r->cap.days, "refusal_days",
	               r->refusal_days);

	free(hours);
	return object;
}

json_t *law_json(const struct law *law)
{
	json_t *regimes = json_array(), *lists = json_array();

	for (size_t i = 0; i < law->regime_count; i++)
		json_array_append_new(regimes, law_json_regime(law->regimes[i]));
	for (size_t i = 0; i < law->list_count; i++)
		json_array_append_new(lists, json_list(law->lists[i].name, law->lists[i].mode,
		                                       law->lists[i].max_age_days, law->lists[i].article));
	return print_pack("{s:o, s:o}", "regimes", regimes, "lists", lists);
}

json_t *law_json_dates(const struct regime *const *regimes, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, print_pack("{s:s, s:o, s:o, s:s}", "id", regimes[i]->id, "from",
		                                       ctl_json_date(regimes[i]->from_day), "to",
		                                       ctl_json_date(regimes[i]->to_day), "grade",
		                                       regimes[i]->grade));
	return list;
}

static const char *list_article(const struct regime *regime, const char *rule)
{
	/* The advertiser's own list rests on what the platform's rests on. */
	const char *name = strncmp(rule, "opposition:", 11) == 0 ? "opposition" : rule;

	for (size_t i = 0; i < regime->list_count; i++)
		if (strcmp(regime->lists[i].name, name) == 0)
			return regime->lists[i].article;
	return NULL;
}

static const char *number_article(const struct rulebook *rb, const char *e164)
{
	const struct numbering *n = &rb->numbering;
	const char *article = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < n->range_count; i++) {
		size_t len = strlen(n->ranges[i].prefix);

		if (len >= longest && strncmp(n->ranges[i].prefix, e164, len) == 0) {
			longest = len;
			article = n->ranges[i].article;
		}
	}
	return article;
}

static const char *regime_article(const struct regime *regime, enum reason reason, const char *rule)
{
	switch (reason) {
	case REASON_OPPOSED_PLATFORM:
	case REASON_OPPOSED_ADVERTISER:
	case REASON_LISTED:
		return list_article(regime, rule);
	case REASON_REFUSAL:
		return regime->refusal_article;
	case REASON_CONSENT_MISSING:
	case REASON_CONSENT_WITHDRAWN:
	case REASON_CONSENT_EXPIRED:
	case REASON_CONSENT_SCOPE:
	case REASON_CONSENT_CHANNEL:
	case REASON_CONSENT_FORM:
		return regime->consent.article;
	case REASON_CAP_UNREACHABLE:
	case REASON_CAP_REACHED:
		return regime->cap.article;
	case REASON_WEEKEND:
	case REASON_OUTSIDE_HOURS:
		return regime->week_article;
	case REASON_HOLIDAY:
		return regime->holiday_article;
	default:
		return NULL;
	}
}

const char *law_article(const struct rulebook *rb, enum reason reason, const char *rule, const char *e164,
                        int32_t day)
{
	const struct regime *regimes[REGIME_MAX];
	size_t count = rulebook_regimes_on(rb, day, regimes);
	const char *article = NULL;

	if (reason == REASON_NUMBER_CLASS || reason == REASON_NUMBER_NOT_COVERED)
		article = number_article(rb, e164);
	else if (reason == REASON_WINDOW_CLOSING)
		article = rb->guard_article;
	for (size_t i = 0; i < count && article == NULL; i++)
		article = regime_article(regimes[i], reason, rule);
	return article != NULL ? article : "";
}
