/* page_state.h - what the page reads of this instant: everything at a glance, and one campaign. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_STATE_H
#define LICET_DAEMON_PUBLISH_PAGE_STATE_H

#include "daemon/publish/page_sheet.h"

#include <stdbool.h>

/* What is the process's: who tells this, when, and by which law. */
void page_head(json_t *o, const struct conf *conf, const struct rulebook *rb, int64_t now_ms, bool simulated);
/* One of several spaces, for a sheet of all: neither the head nor places, which are those of the law. */
void page_part_begin(struct page_sheet *sheet);
bool page_state_begin(struct page_sheet *sheet, const char *name); /* name: "" */
bool page_reasons_begin(struct page_sheet *sheet,
                        const char *name); /* what each reason means, in both languages */
bool page_campaign_begin(struct page_sheet *sheet, const char *name); /* name: its id */

#endif
