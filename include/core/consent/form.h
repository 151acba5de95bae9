/* form.h - registered forms of consent. See form_read() in job.h. */
#ifndef LICET_CORE_CONSENT_FORM_H
#define LICET_CORE_CONSENT_FORM_H

#include "core/job/job.h"

/* Read a registered form from its hash: product, channel, mentions, bases, act,
 * wording_hash, from, to, approved_by. Lists have spaces, commas or | between them; from
 * (needed) and to are instants, or dates, which stand for 00:00 UTC. */
void form_read(const struct fields *hash, struct consent_form *ret);

#endif
