/* regime_diff.h - what a change of law changes. */
#ifndef LICET_CTL_LAW_REGIME_DIFF_H
#define LICET_CTL_LAW_REGIME_DIFF_H

#include "ctl/base/session.h"

/* The law of a day and of the day before. */
struct law_step {
	int32_t day; /* the first of the new law */
	/* In force that day and the day before; NULL: no law is known. */
	const struct regime *before, *after;
	/* What binds then: within a day of a change its neighbour does too. */
	const struct regime *binds_before[REGIME_MAX], *binds_on[REGIME_MAX];
	size_t binds_before_count, binds_on_count;
};
struct law_step law_step_at(const struct rulebook *rb, int32_t day);

/* The first day after a given one on which anything changes; INT32_MAX: none. */
int32_t law_next_change(const struct rulebook *rb, int32_t after);

/* Field by field, each as {field, before, after, text}; field is the way to it in the
 * rulebook ("lists.bloctel.mode"), before and after are values as they stand there, null
 * where there is none; text is a sentence. *ret_same: the parts in
 * which nothing but an article may differ ("hours", "lists" …). */
json_t *law_differences(const struct rulebook *rb, const struct law_step *step, bool french,
                        json_t **ret_same);

#endif
