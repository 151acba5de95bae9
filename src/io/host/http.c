/* http.c - a minimal HTTP server for monitoring; see http.h. */
#include "io/host/http.h"

#include "io/host/mem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 8192
#define BODY_MAX 1024
#define TIMEOUT_S 5
#define CONNECTIONS_MAX 64 /* begun in TIMEOUT_S; who comes then waits in the kernel's line */

struct web {
	struct evhttp *http;
	struct evconnlistener *listener;
	struct event *again; /* ends a count of connections */
	int begun;           /* in this count */
	struct web_request *waiting;
	web_cb *cb;
	void *arg;
};

struct web_request {
	struct web *web;
	struct web_request *next;
	struct evhttp_request *http; /* NULL: whoever asked has gone */
};

static void on_gone(struct evhttp_connection *connection, void *arg)
{
	struct web *web = arg;
	for (struct web_request *r = web->waiting; r != NULL; r = r->next)
		if (r->http != NULL && evhttp_request_get_connection(r->http) == connection)
			r->http = NULL;
}

static void on_request(struct evhttp_request *http, void *arg)
{
	struct web *web = arg;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(http));
	struct web_request *r = mem_zero(sizeof(*r));
	*r = (struct web_request){ web, web->waiting, http };
	web->waiting = r;
	evhttp_connection_set_closecb(evhttp_request_get_connection(http), on_gone, web);
	web->cb(web->arg, r, path != NULL ? path : "");
}

static void on_again(int fd, short what, void *arg)
{
	struct web *web = arg;
	(void)fd;
	(void)what;
	web->begun = 0;
	evconnlistener_enable(web->listener);
}

/* A connection comes. Each ends with its answer, or when nothing was said for TIMEOUT_S, so that few are
 * open at once: they must not use up the descriptors that Redis is reached by. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct web *web = arg;
	const struct timeval wait = { TIMEOUT_S, 0 };
	if (web->begun++ == 0)
		evtimer_add(web->again, &wait);
	if (web->begun >= CONNECTIONS_MAX)
		evconnlistener_disable(web->listener);
	return bufferevent_socket_new(base, -1, 0);
}

struct web *web_open(struct event_base *base, const char *address, int port, web_cb *cb, void *arg)
{
	struct evhttp *http = evhttp_new(base);
	struct evhttp_bound_socket *bound =
	    http != NULL ? evhttp_bind_socket_with_handle(http, address, (ev_uint16_t)port) : NULL;
	if (bound == NULL) {
		if (http != NULL)
			evhttp_free(http);
		return NULL;
	}
	struct web *web = mem_zero(sizeof(*web));
	*web = (struct web){ .http = http, .cb = cb, .arg = arg };
	web->listener = evhttp_bound_socket_get_listener(bound);
	web->again = evtimer_new(base, on_again, web);
	evhttp_set_bevcb(http, on_connection, web);
	evhttp_set_max_headers_size(http, HEADERS_MAX);
	evhttp_set_max_body_size(http, BODY_MAX);
	evhttp_set_timeout(http, TIMEOUT_S);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_gencb(http, on_request, web);
	return web;
}

void web_close(struct web *web)
{
	if (web == NULL)
		return;
	event_free(web->again);
	evhttp_free(web->http);
	free(web);
}

void web_answer(struct web_request *request, int code, const char *type, const char *text)
{
	struct web_request **at = &request->web->waiting;
	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	if (request->http != NULL) {
		struct evbuffer *body = evbuffer_new();
		evbuffer_add(body, text, strlen(text));
		evhttp_add_header(evhttp_request_get_output_headers(request->http), "Content-Type", type);
		evhttp_add_header(evhttp_request_get_output_headers(request->http), "Connection", "close");
		evhttp_send_reply(request->http, code, NULL, body);
		evbuffer_free(body);
	}
	free(request);
}
