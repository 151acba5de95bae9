/* page_sheet.h - something that the page reads, while it is made. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_SHEET_H
#define LICET_DAEMON_PUBLISH_PAGE_SHEET_H

#include "daemon/daemon.h"

#include <jansson.h>
#include <stddef.h>

/* What asks Redis for it says page_wait() for each call, and
 * page_told() for each reply; with the last it is sent. */
struct page_sheet {
	struct daemon *d; /* NULL: it is of no single space */
	const struct rulebook *rb;
	json_t *json;
	void (*finish)(struct page_sheet *sheet); /* once all is told; NULL: nothing is left to do */
	void *own;                                /* of what makes it; NULL once it is finished */
	size_t asked;
	char unread[200];                       /* why not all of it was read; "": it was */
	void (*done)(struct page_sheet *sheet); /* of who began it: send it */
};
/* Members of what it reads; TIME_NONE and 0 are "". */
void page_number(json_t *o, const char *name, int64_t n);
void page_instant(json_t *o, const char *name, int64_t ms);
void page_text(json_t *o, const char *name, const char *text); /* what is no UTF-8 is "?" */
/* Something of it cannot be told, for that reason: what is not there is not zero. The first reason stays. */
void page_unread(struct page_sheet *sheet, const char *why);
void page_wait(struct page_sheet *sheet);
void page_told(struct page_sheet *sheet);

#endif
