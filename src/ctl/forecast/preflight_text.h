/* preflight_text.h - what campaigns will do at an opening, for people. */
#ifndef LICET_CTL_FORECAST_PREFLIGHT_TEXT_H
#define LICET_CTL_FORECAST_PREFLIGHT_TEXT_H

#include "ctl/space/everywhere.h"

/* What a campaign does at T. Only the last needs somebody. */
enum doing { DOES_RELEASE, DOES_WAIT, DOES_NOTHING, DOES_NOT };
extern const char *const preflight_does[]; /* the same as codes */

/* list: the campaigns of preflight --json. e: the spaces that were asked, none where there is one. */
void preflight_print(const struct ctl *ctl, const json_t *list, int64_t at_ms, const struct everywhere *e,
                     bool fr);

#endif
