/* forecast_paper.h - a forecast on paper, for a client. */
#ifndef LICET_CTL_FORECAST_FORECAST_PAPER_H
#define LICET_CTL_FORECAST_FORECAST_PAPER_H

#include "core/forecast/history.h"
#include "ctl/forecast/forecast.h"
#include "ctl/paper/sheet.h"

void forecast_paper(const struct sheet_want *want, const struct outlook *o, const struct history *h,
                    FILE *to);

#endif
