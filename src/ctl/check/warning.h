/* warning.h - what the checks of a configuration look at, and the warnings they give. */
#ifndef LICET_CTL_CHECK_WARNING_H
#define LICET_CTL_CHECK_WARNING_H

#include "core/decide/decide.h"
#include "io/config/conf.h"

#include <jansson.h>

struct lint {
	const struct conf *conf;
	const struct rulebook *rb;
	int64_t now_ms;
	int32_t first, last; /* local dates now */
	struct law law;      /* of these dates */
	bool french;
	json_t *warnings; /* texts, each once */
};

/* In the language that is asked for. */
const char *lint_say(const struct lint *l, const char *english, const char *french)
    __attribute__((format_arg(2), format_arg(3)));
void lint_warn(struct lint *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
