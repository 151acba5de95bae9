/* phone.h - phone and windows: what a number is, and when it may be called. */
#ifndef LICET_CTL_LAW_PHONE_H
#define LICET_CTL_LAW_PHONE_H

#include "ctl/base/session.h"

/* Read a number or a place's name. A number that is refused is shown and false
 * returned: the command then ends with 1. A word that is neither is bad use. */
bool ctl_read_place(struct ctl *ctl, const char *text, uint32_t *ret_place);
/* Bad use: the word should have been a place. */
_Noreturn void ctl_unknown_place(struct ctl *ctl, const char *text);
/* The names of the territories of a place. */
json_t *ctl_json_territories(const struct rulebook *rb, uint32_t place);
/* The zones of a place, each once, in the rulebook's order. Returns how many. */
size_t ctl_place_zones(const struct rulebook *rb, uint32_t place, const struct zone **zones, size_t max);
json_t *ctl_json_zones(const struct rulebook *rb, uint32_t place);

#endif
