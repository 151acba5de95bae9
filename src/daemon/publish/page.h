/* page.h - the page for people: "/", what it is drawn with, and what it reads. Redis is asked at most once a
 * second for each thing, however many look; and nothing that names or numbers a person is told. */
#ifndef LICET_DAEMON_PUBLISH_PAGE_H
#define LICET_DAEMON_PUBLISH_PAGE_H

#include "daemon/served.h"
#include "io/host/http.h"

#include <stdbool.h>

struct page;
struct page *page_open(const struct served *served);
void page_close(struct page *p);
/* Answer, now or when Redis has. Of several spaces it is the one that the query names, space=…; without a name the state
 * is that of all of them together, and what is of one space is refused. Returns false where nothing has that path. */
bool page_answer(struct page *p, struct web_request *request, const char *path, const char *query);

#endif
