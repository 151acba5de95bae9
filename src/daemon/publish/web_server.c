/* web_server.c - who answers what; see web_server.h. */
#include "daemon/publish/web_server.h"

#include "daemon/publish/metrics.h"
#include "daemon/publish/page.h"
#include "io/host/http.h"
#include "io/host/log.h"
#include "io/host/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTORS_A_SPACE 16 /* connections, and the files of a decision log */

struct web_server {
	const struct served *served;
	struct web *web;
	struct metrics *metrics;
	struct page *page;
};

static void on_request(void *arg, struct web_request *request, const char *path, const char *query)
{
	struct web_server *s = arg;
	if (strcmp(path, "/metrics") == 0)
		metrics_answer(s->metrics, request);
	else if (strcmp(path, "/healthz") == 0)
		metrics_health(s->metrics, request);
	else if (!page_answer(s->page, request, path, query))
		web_answer(request, 404, "text/plain", "/, /metrics or /healthz\n");
}

struct web_server *web_server_open(struct served *served)
{
	const struct conf *conf = &served->conf;
	size_t places = 0;
	if (conf->metrics_port == 0 && conf->web_socket[0] == '\0')
		return NULL;
	struct web_server *s = mem_zero(sizeof(*s));
	s->served = served;
	s->web = web_open(served->base, on_request, s);
	if (s->web != NULL && conf->metrics_port != 0) {
		if (web_listen(s->web, conf->metrics_address, conf->metrics_port)) {
			log_info("web", "address=%s port=%d", conf->metrics_address, conf->metrics_port);
			places++;
		} else
			log_error("web", "address=%s port=%d error=\"%s\" action=\"going on without\"",
			          conf->metrics_address, conf->metrics_port, strerror(errno));
	}
	if (s->web != NULL && conf->web_socket[0] != '\0') {
		if (web_listen_at(s->web, conf->web_socket)) {
			log_info("web", "socket=%s", conf->web_socket);
			places++;
		} else
			log_error("web", "socket=%s error=\"%s\" action=\"going on without\"",
			          conf->web_socket, strerror(errno));
	}
	if (places == 0) {
		web_close(s->web);
		free(s);
		return NULL;
	}
	s->metrics = metrics_open(served);
	s->page = page_open(served);
	return s;
}

void web_server_turn(struct web_server *s)
{
	if (s != NULL && s->served->several)
		web_beside(s->web, (int)s->served->count * DESCRIPTORS_A_SPACE);
}

void web_server_close(struct web_server *s)
{
	if (s == NULL)
		return;
	metrics_close(s->metrics);
	page_close(s->page);
	web_close(s->web);
	free(s);
}
