/* http.c - a minimal HTTP server for monitoring; see http.h. */
#include "io/host/http.h"

#include "io/host/mem.h"

#include <dirent.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADERS_MAX 8192
#define BODY_MAX 1024
#define TIMEOUT_S 5
#define CONNECTIONS_MAX 256 /* begun in TIMEOUT_S; who comes then waits in the kernel's line */
#define DESCRIPTORS_MAX \
	512 /* open in the whole process, beside those of web_beside(): nobody new is let in until
                             * there are fewer */
#define LISTENERS_MAX 2

struct web {
	struct evhttp *http;
	struct evconnlistener *listeners[LISTENERS_MAX];
	size_t listener_count;
	char *path;          /* of the socket that is ours; NULL: none */
	struct event *again; /* ends a count of connections */
	int begun;           /* in this count */
	int beside;          /* descriptors that are open for something else */
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
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(http);
	const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
	struct web_request *r = mem_zero(sizeof(*r));
	*r = (struct web_request){ web, web->waiting, http };
	web->waiting = r;
	evhttp_connection_set_closecb(evhttp_request_get_connection(http), on_gone, web);
	web->cb(web->arg, r, path != NULL ? path : "", query != NULL ? query : "");
}

void web_beside(struct web *web, int descriptors)
{
	web->beside = descriptors;
}

bool web_query_word(const char *query, const char *name, char *ret, size_t size)
{
	size_t len = strlen(name);
	for (const char *at = query; at != NULL; at = strchr(at, '&')) {
		at += *at == '&';
		if (strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		size_t n = strspn(at + len + 1, "abcdefghijklmnopqrstuvwxyz0123456789-");
		char behind = at[len + 1 + n];
		if (n == 0 || n >= size || (behind != '\0' && behind != '&'))
			return false;
		memcpy(ret, at + len + 1, n);
		ret[n] = '\0';
		return true;
	}
	return false;
}

static int open_descriptors(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

static void let_in(struct web *web, bool in)
{
	for (size_t i = 0; i < web->listener_count; i++)
		in ? evconnlistener_enable(web->listeners[i]) : evconnlistener_disable(web->listeners[i]);
}

static void on_again(int fd, short what, void *arg)
{
	const struct timeval wait = { TIMEOUT_S, 0 };
	struct web *web = arg;
	(void)fd;
	(void)what;
	web->begun = 0;
	/* Some say a byte now and then, and stay. */
	bool in = open_descriptors() < DESCRIPTORS_MAX + web->beside;
	let_in(web, in);
	if (!in)
		evtimer_add(web->again, &wait);
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
		let_in(web, false);
	return bufferevent_socket_new(base, -1, 0);
}

struct web *web_open(struct event_base *base, web_cb *cb, void *arg)
{
	struct web *web = mem_zero(sizeof(*web));
	*web = (struct web){ .http = evhttp_new(base), .cb = cb, .arg = arg };
	if (web->http == NULL) {
		free(web);
		return NULL;
	}
	web->again = evtimer_new(base, on_again, web);
	evhttp_set_bevcb(web->http, on_connection, web);
	evhttp_set_max_headers_size(web->http, HEADERS_MAX);
	evhttp_set_max_body_size(web->http, BODY_MAX);
	evhttp_set_timeout(web->http, TIMEOUT_S);
	evhttp_set_allowed_methods(web->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_gencb(web->http, on_request, web);
	return web;
}

bool web_listen(struct web *web, const char *address, int port)
{
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(web->http, address, (ev_uint16_t)port);
	if (bound == NULL)
		return false;
	web->listeners[web->listener_count++] = evhttp_bound_socket_get_listener(bound);
	return true;
}

/* Is that a socket that nobody listens at any more? */
static bool is_left_over(const struct sockaddr_un *at)
{
	struct stat st;
	if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool dead =
	    fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 && errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return dead;
}

static int bind_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path));
	if (is_left_over(&at))
		unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Linux gives the file the mode of the socket: it is for user and group from its first instant on. */
	if (fchmod(fd, 0660) == 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    chmod(path, 0660) == 0 && listen(fd, 128) == 0) /* the mask of the process may have narrowed it */
		return fd;
	int failed = errno;
	close(fd);
	errno = failed;
	return -1;
}

bool web_listen_at(struct web *web, const char *path)
{
	int fd = bind_at(path);
	if (fd < 0)
		return false;
	struct evconnlistener *listener =
	    evconnlistener_new(event_get_base(web->again), NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (listener == NULL || evhttp_bind_listener(web->http, listener) == NULL) {
		listener != NULL ? evconnlistener_free(listener) : (void)close(fd);
		unlink(path);
		errno = ENOMEM;
		return false;
	}
	web->listeners[web->listener_count++] = listener;
	web->path = mem_copy(path);
	return true;
}

void web_close(struct web *web)
{
	if (web == NULL)
		return;
	if (web->path != NULL)
		unlink(web->path);
	free(web->path);
	event_free(web->again);
	evhttp_free(web->http);
	free(web);
}

/* --- answers ------------------------------------------------------------------------------------------------ */

/* The request, if whoever asked is still there; it is forgotten, and its headers are begun. */
static struct evhttp_request *answered(struct web_request *request, const char *type)
{
	static const char *const headers[][2] = {
		{ "Connection", "close" },
		{ "Cache-Control", "no-cache" },
		{ "Referrer-Policy", "no-referrer" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy",
		  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
		  "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
	};
	struct web_request **at = &request->web->waiting;
	struct evhttp_request *http = request->http;
	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	free(request);
	if (http == NULL)
		return NULL;
	struct evkeyvalq *out = evhttp_request_get_output_headers(http);
	evhttp_add_header(out, "Content-Type", type);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		evhttp_add_header(out, headers[i][0], headers[i][1]);
	return http;
}

static void send_bytes(struct evhttp_request *http, int code, const void *bytes, size_t len)
{
	struct evbuffer *body = evbuffer_new();
	evbuffer_add(body, bytes, len);
	evhttp_send_reply(http, code, NULL, body);
	evbuffer_free(body);
}

void web_answer(struct web_request *request, int code, const char *type, const char *text)
{
	struct evhttp_request *http = answered(request, type);
	if (http != NULL)
		send_bytes(http, code, text, strlen(text));
}

struct web_text {
	char *text;
	size_t len, users;
};

struct web_text *web_text_new(char *text)
{
	struct web_text *t = mem_zero(sizeof(*t));
	*t = (struct web_text){ text, strlen(text), 1 };
	return t;
}

void web_text_free(struct web_text *t)
{
	if (t == NULL || --t->users > 0)
		return;
	free(t->text);
	free(t);
}

static void on_sent(const void *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	web_text_free(arg);
}

void web_answer_text(struct web_request *request, int code, const char *type, struct web_text *t)
{
	struct evhttp_request *http = answered(request, type);
	if (http == NULL)
		return;
	struct evbuffer *body = evbuffer_new();
	t->users++;
	evbuffer_add_reference(body, t->text, t->len, on_sent, t);
	evhttp_send_reply(http, code, NULL, body);
	evbuffer_free(body);
}

void web_answer_file(struct web_request *request, const struct web_file *file)
{
	struct evhttp_request *http = answered(request, file->type);
	if (http == NULL)
		return;
	struct evkeyvalq *in = evhttp_request_get_input_headers(http),
			 *out = evhttp_request_get_output_headers(http);
	const char *has = evhttp_find_header(in, "If-None-Match"),
		   *takes = evhttp_find_header(in, "Accept-Encoding");
	evhttp_add_header(out, "ETag", file->etag);
	evhttp_add_header(out, "Vary", "Accept-Encoding");
	if (has != NULL && strstr(has, file->etag) != NULL) {
		send_bytes(http, 304, "", 0);
		return;
	}
	bool packed = file->gz != NULL && takes != NULL && strstr(takes, "gzip") != NULL &&
	              strstr(takes, "gzip;q=0") == NULL;
	if (packed)
		evhttp_add_header(out, "Content-Encoding", "gzip");
	send_bytes(http, 200, packed ? file->gz : file->bytes, packed ? file->gz_len : file->len);
}
