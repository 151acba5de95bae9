/* consent.h - is this a consent to this call? See decide.h. The order is scope, channel, form,
 * dates; a consent that is unfit is no consent. */
#ifndef LICET_CORE_CONSENT_CONSENT_H
#define LICET_CORE_CONSENT_CONSENT_H

#include "core/decide/decide.h"

/* Read what Redis keeps: "event_ms received_ms c|o" of the number, and after a bar that of
 * the person. Returns false if it is none: the opposition then has no date. */
bool opposition_read(const char *text, size_t len, struct opposition_fact *ret);
/* Judge one consent. allowed, or the reason and which rule. *ret_end_ms is the
 * instant from which it is no consent any more. */
enum reason consent_judge(const struct consent_rule *rule, const struct consent *c,
                          const struct campaign *campaign, const struct rulebook *rb, uint32_t place,
                          int64_t now_ms, const char **ret_rule, int64_t *ret_end_ms);
/* May it lift an opposition at all? Not if it was given by phone, or nobody says how. */
bool consent_may_lift(const struct consent *c);

#endif
