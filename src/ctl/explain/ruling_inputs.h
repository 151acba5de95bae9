/* ruling_inputs.h - what each rule looked at, for receipts. One function per rule. */
#ifndef LICET_CTL_EXPLAIN_RULING_INPUTS_H
#define LICET_CTL_EXPLAIN_RULING_INPUTS_H

#include "ctl/explain/receipt.h"

/* What a rule looked at, as an object: {"class": "mobile", …}. */
json_t *ruling_inputs(const struct judgement *j, const struct ruling *r);
/* The regimes that bound, as the rule saw them; an empty list for a rule of ours. */
json_t *ruling_regimes(const struct judgement *j, const struct ruling *r);
/* How the place was found: {"by": "prefix" | "postcode" | "insee" | "united" | "unknown", …}. */
json_t *placed_json(const struct judgement *j);

#endif
