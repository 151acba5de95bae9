/* year_view.h - see calendar.h. */
#ifndef LICET_CTL_LAW_YEAR_VIEW_H
#define LICET_CTL_LAW_YEAR_VIEW_H

#include "ctl/law/calendar.h"

/* Twelve months, what the marks mean, and the windows of the week. everywhere: of all
 * territories, so that a day may be closed in some of them only. */
void calendar_draw(const struct ctl *ctl, uint32_t place, const struct year *y, bool everywhere);

extern const char *const month_names[12]; /* January first */

#endif
