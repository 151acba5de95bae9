/* page.h - the page for people: "/", what it is drawn with, and what it reads. Redis is asked at most once a
 * second for each thing, however many look; and nothing that names or numbers a person is told. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_H
#define LICET_DAEMON_PUBLISH_PAGE_H

#include "daemon/daemon.h"
#include "io/host/http.h"

#include <stdbool.h>

struct page;
struct page *page_open(struct daemon *d);
void page_close(struct page *p);
/* Answer, now or when Redis has. Returns false where nothing has that path. */
bool page_answer(struct page *p, struct web_request *request, const char *path);

#endif
