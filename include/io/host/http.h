/* http.h - a minimal HTTP server for monitoring: GET and HEAD, short headers, no
 * body, five seconds. libevent's evhttp has no limits of its own; it gets ours. */
#ifndef LICET_IO_HOST_HTTP_H
#define LICET_IO_HOST_HTTP_H

struct event_base;
struct web;
struct web_request; /* waits for its answer */

/* path has no query. The request must be answered, at once or later. */
typedef void web_cb(void *arg, struct web_request *request, const char *path);

/* Listen. Returns NULL, with errno, if that fails. */
struct web *web_open(struct event_base *base, const char *address, int port, web_cb *cb, void *arg);
/* Every request must have been answered before. */
void web_close(struct web *web);
/* Answer a request, and forget it. Whoever asked may have gone: then nothing is sent. */
void web_answer(struct web_request *request, int code, const char *type, const char *text);

#endif
