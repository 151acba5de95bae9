/* forecast_text.h - a forecast for people: one line, a table, bars, and what it rests on. */
#ifndef LICET_CTL_FORECAST_FORECAST_TEXT_H
#define LICET_CTL_FORECAST_FORECAST_TEXT_H

#include "ctl/forecast/forecast.h"

void outlook_print(const struct ctl *ctl, const struct outlook *o, bool french);

#endif
