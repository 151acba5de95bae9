/* http.h - a minimal HTTP server for monitoring: GET and HEAD, short headers, no
 * body, five seconds. libevent's evhttp has no limits of its own; it gets ours. What it answers may be
 * framed by nobody, runs no script of another host, and is asked for again each time. */
#ifndef LICET_IO_HOST_HTTP_H
#define LICET_IO_HOST_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct web;
struct web_request; /* waits for its answer */

/* path has no query; query is what stands behind its question mark, as it came, or "". The request must be answered,
 * at once or later. */
typedef void web_cb(void *arg, struct web_request *request, const char *path, const char *query);
/* The value of that name in a query, if it is at most size - 1 small letters, digits and dashes; else false. */
bool web_query_word(const char *query, const char *name, char *ret, size_t size);

/* A server that does not listen anywhere yet. */
struct web *web_open(struct event_base *base, web_cb *cb, void *arg);
/* Listen there too, at most twice. Returns false, with errno, if that fails. A socket of that path which nobody
 * listens at is replaced; the new one is for its user and group. */
bool web_listen(struct web *web, const char *address, int port);
bool web_listen_at(struct web *web, const char *path);
/* So many descriptors are open for something else than a process of one space has: at first none. */
void web_beside(struct web *web, int descriptors);
/* Every request must have been answered before. */
void web_close(struct web *web);
/* Answer a request, and forget it. Whoever asked may have gone: then nothing is sent. */
void web_answer(struct web_request *request, int code, const char *type, const char *text);

/* A text that many get: each of them reads the same bytes, which stay until the last has them. */
struct web_text;
struct web_text *web_text_new(char *text); /* heap; it is the new one's from then on */
void web_text_free(struct web_text *t);    /* NULL: nothing; who is being answered still gets it */
void web_answer_text(struct web_request *request, int code, const char *type, struct web_text *t);

/* The same, of something that does not change: etag is its name in quotes; who has it already is told so. gz:
 * what it is packed by gzip, for who takes that; NULL: it is not. All are copied. */
struct web_file {
	const char *type, *etag;
	const unsigned char *bytes, *gz;
	size_t len, gz_len;
};
void web_answer_file(struct web_request *request, const struct web_file *file);

#endif
