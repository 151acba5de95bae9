/* paper_calendar.h - the closed days of a year, on paper: a rendering of the JSON that the command made. want: title and checkpoint are set there. */
#ifndef LICET_CTL_PAPER_PAPER_CALENDAR_H
#define LICET_CTL_PAPER_PAPER_CALENDAR_H

#include "ctl/paper/sheet.h"

/* days: [{date, name, rule, territories}]; place: its name, "": everywhere. */
void paper_calendar(const struct sheet_want *want, const json_t *days, const char *place, int year, FILE *to);

#endif
