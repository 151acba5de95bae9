/* page_spaces.h - what the page reads of all spaces together: a line for each, whoever works in it, and what waits in
 * them all. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_SPACES_H
#define LICET_DAEMON_PUBLISH_PAGE_SPACES_H

#include "daemon/publish/page_sheet.h"
#include "daemon/served.h"

#include <stdbool.h>

/* Begin it; sheet->d is NULL. A space that cannot be read, or in which another instance works, is named with the
 * reason, and is in no sum: "whole" says whether there is any such. Returns true. */
bool page_spaces_begin(struct page_sheet *sheet, const struct served *served);
/* Why that space is not to be seen here, for people: heap. seat: NULL: it is none of those served. */
char *page_spaces_why(const struct served *served, const struct seat *seat);

#endif
