/* page_law.h - what the page reads of the law: the closed days of a year, everywhere. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_LAW_H
#define LICET_DAEMON_PUBLISH_PAGE_LAW_H

#include "daemon/publish/page_sheet.h"

#include <stdbool.h>

bool page_calendar_begin(struct page_sheet *sheet, const char *name); /* name: the year */

/* {open, until, next_open, why, rule, zone} of a place now. */
json_t *page_place(struct daemon *d, uint32_t place);
/* The same of each territory. */
json_t *page_places(struct daemon *d);

#endif
