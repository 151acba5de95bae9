/* diff_effect.h - what a change of law would do to what waits. See regime_diff.h. Lists are read
 * in chunks of so many jobs, and their numbers are asked for together: a few commands a chunk,
 * whatever is held. */
#ifndef LICET_CTL_LAW_DIFF_EFFECT_H
#define LICET_CTL_LAW_DIFF_EFFECT_H

#include "ctl/law/regime_diff.h"

/* What would become of the jobs that are held now and of the consents in the registry:
 * would they be lawful, apart from the hour of the day, under one law and not under the
 * other? Reads them in chunks. Both laws are asked at the same instant, at_ms. */
json_t *law_effect(struct ctl *ctl, const struct law_step *step, int64_t at_ms);

#endif
