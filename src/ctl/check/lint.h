/* lint.h - what is sound in licet.conf and the rulebook, and will hurt all the same.
 *
 * The loaders refuse what cannot be right, with its line. Here are rules that can
 * never do anything, places where nobody could ever be called, and what will end. */
#ifndef LICET_CTL_CHECK_LINT_H
#define LICET_CTL_CHECK_LINT_H

#include "core/decide/decide.h"
#include "io/config/conf.h"

#include <jansson.h>

struct lint {
	const struct conf *conf;
	const struct rulebook *rb;
	int64_t now_ms;
	int32_t first, last; /* local dates now */
	struct law law;      /* of these dates */
	json_t *warnings;    /* texts, each once */
};

/* Everything below. */
void lint_all(struct lint *l);

/* What it means today and soon: the signature, regimes that end, lists that nothing
 * refreshes. */
void lint_today(struct lint *l);

void lint_warn(struct lint *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
