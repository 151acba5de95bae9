/* http.c - a minimal HTTP server for monitoring; see http.h. */
#include "io/host/http.h"

#include "io/host/mem.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 8192
#define BODY_MAX 1024
#define TIMEOUT_S 5

struct web {
	struct evhttp *http;
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

struct web *web_open(struct event_base *base, const char *address, int port, web_cb *cb, void *arg)
{
	struct evhttp *http = evhttp_new(base);
	if (http == NULL || evhttp_bind_socket(http, address, (ev_uint16_t)port) != 0) {
		if (http != NULL)
			evhttp_free(http);
		return NULL;
	}
	struct web *web = mem_zero(sizeof(*web));
	*web = (struct web){ http, NULL, cb, arg };
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
		evhttp_send_reply(request->http, code, NULL, body);
		evbuffer_free(body);
	}
	free(request);
}
