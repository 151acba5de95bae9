/* page_forecast.h - when a campaign will be done, for its view: what licetctl preflight reckons, from counts and
 * the first jobs. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_FORECAST_H
#define LICET_DAEMON_PUBLISH_PAGE_FORECAST_H

#include "daemon/publish/page_sheet.h"

#include <stdbool.h>

bool page_forecast_begin(struct page_sheet *sheet, const char *name); /* name: the campaign */

#endif
